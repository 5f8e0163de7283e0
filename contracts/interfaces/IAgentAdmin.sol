// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IDataVerifier} from "./IDataVerifier.sol";

/// @notice What the clients of different generations disagree about, decided for a collection.
/// @param plainTransfers Whether `transferFrom` moves a token with private data: its new owner gets no key.
/// @param resealByOracle Whether an oracle may hand over the data key as it is, through the functions of
/// 0g-agent-nft and 0g-agentic-id, whose structs have one hash: the seller's key then still opens the data.
/// @param storeSealedKeys Whether sealed keys are stored whole, for contracts that read them; their hashes always are.
/// @param eventsFinal Whether functions of other generations also emit the events of the Final ERC-7857.
/// @param eventsAgentic Whether functions of other generations also emit the events of 0g-agentic-id.
struct Policy {
    bool plainTransfers;
    bool resealByOracle;
    bool storeSealedKeys;
    bool eventsFinal;
    bool eventsAgentic;
}

/// @title Administration of the token
/// @notice Restricted by the one Authority.
interface IAgentAdmin {
    /// @notice The verifier is not a contract.
    /// @param verifier The address given.
    error InvalidVerifier(address verifier);

    /// @notice The collection is not paused.
    error ExpectedPause();

    /// @notice The collection is paused from now on.
    /// @param account Who paused it.
    event Paused(address account);

    /// @notice The collection is no longer paused.
    /// @param account Who ended the pause.
    event Unpaused(address account);

    /// @notice The rules of the collection are these from now on.
    /// @param policy The rules.
    event PolicySet(Policy policy);

    /// @notice Proofs are checked by another contract from now on.
    /// @param before The verifier before.
    /// @param now_ The verifier from now on.
    event VerifierSet(address indexed before, address indexed now_);

    /// @notice Decide what the generations disagree about. Restricted.
    /// @param policy_ The rules from now on.
    function setPolicy(Policy calldata policy_) external;

    /// @notice Swap the verifier. Restricted. Proofs made for the old one are void: they name it.
    /// @param verifier_ The new verifier.
    function setVerifier(IDataVerifier verifier_) external;

    /// @notice Stop mints, transfers, clones, approvals and new authorisations. Restricted. What only takes power
    /// away (`revokeAuthorization`, `delegateAccess(0)`) stays possible.
    function pause() external;

    /// @notice End the pause. Restricted.
    function unpause() external;

    /// @notice Whether the collection is paused.
    /// @return True when it is.
    function paused() external view returns (bool);

    /// @notice Most users that a token can have authorised at once.
    /// @return The limit.
    function MAX_AUTHORIZED_USERS() external view returns (uint256);

    /// @notice The rules of the collection.
    /// @return The rules.
    function policy() external view returns (Policy memory);
}
