// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice A5: an agent's key is bound once for ever.
contract FlawedSealOnce {
    mapping(uint256 agentId => address) public getAgentSeal;

    error AlreadySet(uint256 agentId);

    function setSeal(uint256 agentId, address key) external {
        require(getAgentSeal[agentId] == address(0), AlreadySet(agentId)); // Flawed rule: also when the key is stolen.
        getAgentSeal[agentId] = key;
    }

    function accepts(uint256 agentId, bytes32 digest, uint8 v, bytes32 r, bytes32 s) external view returns (bool) {
        return ecrecover(digest, v, r, s) == getAgentSeal[agentId];
    }
}

/// @notice A8: whoever owns the collection swaps its verifier in one transaction, unannounced.
contract FlawedVerifierOwner {
    address public immutable owner = msg.sender;
    address public verifier;

    function setVerifier(address verifier_) external {
        require(msg.sender == owner, "not the owner"); // Flawed rule: at once.
        verifier = verifier_;
    }
}

/// @notice A9: everybody's opinion counts the same, and addresses are free.
contract FlawedCrowd {
    mapping(uint256 agentId => int256) private _totals;
    mapping(uint256 agentId => uint256) private _counts;

    function giveFeedback(uint256 agentId, int256 value) external {
        (_totals[agentId], _counts[agentId]) = (_totals[agentId] + value, _counts[agentId] + 1);
    }

    function getSummary(uint256 agentId) external view returns (uint256, int256) {
        return (_counts[agentId], _totals[agentId]); // Flawed rule: nobody says whose opinions they want.
    }
}

/// @notice A10: ids count from 0, which is also the answer for a seal that nobody has.
contract FlawedIds {
    uint256 private _registered;
    mapping(bytes32 sealId => uint256) public getAgentIdBySealId;

    function registerWithSeal(bytes32 sealId) external returns (uint256 agentId) {
        agentId = _registered++; // Flawed rule: the first agent looks like none.
        getAgentIdBySealId[sealId] = agentId;
    }
}
