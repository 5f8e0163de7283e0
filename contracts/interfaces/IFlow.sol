// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @notice One perfect subtree of a submission.
/// @param root Root over the keccak256 of its 256-byte chunks.
/// @param height Its height: the subtree holds 2^height chunks.
struct SubmissionNode {
    bytes32 root;
    uint256 height;
}

/// @notice What is stored: real size, free-form tags, and the subtrees of strictly descending height.
/// @param length Size of the file in bytes.
/// @param tags Bytes that the contract only passes on (key-value streams use them).
/// @param nodes The subtrees, the largest first.
struct SubmissionData {
    uint256 length;
    bytes tags;
    SubmissionNode[] nodes;
}

/// @notice A submission in somebody's name.
/// @param data What is stored.
/// @param submitter Name that the event shows; the caller chooses it, so it proves nothing.
struct Submission {
    SubmissionData data;
    address submitter;
}

/// @notice Sectors that one epoch added.
/// @param start First sector.
/// @param end Sector behind the last.
struct EpochRange {
    uint128 start;
    uint128 end;
}

/// @notice Sectors that one epoch added, and the digest under which they are sealed.
/// @param start First sector.
/// @param end Sector behind the last.
/// @param digest Digest of the context that closed the epoch.
struct EpochRangeWithContextDigest {
    uint128 start;
    uint128 end;
    bytes32 digest;
}

/// @notice What miners work on during one epoch.
/// @param epoch Number of the epoch, from 0.
/// @param mineStart Block at whose end the epoch began.
/// @param flowRoot Root of the flow when the epoch was rolled in.
/// @param flowLength Length of the flow then, in sectors.
/// @param blockDigest Hash of block mineStart; keccak256("") when it was out of reach, and then nobody can mine.
/// @param digest keccak256(abi.encode(blockDigest, flowRoot, flowLength)); keccak256("") in the same case.
struct MineContext {
    uint256 epoch;
    uint256 mineStart;
    bytes32 flowRoot;
    uint256 flowLength;
    bytes32 blockDigest;
    bytes32 digest;
}

/// @title The flow
/// @notice One append-only address space of 256-byte sectors, over which stands one Merkle tree. Whoever stores a file
/// submits its subtrees here and pays the market's price for their sectors; storage nodes learn of it by the event.
///
/// Placement: the submission starts at the next multiple of its first subtree; if from there it would cross a border of
/// 1024 sectors (a segment) without starting on one, it starts on the next border. The gap is empty sectors, free of charge.
///
/// Fee: exactly `sectors * market.pricePerSector()`, judged by the value of this call alone. What was sent too much goes
/// back to the caller at the end of the call; a caller that cannot be paid must send the exact fee (RefundFailed).
///
/// Both generations of clients are served: the later ABI names a submitter, in the earlier one it is the caller.
///
/// Epochs: epoch e ends with block `firstBlock + (e + 1) * blocksPerEpoch`. From the next block on anyone may roll it over
/// (`makeContext`); the roll commits the root and length of the flow at that moment, draws the digest from the hash of
/// the last block, and opens the new epoch to miners. No submission rolls: its gas would grow by a third whenever a
/// boundary falls between estimate and execution, and clients send what they estimated. A keeper rolls instead.
/// @dev Names, selectors, event and validity: 0gfoundation/0g-storage-contracts, Flow and FixedPriceFlow. Different
/// from there: the fee is never taken out of what others left in the contract; submissions do not roll epochs; an epoch
/// whose block hash the chain no longer knows (zero) is treated like one that is too old.
interface IFlow {
    // ------------------------------------------------------------------ errors

    /// @notice What is left of the call's value does not pay for the next submission.
    /// @param price Price in wei per sector.
    /// @param amount Sectors of the submission.
    /// @param paid Value of the call less the fees of the submissions before it in the batch, in wei.
    error NotEnoughFee(uint256 price, uint256 amount, uint256 paid);

    /// @notice The caller did not accept its change.
    /// @param caller Who was to be paid back.
    /// @param amount Change in wei.
    error RefundFailed(address caller, uint256 amount);

    /// @notice An address that must be somebody is zero.
    error ZeroAddress();

    /// @notice An epoch needs at least one block.
    error EmptyEpoch();

    // ------------------------------------------------------------------ events

    /// @notice A file was submitted.
    /// @param sender The named submitter (not proven; the transaction's sender may be another).
    /// @param identity keccak256 of the roots of its subtrees, one after the other.
    /// @param submissionIndex Index of the submission, from 0; storage nodes call it txSeq.
    /// @param startPos First sector of the submission.
    /// @param length Number of its sectors.
    /// @param submission What is stored; its own `length` is in bytes.
    event Submit(
        address indexed sender,
        bytes32 indexed identity,
        uint256 submissionIndex,
        uint256 startPos,
        uint256 length,
        SubmissionData submission
    );

    /// @notice An epoch began.
    /// @param sender Who rolled it in.
    /// @param index Its number.
    /// @param startMerkleRoot Root of the flow at the roll.
    /// @param submissionIndex Submissions until then.
    /// @param flowLength Length of the flow then, in sectors.
    /// @param context Digest of the new context.
    event NewEpoch(
        address indexed sender,
        uint256 indexed index,
        bytes32 startMerkleRoot,
        uint256 submissionIndex,
        uint256 flowLength,
        bytes32 context
    );

    // --------------------------------------------------------------- functions

