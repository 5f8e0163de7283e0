// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {G1Point} from "../../libraries/Bn254.sol";
import {Certificate, CommitRootSubmission, EntranceParams} from "./DAEntranceTypes.sol";
import {IDASample} from "./IDASample.sol";

/// @title The door of data availability
/// @notice Announces blobs (`submitOriginalData`), certifies them with the signatures of their quorum
/// (`submitVerifiedCommitRoots`), says so to other contracts (`verifyCertificate`), and pays for kept data
/// (IDASample). Money is credited and taken out by its owners.
/// @dev Names, events, reverts by string and the rules of confirmation: 0glabs/0g-da-contract, DAEntrance.
interface IDAEntrance is IDASample {
    // ------------------------------------------------------------------ errors

    /// @notice An address that must be somebody is zero.
    error ZeroAddress();

    /// @notice A parameter is out of its bounds.
    /// @param value The value.
    /// @param least Smallest allowed.
    /// @param most Greatest allowed.
    error OutOfBounds(uint256 value, uint256 least, uint256 most);

    /// @notice A call announces a blob at least.
    error NothingAnnounced();

    /// @notice Signatures count while their epoch is under way and in the one after it.
    /// @param epoch Epoch of the submission.
    /// @param currentEpoch The epoch under way.
    error StaleEpoch(uint256 epoch, uint256 currentEpoch);

    /// @notice Nothing is credited to the account.
    /// @param account The account.
    error NothingOwed(address account);

    /// @notice The receiver refused the payment; it stays credited.
    /// @param account The receiver.
    /// @param amount Wei.
    error PaymentRefused(address account, uint256 amount);

    // ------------------------------------------------------------------ events

    /// @notice A blob was announced and its fee paid.
    /// @param sender Who did.
    /// @param dataRoot The blob.
    /// @param epoch Epoch whose signers keep it.
    /// @param quorumId Quorum of that epoch that keeps it.
    /// @param blobPrice Fee, wei.
    event DataUpload(address sender, bytes32 dataRoot, uint256 epoch, uint256 quorumId, uint256 blobPrice);

    /// @notice A blob is certified: more than two thirds of the rows of its quorum, or exactly so many, are signed for.
    /// @param dataRoot The blob.
    /// @param epoch Its epoch.
    /// @param quorumId Its quorum.
    event ErasureCommitmentVerified(bytes32 dataRoot, uint256 epoch, uint256 quorumId);

    /// @notice Who signed for a blob that is certified, beside ErasureCommitmentVerified: what a challenge shows.
    /// @param dataRoot The blob.
    /// @param epoch Its epoch.
    /// @param quorumId Its quorum.
    /// @param quorumBitmap A bit for each row, byte i / 8, least significant first: set for the rows of who signed.
    event RowsSigned(bytes32 indexed dataRoot, uint256 epoch, uint256 quorumId, bytes quorumBitmap);

    /// @notice A blob of a batch is not certified; the others are.
    /// @param dataRoot The blob.
    /// @param epoch Its epoch.
    /// @param quorumId Its quorum.
    /// @param reason What `checkCommitRoot` reverts with.
    event CommitRootRefused(bytes32 dataRoot, uint256 epoch, uint256 quorumId, bytes reason);

    /// @notice Money was credited.
    /// @param account Whose it is.
    /// @param amount Wei.
    event PaymentCredited(address indexed account, uint256 amount);

    /// @notice Credited money was paid out.
    /// @param account Whose it was.
    /// @param amount Wei.
    event PaymentWithdrawn(address indexed account, uint256 amount);

    /// @notice A parameter changed.
    /// @param name Its name, as the getter's.
    /// @param value Its new value.
    event ParameterChanged(string name, uint256 value);

    /// @notice Another account gets the service fee.
    /// @param treasury The account.
    event TreasuryChanged(address indexed treasury);

    // ------------------------------------------------------------------- blobs

    /// @notice Set up a new entrance; the proxy's constructor calls it, once.
    /// @param params Its neighbours and parameters.
    function initialize(EntranceParams calldata params) external;

