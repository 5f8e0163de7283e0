// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Sale} from "../interfaces/AgentMarketTypes.sol";
import {IAgentAdmin} from "../interfaces/IAgentAdmin.sol";
import {IAgentMarketEvents} from "../interfaces/IAgentMarketEvents.sol";
import {IAgentNFT} from "../interfaces/IAgentNFT.sol";
import {Generation, Handover, IDataVerifier} from "../interfaces/IDataVerifier.sol";
import {AccessProof, TransferValidityProof} from "../interfaces/IERC7857DataVerifier.sol";
import {OP_TRANSFER} from "./ProofHash.sol";

/// @title A hand-over that the buyer's half cannot take back
/// @notice Whoever sees a settlement has the new seals, even where it reverts, and the buyer opens them. A buyer
/// whose half fails at that moment (a spent consent, a wallet that changed its mind, a receiver that refuses) must
/// therefore still pay. The token is asked first; where it refuses, the seller's half is judged alone.
library SellersHalf {
    /// @dev Kept from the token, so that a buyer's contract that burns all gas leaves enough to judge and to pay: a
    /// proof of kind 1, of 868 bytes, takes 32,000 gas, and a share of kind 2, of 706 bytes, some 50,000.
    uint256 private constant KEPT = 100_000;
    uint256 private constant KEPT_PER_BYTE = 100;

    /// @dev Given to the token at least, so that lack of gas is no refusal of the buyer's: for one item, of 2,200 bytes,
    /// 690,000. By key it takes 150,000, with a collection that stores seals 300,000 more; the rest is for a wallet.
    uint256 private constant GIVEN = 250_000;
    uint256 private constant GIVEN_PER_BYTE = 200;

    /// @dev Most of a refusal that is passed on; a longer one would be a way to burn the gas that was kept.
    uint256 private constant REASON_BYTES = 1_024;

    /// @notice Ask the token to hand over.
    /// @param token The collection.
    /// @param to The buyer.
    /// @param tokenId The token.
    /// @param proofs One pair per item of data.
    /// @return moved Whether it did.
    /// @return reason What it reverted with, the first `REASON_BYTES` bytes.
    function attempt(IAgentNFT token, address to, uint256 tokenId, TransferValidityProof[] calldata proofs)
        internal
        returns (bool moved, bytes memory reason)
    {
        uint256 kept = KEPT + KEPT_PER_BYTE * msg.data.length;
        uint256 needed = kept + GIVEN + GIVEN_PER_BYTE * msg.data.length;
        uint256 left = gasleft();
        require(left >= needed, IAgentMarketEvents.NotEnoughGas(needed, left));
        try token.iTransfer{gas: left - kept}(to, tokenId, proofs) {
            moved = true;
        } catch {
            reason = _answer();
        }
    }

    /// @notice Judge the seller's half of a sale: the consents are those that the buyer paid with, and each new seal
    /// is to the key that the buyer named and provably holds the token's data key. An oracle's signature is no proof
    /// of that. A pause is nobody's refusal, and a verifier that is paused is not believed: nothing is good then.
    /// @param token The collection.
    /// @param sale The sale.
    /// @param proofs What the seller or the committee brought.
    /// @return Whether the seller has done their part.
    function isGood(IAgentNFT token, Sale storage sale, TransferValidityProof[] calldata proofs)
        internal
        view
        returns (bool)
    {
        IDataVerifier verifier = IDataVerifier(address(token.verifier()));
        if (IAgentAdmin(address(token)).paused() || verifier.paused()) return false;
        AccessProof[] memory consents = new AccessProof[](proofs.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            consents[i] = proofs[i].accessProof;
            if (keccak256(proofs[i].ownershipProof.encryptedPubKey) != sale.targetKeyHash) return false;
        }
        if (keccak256(abi.encode(consents)) != sale.consentsHash) return false;
        uint256 tokenId = sale.tokenId;
        bytes32[] memory seals = token.sealedKeyHashesOf(tokenId);
        Handover memory act = Handover(Generation.Final, OP_TRANSFER, tokenId, sale.seller, sale.buyer, seals);
        try verifier.requireSeals(address(token), act, proofs) {
            return true;
        } catch {
            return false;
        }
    }

    /// @notice Revert with what another contract reverted with.
    /// @param reason Its bytes.
    function passOn(bytes memory reason) internal pure {
        assembly ("memory-safe") {
            revert(add(reason, 0x20), mload(reason))
        }
    }

    /// @dev The answer of the call just made, cut to `REASON_BYTES`.
    function _answer() private pure returns (bytes memory reason) {
        uint256 most = REASON_BYTES;
        assembly ("memory-safe") {
            let length := returndatasize()
            if gt(length, most) { length := most }
            reason := mload(0x40)
            mstore(reason, length)
            returndatacopy(add(reason, 0x20), 0, length)
            mstore(0x40, add(reason, and(add(length, 0x3f), not(0x1f))))
        }
    }
}