    /// @notice Set up a new flow of length 1 whose epoch 0 begins with this block; the proxy's constructor calls it, once.
    /// @param market_ Market that prices and takes the fees.
    /// @param blocksPerEpoch_ Blocks in an epoch, at least 1.
    /// @param authority_ AccessManager that may pause and upgrade.
    function initialize(address market_, uint256 blocksPerEpoch_, address authority_) external;

    /// @notice Submit one file in a name. Reverts with "Invalid submission" when the shape is wrong: no submitter, no
    /// node, heights that do not strictly descend, span 4 or more or reach 64, or a length that does not fit them.
    /// @param submission The file and the name.
    /// @return index Index of the submission.
    /// @return digest Its identity.
    /// @return startIndex Its first sector.
    /// @return length Number of its sectors.
    function submit(Submission calldata submission)
        external
        payable
        returns (uint256 index, bytes32 digest, uint256 startIndex, uint256 length);

    /// @notice Submit one file in the caller's name (the earlier ABI).
    /// @param data The file.
    /// @return index Index of the submission.
    /// @return digest Its identity.
    /// @return startIndex Its first sector.
    /// @return length Number of its sectors.
    function submit(SubmissionData calldata data)
        external
        payable
        returns (uint256 index, bytes32 digest, uint256 startIndex, uint256 length);

    /// @notice Submit several files, all or none, for one payment.
    /// @param submissions The files and their names, in order.
    /// @return indexes Index of each submission.
    /// @return digests Identity of each.
    /// @return startIndexes First sector of each.
    /// @return lengths Number of sectors of each.
    function batchSubmit(Submission[] calldata submissions)
        external
        payable
        returns (
            uint256[] memory indexes,
            bytes32[] memory digests,
            uint256[] memory startIndexes,
            uint256[] memory lengths
        );

    /// @notice Submit several files in the caller's name (the earlier ABI), all or none, for one payment.
    /// @param data The files, in order.
    /// @return indexes Index of each submission.
    /// @return digests Identity of each.
    /// @return startIndexes First sector of each.
    /// @return lengths Number of sectors of each.
    function batchSubmit(SubmissionData[] calldata data)
        external
        payable
        returns (
            uint256[] memory indexes,
            bytes32[] memory digests,
            uint256[] memory startIndexes,
            uint256[] memory lengths
        );

    /// @notice Roll every epoch over that has ended; nothing when none has. The cost grows with their number: after a
    /// long silence use `makeContextFixedTimes` first.
    function makeContext() external;

    /// @notice Roll a bounded number of ended epochs over.
    /// @param cnt At most cnt + 1 epochs are rolled.
    function makeContextFixedTimes(uint256 cnt) external;

    /// @notice Roll as `makeContext` does; by eth_call a miner reads what the next roll would give.
    /// @return The context after it.
    function makeContextWithResult() external returns (MineContext memory);

    /// @notice Roll as `makeContext` does, then find the epoch that added a sector: its data is sealed under that epoch's
    /// digest. Reverts with "Queried position exceeds upper bound" for a sector that no rolled epoch holds.
    /// @param pos Index of the sector.
    /// @return The epoch's sectors and digest.
    function queryContextAtPosition(uint128 pos) external returns (EpochRangeWithContextDigest memory);

    /// @notice Stop submissions and rolls, and with them mining. Restricted.
    function pause() external;

    /// @notice Allow submissions and rolls again. Restricted.
    function unpause() external;

    /// @notice The market that prices submissions; clients ask it for `pricePerSector`.
    /// @return Its address.
    function market() external view returns (address payable);

    /// @notice Size of the tree.
    /// @return currentLength Sectors placed so far, gaps and the reserved sector 0 included.
    /// @return unstagedHeight Levels of the tree, leaves included: 1 for the new flow.
    function tree() external view returns (uint256 currentLength, uint256 unstagedHeight);

    /// @notice How many submissions there are.
    /// @return Their number.
    function numSubmissions() external view returns (uint256);

    /// @notice Index that the next submission gets: the same number.
    /// @return The index.
    function submissionIndex() external view returns (uint256);

    /// @notice Root of the whole flow at this moment.
    /// @return The root; zero while only the reserved sector exists.
    function computeFlowRoot() external view returns (bytes32);

    /// @notice Root of the flow right after a submission.
    /// @param txSeq Index of the submission.
    /// @return The root; zero when there is no such submission.
    function getFlowRootByTxSeq(uint256 txSeq) external view returns (bytes32);

    /// @notice The epoch that is open.
    /// @return Its number: how many were rolled over.
    function epoch() external view returns (uint256);

    /// @notice First sector that no recorded epoch range holds yet.
    /// @return Index of the sector.
    function epochStartPosition() external view returns (uint256);

    /// @notice Where epochs are counted from.
    /// @return Number of the block in which the flow was set up.
    function firstBlock() external view returns (uint256);

    /// @notice Length of an epoch.
    /// @return Number of blocks.
    function blocksPerEpoch() external view returns (uint256);

    /// @notice Keeper of the roots that were committed at rolls.
    /// @return Address of the DigestHistory.
    function rootHistory() external view returns (address);

    /// @notice What miners work on, as of the last roll.
    /// @return The context.
    function getContext() external view returns (MineContext memory);

    /// @notice Sectors of the epoch that a digest closed.
    /// @param digest Digest of the context.
    /// @return Its sectors; both ends zero when the digest closed none.
    function getEpochRange(bytes32 digest) external view returns (EpochRange memory);

    /// @notice The recorded ranges in order, without gaps.
    /// @param index Position in the record, from 0; epochs that were too old are not in it.
    /// @return The range and its digest.
    function getEpochRangeHistory(uint256 index) external view returns (EpochRangeWithContextDigest memory);
}
