// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IAgentMarketEvents} from "../interfaces/IAgentMarketEvents.sol";
import {IAgentNFT} from "../interfaces/IAgentNFT.sol";
import {IDataVerifier, ProofKind} from "../interfaces/IDataVerifier.sol";
import {AccessProof} from "../interfaces/IERC7857DataVerifier.sol";
import {OP_TRANSFER} from "./ProofHash.sol";
import {ProofNonces} from "./ProofNonces.sol";
import {PublicKeys} from "./PublicKeys.sol";
import {Point, Secp256k1} from "./Secp256k1.sol";
import {Signers} from "./Signers.sol";

/// @notice The hand-over that a buyer consents to.
/// @param token The collection.
/// @param tokenId The token.
/// @param from The seller.
/// @param to The buyer.
/// @param deadline Until when the consent must hold, seconds since 1970.
struct Handing {
    IAgentNFT token;
    uint256 tokenId;
    address from;
    address to;
    uint256 deadline;
}

/// @title A buyer's consent, checked when the payment is locked
/// @notice The verifier checks consents again when the token moves. They are checked here so that nobody locks a
/// token with a consent by which it could never be handed over.
library SaleConsent {
    /// @notice Check that a key can be sealed to and proven about.
    /// @param key 64 bytes X then Y; X below the group's order, because ecrecover takes no other base.
    function checkKey(bytes calldata key) internal pure {
        require(key.length == PublicKeys.LENGTH, IAgentMarketEvents.NotAPublicKey());
        Point memory point = Point(uint256(bytes32(key[:32])), uint256(bytes32(key[32:])));
        require(Secp256k1.isPoint(point) && point.x < Secp256k1.N, IAgentMarketEvents.NotAPublicKey());
    }

    /// @notice Check the consents to a hand-over of the data as it is.
    /// @param handing The hand-over.
    /// @param targetKey Key that the buyer named.
    /// @param consents One per item of data, nonces ascending.
    function check(Handing memory handing, bytes calldata targetKey, AccessProof[] calldata consents) internal view {
        bytes32[] memory hashes = handing.token.dataHashesOf(handing.tokenId);
        uint256 count = consents.length;
        require(count == hashes.length, IAgentMarketEvents.ConsentCountMismatch(hashes.length, count));
        bool ownKey = PublicKeys.toAddress(targetKey) == handing.to;
        bytes32 keyHash = keccak256(targetKey);
        uint256 least = 0;
        for (uint256 i = 0; i < count; ++i) {
            AccessProof calldata consent = consents[i];
            bytes32 hash = hashes[i];
            require(
                consent.oldDataHash == hash && consent.newDataHash == hash, IAgentMarketEvents.ConsentToOtherData(i)
            );
            bool rightKey = consent.encryptedPubKey.length == 0 ? ownKey : keccak256(consent.encryptedPubKey) == keyHash;
            require(rightKey, IAgentMarketEvents.ConsentToOtherKey(i));
            least = _checkSigned(handing, i, least, consent);
        }
    }

    /// @dev Signature, nonce and deadline of one consent; gives the least nonce of the next.
    function _checkSigned(Handing memory handing, uint256 index, uint256 least, AccessProof calldata consent)
        private
        view
        returns (uint256)
    {
        IDataVerifier verifier = IDataVerifier(address(handing.token.verifier()));
        (uint256 nonce, uint256 until) = ProofNonces.decode(consent.nonce);
        uint256 latest = block.timestamp + verifier.MAX_HORIZON();
        require(until > handing.deadline && until <= latest, IAgentMarketEvents.ConsentDeadline(index, until));
        address signer = _signer(verifier, handing, index, consent);
        bool used = verifier.isNonceUsed(address(handing.token), ProofKind.Access, signer, nonce);
        require(!used && nonce >= least, IAgentMarketEvents.ConsentUsed(index));
        // The highest nonce can only come last.
        return nonce == type(uint256).max ? nonce : nonce + 1;
    }

    function _signer(IDataVerifier verifier, Handing memory handing, uint256 index, AccessProof calldata consent)
        private
        view
        returns (address)
    {
        bytes32 digest = verifier.hashAccess(
            address(handing.token), OP_TRANSFER, handing.tokenId, handing.from, handing.to, consent
        );
        if (Signers.signed(handing.to, digest, consent.proof)) return handing.to;
        // As for the verifier, an assistant has a key.
        address assistant = handing.token.getDelegateAccess(handing.to);
        (address recovered,,) = ECDSA.tryRecover(digest, consent.proof);
        require(recovered != address(0) && recovered == assistant, IAgentMarketEvents.ConsentNotSigned(index));
        return assistant;
    }
}
