// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Market with one price
/// @notice Says what a sector (256 bytes) of storage costs, takes the fee of every submission from the one Flow, and
/// hands it to the rewards of miners; a market without rewards keeps fees until the administrator pays them out.
/// Clients read `pricePerSector`; only the Flow calls `chargeFee`.
/// @dev Source of the names and of the price rule: 0gfoundation/0g-storage-contracts, FixedPrice.
interface IFixedPriceMarket {
    // ------------------------------------------------------------------ errors

    /// @notice Only the Flow may charge.
    /// @param caller Who tried.
    error NotFlow(address caller);

    /// @notice The Flow sends exactly the fee.
    /// @param expected Price times sectors, in wei.
    /// @param paid Value that came with the call, in wei.
    error WrongFee(uint256 expected, uint256 paid);

    /// @notice An address that must be somebody is zero.
    error ZeroAddress();

    /// @notice More was asked for than the market holds.
    /// @param wanted Amount asked for, in wei.
    /// @param collected Balance of the market, in wei.
    error NotEnoughCollected(uint256 wanted, uint256 collected);

    /// @notice The receiver refused the payment; nothing was paid out.
    /// @param to The receiver.
    /// @param amount Amount in wei.
    error WithdrawFailed(address to, uint256 amount);

    // ------------------------------------------------------------------ events

    /// @notice The price changed; submissions of later transactions pay it.
    /// @param pricePerSector New price in wei per 256-byte sector.
    event PriceChanged(uint256 pricePerSector);

    /// @notice Another Flow may charge from now on.
    /// @param flow Its address.
    event FlowChanged(address indexed flow);

    /// @notice Fees go to another reward contract from now on.
    /// @param reward Its address; zero when the market keeps them.
    event RewardChanged(address indexed reward);

    /// @notice Collected fees were paid out.
    /// @param to Receiver.
    /// @param amount Amount in wei.
    event FeesWithdrawn(address indexed to, uint256 amount);

    // --------------------------------------------------------------- functions

    /// @notice Set up a new market; the proxy's constructor calls it, once.
    /// @param pricePerSector_ Price in wei per 256-byte sector; zero makes storage free.
    /// @param authority_ AccessManager that may administer the market.
    function initialize(uint256 pricePerSector_, address authority_) external;

    /// @notice Take the fee of one submission. Only the Flow may call, with exactly the fee as value. It is spread
    /// evenly over the sectors of padding and submission.
    /// @param beforeLength Length of the flow before the submission, in sectors.
    /// @param uploadSectors Sectors that the submitter pays for.
    /// @param paddingSectors Empty sectors that alignment put before them; nobody pays for these.
    function chargeFee(uint256 beforeLength, uint256 uploadSectors, uint256 paddingSectors) external payable;

    /// @notice Name the Flow that may charge. Restricted.
    /// @param flow_ Its address, not zero.
    function setFlow(address flow_) external;

    /// @notice Name the reward contract that later fees go to. Restricted. The former one keeps what it has: its last
    /// chunk, if it is not full, stays locked for ever, and a mine claims from the contract that it was made with.
    /// @param reward_ Its address; zero to keep the fees here.
    function setReward(address reward_) external;

    /// @notice Change the price. Restricted. Clients pay the exact fee of the price they read: a raise makes
    /// submissions that are under way fail with NotEnoughFee.
    /// @param pricePerSector_ New price in wei per 256-byte sector.
    function setPricePerSector(uint256 pricePerSector_) external;

    /// @notice Pay collected fees out. Restricted.
    /// @param to Receiver, not zero.
    /// @param amount Amount in wei, at most the market's balance.
    function withdraw(address payable to, uint256 amount) external;

    /// @notice What a sector costs.
    /// @return Price in wei per 256-byte sector.
    function pricePerSector() external view returns (uint256);

    /// @notice Who may charge.
    /// @return Address of the Flow; zero until it is named.
    function flow() external view returns (address);

    /// @notice Where fees go.
    /// @return Address of the reward contract; zero when the market keeps them.
    function reward() external view returns (address);
}
