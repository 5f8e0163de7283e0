// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IServeProofs, ServeProof, TaskReveal} from "../interfaces/agentic/IServeProofs.sol";

/// @title Digests and records of serve proofs
/// @notice The digest names chain, registry of agents and redeemer, so that a proof is worth nothing anywhere else.
/// The Python twin is zerog/inft/agentic/serveproof.py.
library ServeProofs {
    bytes32 internal constant TAG = keccak256("SERVEPROOF");

    /// @notice Proofs that were redeemed, and how long proofs may live.
    /// @param maxAge Longest time from now to a deadline, seconds.
    /// @param deadlines Deadline of each redeemed proof; zero for one that is not remembered.
    struct Records {
        uint256 maxAge;
        mapping(bytes32 key => uint256) deadlines;
    }

    /// @notice What the seal signs, before EIP-191 is wrapped around its 32 bytes.
    /// @param registry The registry of agents.
    /// @param proof The proof.
    /// @return The digest.
    function digest(address registry, ServeProof calldata proof) internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                block.chainid,
                registry,
                proof.submitter,
                proof.agentId,
                proof.timestamp,
                proof.deadline,
                proof.taskHash,
                keccak256(abi.encodePacked(proof.dataHashes)),
                proof.frameworkHash
            )
        );
    }

    /// @notice Who signed a proof.
    /// @param registry The registry of agents.
    /// @param proof The proof.
    /// @return The signer; zero for bytes that are no signature.
    function signer(address registry, ServeProof calldata proof) internal view returns (address) {
        bytes32 signed = MessageHashUtils.toEthSignedMessageHash(digest(registry, proof));
        (address found, ECDSA.RecoverError problem,) = ECDSA.tryRecover(signed, proof.signature);
        return problem == ECDSA.RecoverError.NoError ? found : address(0);
    }

    /// @notice Where a redeemed proof is remembered.
    /// @param proof The proof.
    /// @return Its record.
    function key(ServeProof calldata proof) internal pure returns (bytes32) {
        return keccak256(abi.encode(TAG, proof.agentId, proof.signature));
    }

    /// @notice Use a proof up.
    /// @param records The records.
    /// @param proof The proof, whose signature was checked.
    function consume(Records storage records, ServeProof calldata proof) internal {
        uint256 deadline = proof.deadline;
        require(block.timestamp <= deadline, IServeProofs.NonceExpired(deadline, block.timestamp));
        uint256 latest = block.timestamp + records.maxAge;
        require(deadline <= latest, IServeProofs.NonceDeadlineTooFar(deadline, latest));
        bytes32 record = key(proof);
        require(records.deadlines[record] == 0, IServeProofs.NonceAlreadyUsed(record));
        records.deadlines[record] = deadline;
    }

    /// @notice Forget proofs that are dead by their own deadline, whatever the longest age is now.
    /// @param records The records.
    /// @param keys Records of proofs.
    function clean(Records storage records, bytes32[] calldata keys) internal {
        for (uint256 i = 0; i < keys.length; ++i) {
            if (records.deadlines[keys[i]] < block.timestamp) delete records.deadlines[keys[i]];
        }
    }

    /// @notice Whether the text of a task has one reading only: a known method, and a path.
    /// @param task The task.
    /// @return True when it has.
    function isReadable(TaskReveal calldata task) internal pure returns (bool) {
        bytes calldata uri = bytes(task.uri);
        if (uri.length == 0 || uri[0] != "/") return false;
        bytes32 method = keccak256(bytes(task.method));
        return method == keccak256("GET") || method == keccak256("POST") || method == keccak256("PUT")
            || method == keccak256("PATCH") || method == keccak256("DELETE") || method == keccak256("HEAD")
            || method == keccak256("OPTIONS");
    }

    /// @notice Hash of a task.
    /// @param task The task.
    /// @return The hash that a proof carries.
    function taskHash(TaskReveal calldata task) internal pure returns (bytes32) {
        string memory status = Strings.toString(task.statusCode);
        return keccak256(abi.encodePacked(task.method, task.uri, task.reqBodyHash, task.respBodyHash, status));
    }
}
