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
/// @dev Names, selectors, event and validity: 0gfoundation/0g-storage-contracts, Flow and FixedPriceFlow. Different
/// from there: the fee is never taken out of what others left in the contract.
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

    // --------------------------------------------------------------- functions

    /// @notice Set up a new flow of length 1; the proxy's constructor calls it, once.
    /// @param market_ Market that prices and takes the fees.
    /// @param authority_ AccessManager that may pause and upgrade.
    function initialize(address market_, address authority_) external;

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

    /// @notice Stop submissions. Restricted.
    function pause() external;

    /// @notice Allow submissions again. Restricted.
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
}
