// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IAgentPermits} from "../interfaces/IAgentPermits.sol";
import {ProofHash} from "./ProofHash.sol";

/// @title Signed wishes, each good once
/// @notice What is signed is EIP-712 in the domain of this contract on this chain; every struct ends with a nonce and
/// a deadline. A nonce is any number that its signer did not use before: wishes can be carried out in any order.
library Permits {
    using BitMaps for BitMaps.BitMap;

    /// @custom:storage-location erc7201:zerog.storage.AgentPermits
    struct PermitStorage {
        mapping(address signer => BitMaps.BitMap) used;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.AgentPermits")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant PERMIT_STORAGE = 0xd4043dc7b4a475fea9e1cb0263c84541e3d9579bf02d1c89672527a3709a0f00;

    /// @notice What is signed.
    /// @param structHash Hash of the struct, nonce and deadline in it.
    /// @return The digest.
    function digest(bytes32 structHash) internal view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(ProofHash.domainSeparator(address(this)), structHash);
    }

    /// @notice Check that a wish is not late, and burn its nonce.
    /// @param signer Who signed it.
    /// @param nonce Its nonce.
    /// @param deadline Last second in which it holds, Unix time.
    function spend(address signer, uint256 nonce, uint256 deadline) internal {
        require(block.timestamp <= deadline, IAgentPermits.PermitExpired(deadline, block.timestamp));
        burn(signer, nonce);
    }

    /// @notice Burn a nonce.
    /// @param signer Whose.
    /// @param nonce The nonce.
    function burn(address signer, uint256 nonce) internal {
        BitMaps.BitMap storage used = _permits().used[signer];
        require(!used.get(nonce), IAgentPermits.PermitNonceUsed(signer, nonce));
        used.set(nonce);
    }

    /// @notice Whether a nonce is burnt.
    /// @param signer Whose.
    /// @param nonce The nonce.
    /// @return True when it is.
    function isUsed(address signer, uint256 nonce) internal view returns (bool) {
        return _permits().used[signer].get(nonce);
    }

    /// @notice Check a signature of a key, or of a contract wallet that is there (ERC-1271).
    /// @param signer Who is said to have signed.
    /// @param digest_ The digest.
    /// @param signature The signature.
    function check(address signer, bytes32 digest_, bytes calldata signature) internal view {
        bool valid = SignatureChecker.isValidSignatureNowCalldata(signer, digest_, signature);
        require(valid, IAgentPermits.BadPermitSignature(signer));
    }

    function _permits() private pure returns (PermitStorage storage $) {
        assembly ("memory-safe") {
            $.slot := PERMIT_STORAGE
        }
    }
}
