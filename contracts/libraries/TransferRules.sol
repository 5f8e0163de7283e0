// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IAgentNFT} from "../interfaces/IAgentNFT.sol";
import {TransferValidityProofOutput} from "../interfaces/IERC7857DataVerifier.sol";
import {PublicKeys} from "./PublicKeys.sol";

/// @title What a verified pair of proofs must say before data changes hands
library TransferRules {
    /// @notice Check one pair against the token and the receiver.
    /// @param index Index of the pair, for the error.
    /// @param current Hash of the token's item at this index.
    /// @param to The receiver.
    /// @param assistant Address that may consent for the receiver; zero for nobody.
    /// @param output What the verifier read from the pair.
    function check(
        uint256 index,
        bytes32 current,
        address to,
        address assistant,
        TransferValidityProofOutput memory output
    ) internal pure {
        require(output.oldDataHash == current, IAgentNFT.DataHashMismatch(index, current, output.oldDataHash));
        bytes32 next = output.newDataHash;
        require(next != current && next != 0, IAgentNFT.NotReencrypted(index, next));
        require(output.sealedKey.length != 0, IAgentNFT.EmptySealedKey(index));
        address signer = output.accessAssistant;
        // ECDSA.recover never gives zero, so that an assistant of zero matches nobody.
        require(signer == to || signer == assistant, IAgentNFT.WrongAccessSigner(index, to, signer));
        checkKey(index, to, output.wantedKey, output.encryptedPubKey);
    }

    /// @notice Check that the data key is sealed to the key that the receiver asked for.
    /// @param index Index of the pair, for the error.
    /// @param to The receiver.
    /// @param wanted Key that the receiver asked for; empty for the one behind their address.
    /// @param target Key that the oracle sealed to.
    function checkKey(uint256 index, address to, bytes memory wanted, bytes memory target) internal pure {
        if (wanted.length == 0) {
            require(target.length == PublicKeys.LENGTH, IAgentNFT.InvalidPublicKeyLength(index, target.length));
            address keyAddress = PublicKeys.toAddress(target);
            require(keyAddress == to, IAgentNFT.SealedToForeignKey(index, to, keyAddress));
        } else {
            bytes32 wantedHash = keccak256(wanted);
            bytes32 targetHash = keccak256(target);
            require(wantedHash == targetHash, IAgentNFT.WantedKeyMismatch(index, wantedHash, targetHash));
        }
    }
}
