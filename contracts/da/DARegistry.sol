// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IDARegistry} from "../interfaces/da/IDARegistry.sol";
import {IDASigners} from "../interfaces/da/IDASigners.sol";
import {G1Point} from "../libraries/Bn254.sol";

/// @title DARegistry
/// @notice The manual is {IDARegistry}.
contract DARegistry is IDARegistry, AccessManagedUpgradeable, UUPSUpgradeable {
    /// @inheritdoc IDARegistry
    uint256 public constant MAX_SOCKET_LENGTH = 96;

    /// @custom:storage-location erc7201:zerog.storage.DARegistry
    struct RegistryStorage {
        IDASigners signers;
        address challenge;
        uint256 tokensPerVote;
        uint256 maxVotes;
        uint256 lockEpochs;
        mapping(address account => uint256 amountWei) staked;
        mapping(address account => uint256 amountWei) owed;
        mapping(address account => uint256 epoch) lastEpochs;
        uint256 leastVotes;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.DARegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant REGISTRY_STORAGE = 0x6ade2757f9485d1bc9beb553a6e58be5b45cd66bbf513afa9177e7cec8f7a000;

    /// @dev What every action of a signer asks: no contract acts for an account.
    modifier onlyOrigin() {
        // solhint-disable-next-line avoid-tx-origin
        require(msg.sender == tx.origin, ErrSenderNotOrigin());
        _;
    }

    // ------------------------------------------------------------ construction

    /// @notice The logic itself stays uninitialised for ever; only proxies are.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc IDARegistry
    function initialize(
        address daSigners,
        uint256 tokensPerVote,
        uint256 maxVotes,
        uint256 lockEpochs,
        address authority_
    ) external initializer {
        require(daSigners != address(0) && authority_ != address(0), ZeroAddress());
        __AccessManaged_init(authority_);
        RegistryStorage storage $ = _registry();
        $.signers = IDASigners(daSigners);
        $.lockEpochs = lockEpochs;
        _setParams(maxVotes, tokensPerVote);
    }

    function _authorizeUpgrade(address) internal override restricted {}

    // ------------------------------------------------------------------- stake

    /// @inheritdoc IDARegistry
    function stake() external payable onlyOrigin {
        _registry().staked[msg.sender] += msg.value;
        emit Staked(msg.sender, msg.value);
    }

    /// @inheritdoc IDARegistry
    function withdraw() external onlyOrigin {
        RegistryStorage storage $ = _registry();
        uint256 amount = $.staked[msg.sender];
        require(amount != 0, ErrInsufficientStaked());
        uint256 now_ = $.signers.epochNumber();
        uint256 last = $.lastEpochs[msg.sender];
        require(last == 0 || last < now_, ErrSenderRegisteredCurrentOrNextEpoch());
        uint256 free = freeEpoch(msg.sender);
        require(now_ >= free, StakeLocked(msg.sender, free));
        $.staked[msg.sender] = 0;
        emit Withdraw(msg.sender, amount);
        _pay(payable(msg.sender), amount);
    }

    // ------------------------------------------------------------ registration

    /// @inheritdoc IDARegistry
    function registerSigner(IDASigners.SignerDetail calldata _signer, G1Point calldata _signature) external onlyOrigin {
        RegistryStorage storage $ = _registry();
        require(_signer.signer == msg.sender, ErrSenderNotSigner());
        require(bytes(_signer.socket).length <= MAX_SOCKET_LENGTH, ErrSignerSocketTooLong());
        require($.staked[msg.sender] >= $.tokensPerVote, ErrInsufficientStaked());
        $.signers.registerSigner(_signer, _signature);
    }

    /// @inheritdoc IDARegistry
    function registerNextEpoch(G1Point calldata _signature) external onlyOrigin {
        RegistryStorage storage $ = _registry();
        uint256 votes = Math.min($.staked[msg.sender] / $.tokensPerVote, $.maxVotes);
        require(votes != 0, ErrSenderNotEligibleToVote());
        require(votes >= $.leastVotes, TooFewVotes(votes, $.leastVotes));
        $.lastEpochs[msg.sender] = $.signers.epochNumber() + 1;
        $.signers.registerNextEpoch(msg.sender, _signature, votes);
    }

    // ---------------------------------------------------------------- slashing

    /// @inheritdoc IDARegistry
    function slash(address signer, uint256 amount, address to) external returns (uint256 taken) {
        RegistryStorage storage $ = _registry();
        require(msg.sender == $.challenge, NotTheChallenge(msg.sender));
        require(to != address(0), ZeroAddress());
        taken = Math.min(amount, $.staked[signer]);
        $.staked[signer] -= taken;
        $.owed[to] += taken;
        emit Slashed(signer, to, taken);
    }

    /// @inheritdoc IDARegistry
    function takeOwed(address payable to) external {
        require(to != address(0), ZeroAddress());
        uint256 amount = _registry().owed[msg.sender];
        require(amount != 0, NothingOwed(msg.sender));
        _registry().owed[msg.sender] = 0;
        _pay(to, amount);
    }

    /// @dev Called last, when nothing of the payment is on the books any more.
    function _pay(address payable to, uint256 amount) private {
        (bool paid,) = to.call{value: amount}("");
        require(paid, PaymentFailed(to, amount));
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IDARegistry
    function setChallenge(address challenge_) external restricted {
        _registry().challenge = challenge_;
        emit ChallengeSet(challenge_);
    }

    /// @inheritdoc IDARegistry
    function setParams(uint256 maxVotes, uint256 tokensPerVote) external restricted {
        _setParams(maxVotes, tokensPerVote);
    }

    /// @inheritdoc IDARegistry
    function setLeastVotes(uint256 votes) external restricted {
        RegistryStorage storage $ = _registry();
        require(votes <= $.maxVotes, NoVotePossible());
        $.leastVotes = votes;
        emit LeastVotesSet(votes);
    }

    function _setParams(uint256 maxVotes, uint256 tokensPerVote) private {
        RegistryStorage storage $ = _registry();
        require(maxVotes != 0 && maxVotes >= $.leastVotes && tokensPerVote != 0, NoVotePossible());
        ($.maxVotes, $.tokensPerVote) = (maxVotes, tokensPerVote);
        emit ParamsSet(tokensPerVote, maxVotes);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IDARegistry
    function params() external view returns (uint256 tokensPerVote, uint256 maxVotes) {
        RegistryStorage storage $ = _registry();
        return ($.tokensPerVote, $.maxVotes);
    }

    /// @inheritdoc IDARegistry
    function leastVotes() external view returns (uint256) {
        return _registry().leastVotes;
    }

    /// @inheritdoc IDARegistry
    function staked(address account) external view returns (uint256) {
        return _registry().staked[account];
    }

    /// @inheritdoc IDARegistry
    function owed(address account) external view returns (uint256) {
        return _registry().owed[account];
    }

    /// @inheritdoc IDARegistry
    function freeEpoch(address account) public view returns (uint256) {
        uint256 last = _registry().lastEpochs[account];
        return last == 0 ? 0 : last + 1 + _registry().lockEpochs;
    }

    /// @inheritdoc IDARegistry
    function challenge() external view returns (address) {
        return _registry().challenge;
    }

    /// @inheritdoc IDARegistry
    // solhint-disable-next-line func-name-mixedcase
    function DA_SIGNERS() external view returns (address) {
        return address(_registry().signers);
    }

    function _registry() private pure returns (RegistryStorage storage $) {
        assembly ("memory-safe") {
            $.slot := REGISTRY_STORAGE
        }
    }
}
