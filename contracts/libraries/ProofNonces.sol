// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {Generation, IDataVerifier, ProofKind} from "../interfaces/IDataVerifier.sol";

/// @notice Nonce and deadline of a proof.
/// @param legacy Whether the nonce is that of a client of the references, 32 bytes.
/// @param nonce The nonce.
/// @param deadline The deadline, seconds since 1970; 0 in a legacy proof that has none.
struct Stamp {
    bool legacy;
    uint256 nonce;
    uint256 deadline;
}

/// @title Burnt nonces of transfer proofs
/// @notice One bitmap per caller, half of the proof and signer: nobody can burn a nonce of another signer, nor for
/// another contract. A record outlives the deadline; a signer who counts up pays one storage slot per 256 proofs.
library ProofNonces {
    using BitMaps for BitMaps.BitMap;

    /// @notice The records.
    /// @param used Bitmaps of burnt nonces.
    struct Records {
        mapping(address caller => mapping(ProofKind kind => mapping(address signer => BitMaps.BitMap))) used;
    }

    /// @notice Nonce and deadline out of a proof's nonce bytes.
    /// @param raw `abi.encode(uint256 nonce, uint256 deadline)`.
    /// @return nonce The nonce.
    /// @return deadline The deadline, seconds since 1970.
    function decode(bytes calldata raw) internal pure returns (uint256 nonce, uint256 deadline) {
        require(raw.length == 64, IDataVerifier.MalformedNonce(raw.length));
        return abi.decode(raw, (uint256, uint256));
    }

    /// @notice Nonce and deadline, safe or legacy, as `IDataVerifier.verifyHandover` takes them.
    /// @param generation Whose proof.
    /// @param raw 64 bytes of a safe nonce or 32 of a legacy one; of AgenticId the deadline field follows.
    /// @return stamp What they say.
    function stampOf(Generation generation, bytes calldata raw) internal pure returns (Stamp memory stamp) {
        uint256 tail = generation == Generation.AgenticId ? 32 : 0;
        stamp.legacy = raw.length == 32 + tail;
        require(stamp.legacy || raw.length == 64 + tail, IDataVerifier.MalformedNonce(raw.length));
        stamp.nonce = uint256(bytes32(raw[:32]));
        if (raw.length == 32) return stamp;
        stamp.deadline = uint256(bytes32(raw[32:64]));
        if (raw.length == 64) return stamp;
        uint256 field = uint256(bytes32(raw[64:]));
        require(stamp.deadline == field, IDataVerifier.DeadlineMismatch(stamp.deadline, field));
    }

    /// @notice Check that a deadline lies ahead, and not too far.
    /// @param deadline The deadline, seconds since 1970.
    /// @param horizon Longest time from now, seconds.
    function checkDeadline(uint256 deadline, uint256 horizon) internal view {
        require(deadline > block.timestamp, IDataVerifier.ProofExpired(deadline, block.timestamp));
        uint256 latest = block.timestamp + horizon;
        require(deadline <= latest, IDataVerifier.DeadlineTooFar(deadline, latest));
    }

    /// @notice Burn a nonce.
    /// @param records The records.
    /// @param caller Contract that asked for verification.
    /// @param kind Half of the proof.
    /// @param signer Who signed.
    /// @param nonce The nonce.
    function burn(Records storage records, address caller, ProofKind kind, address signer, uint256 nonce) internal {
        BitMaps.BitMap storage used = records.used[caller][kind][signer];
        require(!used.get(nonce), IDataVerifier.NonceAlreadyUsed(kind, signer, nonce));
        used.set(nonce);
    }

    /// @notice Whether a nonce is burnt.
    /// @param records The records.
    /// @param caller Contract that asked for verification.
    /// @param kind Half of the proof.
    /// @param signer Who signed.
    /// @param nonce The nonce.
    /// @return True when it is.
    function isUsed(Records storage records, address caller, ProofKind kind, address signer, uint256 nonce)
        internal
        view
        returns (bool)
    {
        return records.used[caller][kind][signer].get(nonce);
    }
}