    /// @notice Announce blobs and pay for them: `blobPrice` each; what is beyond stays with the rewards.
    /// All blobs of a call go to one quorum, the next call's of the same draw to the next one.
    /// @param dataRoots The blobs.
    function submitOriginalData(bytes32[] calldata dataRoots) external payable;

    /// @notice The same to a quorum of signers who fit a policy. Reverts when the epoch has none.
    /// @param dataRoots The blobs.
    /// @param policyId A policy that DASigners knows.
    function submitOriginalData(bytes32[] calldata dataRoots, uint256 policyId) external payable;

    /// @notice Certify blobs. Anyone may. One that is certified already is passed over. One that is refused does not
    /// hold up the others; when a call certifies nothing it reverts with the reason of the last refusal.
    /// @param submissions The blobs with their signatures.
    function submitVerifiedCommitRoots(CommitRootSubmission[] calldata submissions) external;

    /// @notice Whether a submission's signatures are good; reverts with the reason when they are not. It asks neither
    /// whether the blob was announced nor whether it is certified already.
    /// @param submission The blob with its signatures.
    function checkCommitRoot(CommitRootSubmission calldata submission) external view;

    /// @notice For other contracts: whether a blob is certified by a quorum of everybody's draw. Never so of a policy's
    /// (ids from 2^32 on), which may be a single signer that labelled itself: who trusts a policy names it.
    /// @param dataRoot The blob; it binds chain and entrance.
    /// @param epoch Its epoch.
    /// @param quorumId Its quorum.
    /// @return Whether it is.
    function verifyCertificate(bytes32 dataRoot, uint256 epoch, uint256 quorumId) external view returns (bool);

    /// @notice For other contracts: whether a quorum of a policy's draw certified a blob. Judge the policy yourself.
    /// @param dataRoot The blob.
    /// @param epoch Its epoch.
    /// @param quorumId Its quorum.
    /// @param policyId The policy; 0 for everybody's draw, which says what the form without it says.
    /// @return Whether it is.
    function verifyCertificate(bytes32 dataRoot, uint256 epoch, uint256 quorumId, uint256 policyId)
        external
        view
        returns (bool);

    /// @notice What is kept of a certified blob.
    /// @param dataRoot The blob.
    /// @param epoch Its epoch.
    /// @param quorumId Its quorum.
    /// @return All zero when it is not certified.
    function certificateOf(bytes32 dataRoot, uint256 epoch, uint256 quorumId) external view returns (Certificate memory);

    /// @notice The two words of a certified blob.
    /// @param dataRoot The blob.
    /// @param epoch Its epoch.
    /// @param quorumId Its quorum.
    /// @return X is the row root, Y the root of combinations; zero when it is not certified.
    function verifiedErasureCommitment(bytes32 dataRoot, uint256 epoch, uint256 quorumId)
        external
        view
        returns (G1Point memory);

    /// @notice Whether a certificate of a blob is kept, of whatever quorum. That is no trust: see `verifyCertificate`.
    /// @param dataRoot The blob.
    /// @param epoch Its epoch.
    /// @param quorumId Its quorum.
    /// @return Whether it is.
    function commitmentExists(bytes32 dataRoot, uint256 epoch, uint256 quorumId) external view returns (bool);

    // ------------------------------------------------------------------- money

    /// @notice Look whether an epoch is over and a round is due. Its cost does not depend on how long nobody did.
    function sync() external;

    /// @notice The same; rounds that were missed are skipped in one step, so any number above zero does it all.
    /// @param times Zero does nothing.
    function syncFixedTimes(uint256 times) external;

    /// @notice Give money to the base rewards.
    function donate() external payable;

    /// @notice Pay out what is credited to an account. Anyone may.
    /// @param payee The account.
    function withdrawPayments(address payable payee) external;

    /// @notice What is credited to an account.
    /// @param payee The account.
    /// @return Wei.
    function payments(address payee) external view returns (uint256);

    // ---------------------------------------------------------- administration

    /// @notice Hits that a round aims at, from the next round on. Restricted; between a quarter of the former number
    /// and four times it.
    /// @param value The number, not zero.
    function setRoundSubmissions(uint64 value) external;

    /// @notice Epochs that are sampled after they are over. Restricted.
    /// @param value Their number, not zero.
    function setEpochWindowSize(uint64 value) external;

