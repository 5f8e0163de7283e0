// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice An agent's statement that it answered somebody, signed by the agent's seal.
/// @param agentId The agent.
/// @param submitter The only account that may redeem it.
/// @param timestamp When it was signed, seconds since 1970.
/// @param deadline Last second in which it may be redeemed.
/// @param taskHash What was asked and answered, see {TaskReveal}.
/// @param dataHashes Data that the agent ran on, ordered by role.
/// @param frameworkHash Code that the agent ran.
/// @param signature 65 bytes over the 32 raw bytes of the digest (EIP-191).
struct ServeProof {
    uint256 agentId;
    address submitter;
    uint256 timestamp;
    uint256 deadline;
    bytes32 taskHash;
    bytes32[] dataHashes;
    bytes32 frameworkHash;
    bytes signature;
}

/// @notice What a task hash is made of: keccak256(method ‖ uri ‖ reqBodyHash ‖ respBodyHash ‖ decimal statusCode).
/// @param method HTTP method, one of the known ones.
/// @param uri Path and query; starts with "/".
/// @param reqBodyHash keccak256 of the question.
/// @param respBodyHash keccak256 of the answer.
/// @param statusCode HTTP status.
struct TaskReveal {
    string method;
    string uri;
    bytes32 reqBodyHash;
    bytes32 respBodyHash;
    uint16 statusCode;
}

/// @title What every registry that takes serve proofs has
/// @notice A proof is good for one chain, one registry of agents, one agent, one account, once, until its deadline.
interface IServeProofs {
    /// @notice The proof was redeemed before.
    /// @param key Its record: keccak256(abi.encode(keccak256("SERVEPROOF"), agentId, signature)).
    error NonceAlreadyUsed(bytes32 key);

    /// @notice The deadline of the proof has passed.
    /// @param deadline The deadline.
    /// @param nowTimestamp Time of the block.
    error NonceExpired(uint256 deadline, uint256 nowTimestamp);

    /// @notice The deadline of the proof is further away than proofs may live.
    /// @param deadline The deadline.
    /// @param maxDeadline The latest one accepted now.
    error NonceDeadlineTooFar(uint256 deadline, uint256 maxDeadline);

    /// @notice The registry of agents is not a contract.
    /// @param registry The address given.
    error NotARegistry(address registry);

    /// @notice Proofs may live this long from now on.
    /// @param seconds_ The longest time from now to a deadline.
    event MaxProofAgeSet(uint256 seconds_);

    /// @notice Change the longest time from now to a deadline; restricted.
    /// @param seconds_ That time.
    function setMaxProofAge(uint256 seconds_) external;

    /// @notice Stop taking proofs; restricted.
    function pause() external;

    /// @notice Take proofs again; restricted.
    function unpause() external;

    /// @notice Forget proofs whose own deadline has passed; anybody may, because those are dead whatever the rules.
    /// @param keys Their records; unknown ones and living ones stay.
    function cleanExpiredNonces(bytes32[] calldata keys) external;

    /// @notice Whether a proof was redeemed and is still remembered.
    /// @param key Its record.
    /// @return True when it is.
    function isNonceConsumed(bytes32 key) external view returns (bool);

    /// @notice Longest time from now to a deadline.
    /// @return Seconds.
    function maxProofAge() external view returns (uint256);

    /// @notice The registry of agents that proofs are checked against.
    /// @return Its address.
    function getIdentityRegistry() external view returns (address);

    /// @notice Digest before EIP-191 that an agent's seal signs.
    /// @param proof The proof; its signature is not read.
    /// @return The digest.
    function serveProofHash(ServeProof calldata proof) external view returns (bytes32);
}
