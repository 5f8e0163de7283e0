// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

// Official clients read these reverts as strings.
// solhint-disable gas-custom-errors

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {Certificate, CommitRootSubmission, EntranceParams} from "../interfaces/da/DAEntranceTypes.sol";
import {IDAEntrance} from "../interfaces/da/IDAEntrance.sol";
import {IDALabels} from "../interfaces/da/IDALabels.sol";
import {Bn254, G1Point, G2Point} from "../libraries/Bn254.sol";
import {DASampling} from "./DASampling.sol";

/// @title DAEntrance
/// @notice Blobs and their certificates. The manual is the interface; sampling is in DASampling, parameters and money in
/// DAEntranceBase.
contract DAEntrance is DASampling, UUPSUpgradeable {
    // solhint-disable const-name-snakecase
    /// @inheritdoc IDAEntrance
    uint256 public constant SLICE_NUMERATOR = 2;

    /// @inheritdoc IDAEntrance
    uint256 public constant SLICE_DENOMINATOR = 3;
    // solhint-enable const-name-snakecase

    /// @dev What the pairing of two pairs may take: 113,000 by EIP-1108, as in the reference.
    uint256 private constant PAIRING_GAS = 120_000;

    // ------------------------------------------------------------ construction

    /// @notice The logic itself stays uninitialised for ever; only proxies are.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc IDAEntrance
    function initialize(EntranceParams calldata params) external initializer {
        __AccessManaged_init(params.authority);
        _setUp(params);
    }

    // ------------------------------------------------------------------- blobs

    /// @inheritdoc IDAEntrance
    function submitOriginalData(bytes32[] calldata dataRoots) external payable {
        EntranceStorage storage $ = _sync();
        uint256 count = $.signers.quorumCount($.currentEpoch);
        _announce($, dataRoots, 0, count);
    }

    /// @inheritdoc IDAEntrance
    function submitOriginalData(bytes32[] calldata dataRoots, uint256 policyId) external payable {
        EntranceStorage storage $ = _sync();
        (uint256 first, uint256 count) = IDALabels(address($.signers)).policyQuorums($.currentEpoch, policyId);
        _announce($, dataRoots, first, count);
    }

    /// @dev The strings are those of the reference.
    function _announce(EntranceStorage storage $, bytes32[] calldata dataRoots, uint256 first, uint256 count) private {
        require(dataRoots.length != 0, NothingAnnounced());
        uint256 price = $.blobPrice;
        require(msg.value >= dataRoots.length * price, "Not enough da blob fee");
        require(count != 0, "DAEntrance: No DA Signers");
        $.currentEpochReward += msg.value;
        // The draw of a policy begins at its id shifted; of everybody's at 0.
        uint256 index = ($.quorumIndexes[first >> 32] + 1) % count;
        $.quorumIndexes[first >> 32] = index;
        for (uint256 i = 0; i < dataRoots.length; ++i) {
            emit DataUpload(msg.sender, dataRoots[i], $.currentEpoch, first + index, price);
        }
    }

    // ------------------------------------------------------------ certificates

    /// @inheritdoc IDAEntrance
    function submitVerifiedCommitRoots(CommitRootSubmission[] calldata submissions) external {
        (bool anyHeld, bytes memory refusal) = (submissions.length == 0, bytes(""));
        for (uint256 i = 0; i < submissions.length; ++i) {
            (bool held, bytes memory reason) = _certify(submissions[i]);
            if (held) anyHeld = true;
            else refusal = reason;
        }
        if (anyHeld) return;
        assembly ("memory-safe") {
            revert(add(refusal, 32), mload(refusal))
        }
    }

    /// @dev Whether the blob is certified now, or why not. The check is a call of its own, so that whatever a bad
    /// submission does ends with it.
    function _certify(CommitRootSubmission calldata submission) private returns (bool held, bytes memory reason) {
        (bytes32 root, uint256 epoch, uint256 quorumId) = (submission.dataRoot, submission.epoch, submission.quorumId);
        Certificate storage kept = _entrance().certificates[_identifier(root, epoch, quorumId)];
        if (kept.bitmapHash != 0) return (true, reason);
        try this.checkCommitRoot(submission) {
            kept.rowRoot = bytes32(submission.erasureCommitment.X);
            kept.rlcRoot = bytes32(submission.erasureCommitment.Y);
            kept.bitmapHash = keccak256(submission.quorumBitmap);
            emit ErasureCommitmentVerified(root, epoch, quorumId);
            emit RowsSigned(root, epoch, quorumId, submission.quorumBitmap);
            return (true, reason);
        } catch (bytes memory why) {
            emit CommitRootRefused(root, epoch, quorumId, why);
            return (false, why);
        }
    }

    /// @inheritdoc IDAEntrance
    function checkCommitRoot(CommitRootSubmission calldata submission) external view {
        EntranceStorage storage $ = _entrance();
        uint256 epoch = $.signers.epochNumber();
        require(submission.epoch + 1 >= epoch, StaleEpoch(submission.epoch, epoch));
        (G1Point memory key, uint256 total, uint256 hit) =
            $.signers.getAggPkG1(submission.epoch, submission.quorumId, submission.quorumBitmap);
        require(SLICE_NUMERATOR * total <= SLICE_DENOMINATOR * hit, "DARegistry: insufficient signed slices");
        G1Point memory point = Bn254.hashToG1(_message(submission));
        G2Point memory key2 = submission.aggPkG2;
        G1Point memory signature = submission.signature;
        uint256 weight = uint256(
            keccak256(abi.encode(signature.X, signature.Y, key.X, key.Y, key2.X, key2.Y, point.X, point.Y))
        ) % Bn254.R;
        // EIP-197's order, imaginary part first, as the reference takes it here; the library has the real part first.
        G2Point memory turned = G2Point([key2.X[1], key2.X[0]], [key2.Y[1], key2.Y[0]]);
        bool good = Bn254.verify(point, signature, key, turned, weight, PAIRING_GAS);
        require(good, "DARegistry: signature is invalid");
    }

    /// @dev What the signers of a blob sign, before it is mapped to the curve.
    function _message(CommitRootSubmission calldata submission) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                submission.dataRoot,
                submission.epoch,
                submission.quorumId,
                submission.erasureCommitment.X,
                submission.erasureCommitment.Y
            )
        );
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IDAEntrance
    function verifyCertificate(bytes32 dataRoot, uint256 epoch, uint256 quorumId) external view returns (bool) {
        return quorumId >> 32 == 0 && _certificate(dataRoot, epoch, quorumId).bitmapHash != 0;
    }

    /// @inheritdoc IDAEntrance
    function verifyCertificate(bytes32 dataRoot, uint256 epoch, uint256 quorumId, uint256 policyId)
        external
        view
        returns (bool)
    {
        IDALabels labels = IDALabels(address(_entrance().signers));
        (uint256 first, uint256 count) = labels.policyQuorums(epoch, policyId);
        bool fits = quorumId >= first && quorumId - first < count;
        return fits && _certificate(dataRoot, epoch, quorumId).bitmapHash != 0;
    }

    /// @inheritdoc IDAEntrance
    function certificateOf(bytes32 dataRoot, uint256 epoch, uint256 quorumId)
        external
        view
        returns (Certificate memory)
    {
        return _certificate(dataRoot, epoch, quorumId);
    }

    /// @inheritdoc IDAEntrance
    function verifiedErasureCommitment(bytes32 dataRoot, uint256 epoch, uint256 quorumId)
        external
        view
        returns (G1Point memory)
    {
        Certificate storage held = _certificate(dataRoot, epoch, quorumId);
        return G1Point(uint256(held.rowRoot), uint256(held.rlcRoot));
    }

    /// @inheritdoc IDAEntrance
    function commitmentExists(bytes32 dataRoot, uint256 epoch, uint256 quorumId) external view returns (bool) {
        return _certificate(dataRoot, epoch, quorumId).bitmapHash != 0;
    }

    // ---------------------------------------------------------------- internal

    function _certificate(bytes32 dataRoot, uint256 epoch, uint256 quorumId)
        private
        view
        returns (Certificate storage)
    {
        return _entrance().certificates[_identifier(dataRoot, epoch, quorumId)];
    }

    /// @dev The modifier judges by the selector that entered the contract: upgradeToAndCall.
    function _authorizeUpgrade(address) internal override restricted {}
}
