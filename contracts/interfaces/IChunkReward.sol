// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice The money of one pricing chunk, in wei, as it stood at `lastUpdate`.
/// @param lockedReward Not yet released.
/// @param claimableReward Released and not yet given to a miner.
/// @param distributedReward Given to miners.
/// @param startTime When the flow passed the end of the chunk, in seconds; zero before.
/// @param lastUpdate When the three sums were last brought up to date, in seconds.
struct Reward {
    uint128 lockedReward;
    uint128 claimableReward;
    uint128 distributedReward;
    uint40 startTime;
    uint40 lastUpdate;
}

/// @title Rewards by pricing chunk
/// @notice The endowment of storage: a file is paid for once, and its fee is paid out to miners over years.
///
/// The flow is cut into pricing chunks of `sectorsPerPrice` sectors. A fee is spread over the chunks that its sectors lie
/// in. When the flow has passed the end of a chunk its clock starts, and from then on its money is released by the
/// contract's formula (linear or decaying). Whoever proves to hold a random piece of the chunk gets half of what is
/// released and not yet paid, and the base reward out of donations; the other half waits for the next proof.
///
/// Extension: anyone may add to a chunk that has been paid for (`extend`). It never releases a wei earlier, and takes
/// nothing from what is owed: a linear chunk keeps its rate in wei per second and lasts longer, a decaying one has more
/// to decay.
///
/// Payments are pulled: what somebody earned is booked under `payments` until `withdrawPayments`.
/// Every wei received is exactly one of: locked or claimable in a chunk, base reward, or somebody's payment.
/// @dev Names, events and formulas: 0gfoundation/0g-storage-contracts, ChunkRewardBase. Different from there: one
/// AccessManager instead of the foundation admin; the service fee is pulled like every payment; sums are split to the
/// wei; the size of a chunk is a parameter; a fee over many chunks costs the gas of one; `extend`.
interface IChunkReward {
    // ------------------------------------------------------------------ errors

    /// @notice Only the market fills.
    /// @param caller Who tried.
    error NotMarket(address caller);

    /// @notice Only the mine claims.
    /// @param caller Who tried.
    error NotMine(address caller);

    /// @notice The flow passed the end of this chunk before: fees for it cannot come any more.
    /// @param pricingIndex The chunk.
    error ChunkClosed(uint256 pricingIndex);

    /// @notice Nobody has paid for this chunk, so it has no rate that could be extended.
    /// @param pricingIndex The chunk.
    error NothingToExtend(uint256 pricingIndex);

    /// @notice The chunk's time is over; nodes may have dropped its data.
    /// @param pricingIndex The chunk.
    /// @param deadline When its last wei was released, in seconds.
    error ChunkLapsed(uint256 pricingIndex, uint256 deadline);

    /// @notice The call needs value.
    error NothingPaid();

    /// @notice There is nothing to withdraw.
    /// @param payee Whose payments were asked for.
    error NothingDue(address payee);

    /// @notice The payee refused its payment; it stays booked.
    /// @param payee The payee.
    /// @param amount Amount in wei.
    error PaymentFailed(address payee, uint256 amount);

    /// @notice More than the whole.
    /// @param bps The rate asked for, in hundredths of a percent.
    error BadServiceFeeRate(uint256 bps);

    /// @notice An address that must be somebody is zero.
    error ZeroAddress();

    /// @notice A parameter of the constructor that must be positive is zero, or larger than its formula allows.
    error BadParameter();

    // ------------------------------------------------------------------ events

    /// @notice A miner earned a reward; it is booked as a payment.
    /// @param pricingIndex Chunk that the proof hit.
    /// @param beneficiary Who gets it.
    /// @param minerId The miner.
    /// @param amount Amount in wei, base reward included.
    event DistributeReward(
        uint256 indexed pricingIndex, address indexed beneficiary, bytes32 indexed minerId, uint256 amount
    );

    /// @notice Somebody extended a chunk.
    /// @param pricingIndex The chunk.
    /// @param payer Who paid.
    /// @param amount Amount in wei.
    event Extended(uint256 indexed pricingIndex, address indexed payer, uint256 amount);

    /// @notice Somebody gave to the base reward.
    /// @param donor Who gave.
    /// @param amount Amount in wei.
    event Donated(address indexed donor, uint256 amount);

    /// @notice An amount was booked for somebody.
    /// @param payee Who may withdraw it.
    /// @param weiAmount Amount in wei.
    event Deposited(address indexed payee, uint256 weiAmount);

    /// @notice A payee got its payments.
    /// @param payee Who got them.
    /// @param weiAmount Amount in wei.
    event Withdrawn(address indexed payee, uint256 weiAmount);

