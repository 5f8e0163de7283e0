// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {G1Point, G2Point} from "../../libraries/Bn254.sol";

/// @notice A blob with the signatures of its quorum.
/// @param dataRoot The blob.
/// @param epoch Its epoch.
/// @param quorumId Its quorum.
/// @param erasureCommitment Two words, and no point of a curve here: X is the row root, Y the root of combinations.
/// @param quorumBitmap A bit for each row, byte i / 8, least significant first: set for the rows of who signed.
/// @param aggPkG2 Sum of the G2 keys of those who signed.
/// @param signature Sum of their signatures.
struct CommitRootSubmission {
    bytes32 dataRoot;
    uint256 epoch;
    uint256 quorumId;
    G1Point erasureCommitment;
    bytes quorumBitmap;
    G2Point aggPkG2;
    G1Point signature;
}

/// @notice What is kept of a certified blob.
/// @param rowRoot Root over all its rows.
/// @param rlcRoot Root over the combinations of its data rows.
/// @param bitmapHash keccak256 of the bitmap of who signed; zero when the blob is not certified.
struct Certificate {
    bytes32 rowRoot;
    bytes32 rlcRoot;
    bytes32 bitmapHash;
}

/// @notice What a new entrance is set up with.
/// @param signers The DASigners.
/// @param authority AccessManager that may administer the entrance.
/// @param treasury Who gets the service fee.
/// @param dataRows Data rows of the network's profile; the parity rows are what DASigners' `encodedSlices` has more.
/// @param samplePeriod Blocks of a sampling round, 1 to 255.
struct EntranceParams {
    address signers;
    address authority;
    address treasury;
    uint256 dataRows;
    uint256 samplePeriod;
}
