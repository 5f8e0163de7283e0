// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Point, Secp256k1} from "./Secp256k1.sol";

/// @notice What a proof needs of a sealed key.
/// @param version 1 or 2.
/// @param suite Cipher suite of the data.
/// @param owner Key that it is sealed to; (0, 0) in version 1, which does not name it.
/// @param e1 r·G.
/// @param e2 K + r·owner.
struct Seal {
    uint8 version;
    uint8 suite;
    Point owner;
    Point e1;
    Point e2;
}

/// @title Sealed keys as bytes
/// @notice Version 2, 387 bytes: ECIES 129, version 1, suite 1, owner's key 64, E1 64, E2 64, c 32, z 32. Version 1,
/// 323 bytes, is the same without the owner's key. The ECIES part and the proof of knowledge (c, z) are for clients:
/// nothing here looks at them. The Python twin is zerog/inft/envelope.py.
library Envelope {
    /// @notice Length of version 1.
    uint256 internal constant LENGTH_V1 = 323;

    /// @notice Length of version 2.
    uint256 internal constant LENGTH_V2 = 387;

    /// @notice Offset of the version byte, in every version.
    uint256 internal constant VERSION_AT = 129;

    /// @notice AES-256-GCM in chunks.
    uint8 internal constant SUITE_AES_256_GCM = 1;

    /// @notice keccak256 in counter mode, which the EVM can evaluate.
    uint8 internal constant SUITE_KECCAK_CTR = 2;

    /// @notice The bytes are no sealed key.
    /// @param length Their length.
    /// @param version The byte where the version stands; 0 when there is none.
    error NotAnEnvelope(uint256 length, uint8 version);

    /// @notice The sealed key names a cipher suite that does not exist.
    /// @param suite The suite.
    error UnknownSuite(uint8 suite);

    /// @notice Read a sealed key.
    /// @param raw The bytes.
    /// @return seal Its parts; every point was checked to lie on the curve.
    function parse(bytes calldata raw) internal pure returns (Seal memory seal) {
        uint256 length = raw.length;
        seal.version = length > VERSION_AT ? uint8(raw[VERSION_AT]) : 0;
        uint256 points = 131;
        if (seal.version == 2 && length == LENGTH_V2) {
            Secp256k1.readInto(seal.owner, raw, points);
            points += 64;
        } else {
            require(seal.version == 1 && length == LENGTH_V1, NotAnEnvelope(length, seal.version));
        }
        seal.suite = uint8(raw[130]);
        require(seal.suite == SUITE_AES_256_GCM || seal.suite == SUITE_KECCAK_CTR, UnknownSuite(seal.suite));
        Secp256k1.readInto(seal.e1, raw, points);
        Secp256k1.readInto(seal.e2, raw, points + 64);
    }
}