    /// @notice Another contract may claim from now on.
    /// @param mine Its address.
    event MineChanged(address indexed mine);

    /// @notice What a proof earns on top changed.
    /// @param baseReward Amount in wei.
    event BaseRewardChanged(uint256 baseReward);

    /// @notice The part of later fees that goes to the treasury changed.
    /// @param bps Hundredths of a percent.
    event ServiceFeeRateChanged(uint256 bps);

    /// @notice Another account gets the service fee from now on.
    /// @param treasury Its address.
    event TreasuryChanged(address indexed treasury);

    // --------------------------------------------------------------- functions

    /// @notice Set up; the proxy's constructor calls it, once.
    /// @param market_ Market whose fees come here.
    /// @param mine_ Mine that claims; zero when `setMine` names it later.
    /// @param authority_ AccessManager that may administer.
    function initialize(address market_, address mine_, address authority_) external;

    /// @notice Take the fee for sectors that the flow just added, in the order of the flow. Only the market.
    /// @param beforeLength Length of the flow before them, in sectors.
    /// @param chargedSectors How many sectors they are.
    function fillReward(uint256 beforeLength, uint256 chargedSectors) external payable;

    /// @notice Pay for a proof. Only the mine. Never reverts for a chunk without money: the reward is then zero.
    /// @param pricingIndex Chunk that the proof hit.
    /// @param beneficiary Who gets the reward.
    /// @param minerID The miner.
    function claimMineReward(uint256 pricingIndex, address payable beneficiary, bytes32 minerID) external;

    /// @notice Pay for more of a chunk's time. Anyone.
    /// @param pricingIndex A chunk that fees were paid for and that has not lapsed.
    function extend(uint256 pricingIndex) external payable;

    /// @notice Give to the base reward. Anyone.
    function donate() external payable;

    /// @notice Send somebody all payments booked for them. Anyone may call.
    /// @param payee Who is paid.
    function withdrawPayments(address payable payee) external;

    /// @notice Name the mine. Restricted.
    /// @param mine_ Its address, not zero.
    function setMine(address mine_) external;

    /// @notice Set what a proof earns on top, as long as donations last. Restricted.
    /// @param baseReward_ Amount in wei.
    function setBaseReward(uint256 baseReward_) external;

    /// @notice Set the part of later fees that goes to the treasury. Restricted.
    /// @param bps Hundredths of a percent, at most 10,000; needs a treasury when not zero.
    function setServiceFeeRate(uint256 bps) external;

    /// @notice Name who gets the service fee. Restricted.
    /// @param treasury_ Its address, not zero.
    function setTreasury(address treasury_) external;

    // ------------------------------------------------------------------- views

    /// @notice Size of a pricing chunk.
    /// @return Number of 256-byte sectors.
    function sectorsPerPrice() external view returns (uint256);

    /// @notice Whose fees come here.
    /// @return Address of the market.
    function market() external view returns (address);

    /// @notice Who claims.
    /// @return Address of the mine; zero before it is named.
    function mine() external view returns (address);

    /// @notice Who may administer (the official name; here it is the AccessManager).
    /// @return Its address.
    function foundationAdmin() external view returns (address);

    /// @notice The money of a chunk.
    /// @param pricingIndex The chunk.
    /// @return Its sums as of `lastUpdate`.
    function rewards(uint256 pricingIndex) external view returns (Reward memory);

    /// @notice Money of a chunk that is not released at this moment.
    /// @param pricingIndex The chunk.
    /// @return Amount in wei.
    function lockedReward(uint256 pricingIndex) external view returns (uint256);

    /// @notice Money of a chunk that has been released until this moment, paid or not.
    /// @param pricingIndex The chunk.
    /// @return Amount in wei.
    function releasedReward(uint256 pricingIndex) external view returns (uint256);

    /// @notice What extensions added to a chunk.
    /// @param pricingIndex The chunk.
    /// @return Amount in wei, part of the chunk's total.
    function extension(uint256 pricingIndex) external view returns (uint256);

    /// @notice What is left of donations.
    /// @return Amount in wei.
    function totalBaseReward() external view returns (uint256);

    /// @notice What a proof earns on top, as long as donations last.
    /// @return Amount in wei.
    function baseReward() external view returns (uint256);

    /// @notice Part of fees that goes to the treasury.
    /// @return Hundredths of a percent.
    function serviceFeeRateBps() external view returns (uint256);

    /// @notice Who gets the service fee.
    /// @return Its address; zero when nobody was named.
    function treasury() external view returns (address);

    /// @notice What is booked for somebody.
    /// @param payee Who.
    /// @return Amount in wei.
    function payments(address payee) external view returns (uint256);
}
