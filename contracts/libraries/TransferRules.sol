// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {OracleType} from "../interfaces/IERC7857DataVerifier.sol";
import {PublicKeys} from "./PublicKeys.sol";

/// @notice What is wrong with a verified pair of proofs; each generation has its own error for it.
enum Fault {
    None,
    OtherData,
    NotReencrypted,
    DataMustStay,
    NoSealedKey,
    WrongConsent,
    KeyLength,
    ForeignKey,
    OtherKey
}

/// @notice One verified pair of proofs, whichever structs it came in.
/// @param kind What vouches for it.
/// @param oldDataHash Hash that the token should have now.
/// @param newDataHash Hash from now on.
/// @param sealedKey The data key, sealed to `targetKey`.
/// @param wantedKey Key that the receiver asked for; empty for the one behind their address.
/// @param targetKey Key that the data key is sealed to.
/// @param consenter Who signed the access proof.
struct Delivery {
    OracleType kind;
    bytes32 oldDataHash;
    bytes32 newDataHash;
    bytes sealedKey;
    bytes wantedKey;
    bytes targetKey;
    address consenter;
}

/// @title What a verified pair of proofs must say before data changes hands
/// @notice The Python twin is zerog/inft/rules.py.
library TransferRules {
    /// @notice Judge one pair against the token and the receiver.
    /// @param delivery What the pair says.
    /// @param current Hash of the token's item at this place.
    /// @param to The receiver.
    /// @param consented Whether the receiver, or who may consent for them, signed the access proof.
    /// @param oracleMayKeep Whether an oracle may leave the data as it is.
    /// @return The first thing that is wrong.
    function judge(Delivery memory delivery, bytes32 current, address to, bool consented, bool oracleMayKeep)
        internal
        pure
        returns (Fault)
    {
        if (delivery.oldDataHash != current) return Fault.OtherData;
        bool kept = delivery.newDataHash == current;
        if (delivery.kind == OracleType.ZKP) {
            if (!kept) return Fault.DataMustStay;
        } else if (delivery.newDataHash == 0 || (kept && !oracleMayKeep)) {
            return Fault.NotReencrypted;
        }
        if (delivery.sealedKey.length == 0) return Fault.NoSealedKey;
        if (!consented) return Fault.WrongConsent;
        return judgeKey(to, delivery.wantedKey, delivery.targetKey);
    }

    /// @notice Judge whether the data key is sealed to the key that the receiver asked for.
    /// @param to The receiver.
    /// @param wanted Key that the receiver asked for; empty for the one behind their address.
    /// @param target Key that it is sealed to.
    /// @return What is wrong.
    function judgeKey(address to, bytes memory wanted, bytes memory target) internal pure returns (Fault) {
        if (wanted.length == 0) {
            if (target.length != PublicKeys.LENGTH) return Fault.KeyLength;
            return PublicKeys.toAddress(target) == to ? Fault.None : Fault.ForeignKey;
        }
        return keccak256(wanted) == keccak256(target) ? Fault.None : Fault.OtherKey;
    }
}
