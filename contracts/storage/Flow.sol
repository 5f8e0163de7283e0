// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IFixedPriceMarket} from "../interfaces/IFixedPriceMarket.sol";
import {
    EpochRange,
    EpochRangeWithContextDigest,
    IFlow,
    MineContext,
    Submission,
    SubmissionData
} from "../interfaces/IFlow.sol";
import {Epochs} from "../libraries/Epochs.sol";
import {FlowTree} from "../libraries/FlowTree.sol";
import {Submissions} from "../libraries/Submissions.sol";
import {DigestHistory} from "./DigestHistory.sol";

/// @title Flow
/// @notice The flow with a market of one price. The manual is the interface; the rules are in Submissions,
/// FlowTree and Epochs.
contract Flow is IFlow, AccessManagedUpgradeable, PausableUpgradeable, UUPSUpgradeable {
    using Epochs for Epochs.State;
    using FlowTree for FlowTree.State;

    /// @custom:storage-location erc7201:zerog.storage.Flow
    struct FlowStorage {
        FlowTree.State tree;
        uint256 submissionIndex;
        IFixedPriceMarket market;
        mapping(uint256 txSeq => bytes32 root) rootByTxSeq;
        Epochs.State epochs;
        DigestHistory rootHistory;
    }

    /// @dev What one call has at hand: price and what is left of its value, both in wei.
    struct Purse {
        uint256 price;
        uint256 left;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.Flow")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant FLOW_STORAGE = 0xf73f4686d5966291bd9f5e5f00b6118dfabaebf92de8507e8487c625ee5f7000;

    // ------------------------------------------------------------ construction

    /// @notice The logic itself stays uninitialised for ever; only proxies are.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc IFlow
    function initialize(address market_, uint256 blocksPerEpoch_, address authority_) external initializer {
        require(market_ != address(0) && authority_ != address(0), ZeroAddress());
        require(blocksPerEpoch_ != 0, EmptyEpoch());
        __AccessManaged_init(authority_);
        __Pausable_init();
        FlowStorage storage $ = _flow();
        $.market = IFixedPriceMarket(market_);
        $.tree.open();
        $.epochs.open(blocksPerEpoch_);
        $.rootHistory = new DigestHistory();
    }

    // ------------------------------------------------------------- submissions

    /// @inheritdoc IFlow
    function submit(Submission calldata submission)
        external
        payable
        whenNotPaused
        returns (uint256 index, bytes32 digest, uint256 startIndex, uint256 length)
    {
        Purse memory purse = _openPurse();
        (index, digest, startIndex, length) = _submit(submission.data, submission.submitter, purse);
        _refund(purse.left);
    }

    /// @inheritdoc IFlow
    function submit(SubmissionData calldata data)
        external
        payable
        whenNotPaused
        returns (uint256 index, bytes32 digest, uint256 startIndex, uint256 length)
    {
        Purse memory purse = _openPurse();
        (index, digest, startIndex, length) = _submit(data, msg.sender, purse);
        _refund(purse.left);
    }

    /// @inheritdoc IFlow
    function batchSubmit(Submission[] calldata submissions)
        external
        payable
        whenNotPaused
        returns (
            uint256[] memory indexes,
            bytes32[] memory digests,
            uint256[] memory startIndexes,
            uint256[] memory lengths
        )
    {
        (indexes, digests, startIndexes, lengths) = _results(submissions.length);
        Purse memory purse = _openPurse();
        for (uint256 i = 0; i < submissions.length; ++i) {
            (indexes[i], digests[i], startIndexes[i], lengths[i]) =
                _submit(submissions[i].data, submissions[i].submitter, purse);
        }
        _refund(purse.left);
    }

    /// @inheritdoc IFlow
    function batchSubmit(SubmissionData[] calldata data)
        external
        payable
        whenNotPaused
        returns (
            uint256[] memory indexes,
            bytes32[] memory digests,
            uint256[] memory startIndexes,
            uint256[] memory lengths
        )
    {
        (indexes, digests, startIndexes, lengths) = _results(data.length);
        Purse memory purse = _openPurse();
        for (uint256 i = 0; i < data.length; ++i) {
            (indexes[i], digests[i], startIndexes[i], lengths[i]) = _submit(data[i], msg.sender, purse);
        }
        _refund(purse.left);
    }

    // ------------------------------------------------------------------ epochs

    /// @inheritdoc IFlow
    function makeContext() external whenNotPaused {
        _roll(type(uint256).max);
    }

    /// @inheritdoc IFlow
    function makeContextFixedTimes(uint256 cnt) external whenNotPaused {
        _roll(cnt == type(uint256).max ? cnt : cnt + 1);
    }

    /// @inheritdoc IFlow
    function makeContextWithResult() external whenNotPaused returns (MineContext memory) {
        _roll(type(uint256).max);
        return _flow().epochs.context;
    }

    /// @inheritdoc IFlow
    function queryContextAtPosition(uint128 pos) external whenNotPaused returns (EpochRangeWithContextDigest memory) {
        _roll(type(uint256).max);
        Epochs.State storage epochs = _flow().epochs;
        // A string, not an error with a name: miners look for these words.
        // solhint-disable-next-line gas-custom-errors
        require(pos < epochs.startPosition, "Queried position exceeds upper bound");
        return epochs.find(pos);
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IFlow
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IFlow
    function unpause() external restricted {
        _unpause();
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IFlow
    function market() external view returns (address payable) {
        return payable(address(_flow().market));
    }

    /// @inheritdoc IFlow
    function tree() external view returns (uint256 currentLength, uint256 unstagedHeight) {
        currentLength = _flow().tree.length;
        unstagedHeight = FlowTree.heightOf(currentLength) + 1;
    }

    /// @inheritdoc IFlow
    function numSubmissions() external view returns (uint256) {
        return _flow().submissionIndex;
    }

    /// @inheritdoc IFlow
    function submissionIndex() external view returns (uint256) {
        return _flow().submissionIndex;
    }

    /// @inheritdoc IFlow
    function computeFlowRoot() external view returns (bytes32) {
        return _flow().tree.root();
    }

    /// @inheritdoc IFlow
    function getFlowRootByTxSeq(uint256 txSeq) external view returns (bytes32) {
        return _flow().rootByTxSeq[txSeq];
    }

    /// @inheritdoc IFlow
    function epoch() external view returns (uint256) {
        return _flow().epochs.context.epoch;
    }

    /// @inheritdoc IFlow
    function epochStartPosition() external view returns (uint256) {
        return _flow().epochs.startPosition;
    }

    /// @inheritdoc IFlow
    function firstBlock() external view returns (uint256) {
        return _flow().epochs.firstBlock;
    }

    /// @inheritdoc IFlow
    function blocksPerEpoch() external view returns (uint256) {
        return _flow().epochs.blocksPerEpoch;
    }

    /// @inheritdoc IFlow
    function rootHistory() external view returns (address) {
        return address(_flow().rootHistory);
    }

    /// @inheritdoc IFlow
    function getContext() external view returns (MineContext memory) {
        return _flow().epochs.context;
    }

    /// @inheritdoc IFlow
    function getEpochRange(bytes32 digest) external view returns (EpochRange memory) {
        return _flow().epochs.ranges[digest];
    }

    /// @inheritdoc IFlow
    function getEpochRangeHistory(uint256 index) external view returns (EpochRangeWithContextDigest memory) {
        return _flow().epochs.history[index];
    }

    // ---------------------------------------------------------------- internal

    /// @dev Checks, then effects and the event, then the payment to the trusted market.
    function _submit(SubmissionData calldata data, address submitter, Purse memory purse)
        private
        returns (uint256 index, bytes32 digest, uint256 start, uint256 size)
    {
        // A string, not an error with a name: clients look for these words.
        // solhint-disable-next-line gas-custom-errors
        require(Submissions.isValid(data, submitter), "Invalid submission");
        FlowStorage storage $ = _flow();
        size = Submissions.sectors(data.nodes);
        digest = Submissions.identity(data.nodes);
        uint256 before = $.tree.length;
        start = $.tree.append(data.nodes, size);
        index = $.submissionIndex++;
        $.rootByTxSeq[index] = $.tree.root();
        emit Submit(submitter, digest, index, start, size, data);
        _charge($.market, purse, before, size, start - before);
    }

    function _charge(IFixedPriceMarket market_, Purse memory purse, uint256 before, uint256 size, uint256 padding)
        private
    {
        uint256 fee = purse.price * size;
        require(purse.left >= fee, NotEnoughFee(purse.price, size, purse.left));
        purse.left -= fee;
        market_.chargeFee{value: fee}(before, size, padding);
    }

    /// @dev Rolls ended epochs over, at most `limit`. All of them commit the flow as it is now.
    function _roll(uint256 limit) private {
        FlowStorage storage $ = _flow();
        if (!$.epochs.isOver()) return;
        bytes32 root = $.tree.root();
        uint256 length = $.tree.length;
        for (uint256 i = 0; i < limit && $.epochs.isOver(); ++i) {
            MineContext memory context = $.epochs.roll(root, length);
            emit NewEpoch(msg.sender, context.epoch, root, $.submissionIndex, length, context.digest);
            $.rootHistory.insert(root);
        }
    }

    function _openPurse() private view returns (Purse memory) {
        return Purse(_flow().market.pricePerSector(), msg.value);
    }

    /// @dev Last in every call: the caller may call again from here and finds everything settled.
    function _refund(uint256 amount) private {
        if (amount == 0) return;
        (bool paid,) = msg.sender.call{value: amount}("");
        require(paid, RefundFailed(msg.sender, amount));
    }

    function _results(uint256 count)
        private
        pure
        returns (uint256[] memory, bytes32[] memory, uint256[] memory, uint256[] memory)
    {
        return (new uint256[](count), new bytes32[](count), new uint256[](count), new uint256[](count));
    }

    /// @dev The modifier judges by the selector that entered the contract: upgradeToAndCall.
    function _authorizeUpgrade(address) internal override restricted {}

    function _flow() private pure returns (FlowStorage storage $) {
        assembly {
            $.slot := FLOW_STORAGE
        }
    }
}