    /// @notice A hit earns one part in so many of the active rewards. Restricted.
    /// @param value The divisor, not zero.
    function setRewardRatio(uint64 value) external;

    /// @notice What a hit earns besides, while donations last. Restricted.
    /// @param value Wei.
    function setBaseReward(uint256 value) external;

    /// @notice Blocks of a round. Restricted. The round under way ends as it was to end.
    /// @param value 1 to 255: a seed is the hash of one of the last 256 blocks.
    function setSamplePeriod(uint64 value) external;

    /// @notice Fee of a blob. Restricted.
    /// @param value Wei.
    function setBlobPrice(uint256 value) external;

    /// @notice Part of the fees that goes to the treasury. Restricted.
    /// @param bps Hundredths of a percent, at most 10,000.
    function setServiceFeeRate(uint256 bps) external;

    /// @notice Who gets the service fee. Restricted.
    /// @param treasury_ The account, not zero.
    function setTreasury(address treasury_) external;

    // ------------------------------------------------------------------- views

    // solhint-disable func-name-mixedcase
    /// @notice The contract of signers and quorums.
    /// @return Its address.
    function DA_SIGNERS() external view returns (address);

    /// @notice Rows that must be signed for: numerator.
    /// @return 2.
    function SLICE_NUMERATOR() external view returns (uint256);

    /// @notice Rows that must be signed for: denominator.
    /// @return 3.
    function SLICE_DENOMINATOR() external view returns (uint256);

    /// @notice The easiest target.
    /// @return One part in 128 of all numbers.
    function MAX_PODAS_TARGET() external view returns (uint256);
    // solhint-enable func-name-mixedcase

    /// @notice The network's profile.
    /// @return dataRows Data rows.
    /// @return parityRows Parity rows.
    function profile() external view returns (uint256 dataRows, uint256 parityRows);

    /// @notice The epoch under way when somebody last looked.
    /// @return Its number.
    function currentEpoch() external view returns (uint256);

    /// @notice Seed of the open round.
    /// @return The seed; zero before the first round.
    function currentSampleSeed() external view returns (bytes32);

    /// @notice Number of the open round.
    /// @return The number; zero before the first.
    function sampleRound() external view returns (uint256);

    /// @notice Block at which the next round opens.
    /// @return Its number.
    function nextSampleHeight() external view returns (uint256);

    /// @notice Greatest quality that is a hit.
    /// @return The target.
    function podasTarget() external view returns (uint256);

    /// @notice Hits that the open round took.
    /// @return Their number.
    function roundSubmissions() external view returns (uint64);

    /// @notice Hits that the open round aims at; it takes twice as many.
    /// @return Their number.
    function targetRoundSubmissions() external view returns (uint64);

    /// @notice Hits that the next round aims at.
    /// @return Their number.
    function targetRoundSubmissionsNext() external view returns (uint64);

    /// @notice Fees of the epoch under way.
    /// @return Wei.
    function currentEpochReward() external view returns (uint256);

    /// @notice Fees of former epochs that hits are paid from.
    /// @return Wei.
    function activedReward() external view returns (uint256);

    /// @notice Donations that are left.
    /// @return Wei.
    function totalBaseReward() external view returns (uint256);

    /// @notice What the treasury gets of the epoch under way, as it stands.
    /// @return Wei.
    function serviceFee() external view returns (uint256);

    /// @notice Epochs that are sampled after they are over.
    /// @return Their number.
    function epochWindowSize() external view returns (uint64);

    /// @notice A hit earns one part in so many of the active rewards.
    /// @return The divisor.
    function rewardRatio() external view returns (uint64);

    /// @notice What a hit earns besides, while donations last.
    /// @return Wei.
    function baseReward() external view returns (uint256);

    /// @notice Fee of a blob.
    /// @return Wei.
    function blobPrice() external view returns (uint256);

    /// @notice Blocks of a round.
    /// @return Their number.
    function samplePeriod() external view returns (uint64);

    /// @notice Part of the fees that goes to the treasury.
    /// @return Hundredths of a percent.
    function serviceFeeRateBps() external view returns (uint256);

    /// @notice Who gets the service fee.
    /// @return The account.
    function treasury() external view returns (address);
}
