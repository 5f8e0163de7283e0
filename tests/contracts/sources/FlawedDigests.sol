// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {MinimalToken} from "./MinimalToken.sol";

/// @notice F1, F1b: fields of variable length are joined without their lengths.
contract FlawedPackedDigest is MinimalToken {
    constructor(address oracle_) MinimalToken(oracle_) {}

    function accessDigest(Act memory act, Proof memory proof) public view override returns (bytes32) {
        bytes32 place = keccak256(abi.encode("access", block.chainid, address(this), act));
        // Flawed rule: the border between key and nonce is not signed.
        return keccak256(abi.encodePacked(place, proof.oldHash, proof.newHash, proof.wantedKey, proof.accessNonce));
    }

    function ownershipDigest(Act memory act, Proof memory proof) public view override returns (bytes32) {
        bytes32 place = keccak256(abi.encode("ownership", block.chainid, address(this), act));
        bytes memory hashes = abi.encodePacked(place, proof.oldHash, proof.newHash);
        // Flawed rule: nor are those between sealed key, target key and nonce.
        return keccak256(abi.encodePacked(hashes, proof.sealedKey, proof.targetKey, proof.ownershipNonce));
    }
}

/// @notice F3: chain and contract are absent from what is signed.
contract FlawedNoDomain is MinimalToken {
    constructor(address oracle_) MinimalToken(oracle_) {}

    function accessDigest(Act memory act, Proof memory proof) public pure override returns (bytes32) {
        // Flawed rule: no chain id, no contract.
        return keccak256(abi.encode(act, proof.oldHash, proof.newHash, proof.wantedKey, proof.accessNonce));
    }

    function ownershipDigest(Act memory act, Proof memory proof) public pure override returns (bytes32) {
        bytes32 keys = keccak256(abi.encode(proof.sealedKey, proof.targetKey));
        // Flawed rule: the same.
        return keccak256(abi.encode(act, proof.oldHash, proof.newHash, keys, proof.ownershipNonce));
    }
}

/// @notice F4: the operation is absent from what is signed.
contract FlawedNoOperation is MinimalToken {
    constructor(address oracle_) MinimalToken(oracle_) {}

    function accessDigest(Act memory act, Proof memory proof) public view override returns (bytes32) {
        act.op = 0; // Flawed rule: a consent to a clone reads like one to a transfer.
        return super.accessDigest(act, proof);
    }

    function ownershipDigest(Act memory act, Proof memory proof) public view override returns (bytes32) {
        act.op = 0; // Flawed rule: the same.
        return super.ownershipDigest(act, proof);
    }
}

/// @notice A2: neither the token nor its owner is in what is signed, only the data.
contract FlawedNoToken is MinimalToken {
    constructor(address oracle_) MinimalToken(oracle_) {}

    function accessDigest(Act memory act, Proof memory proof) public view override returns (bytes32) {
        (act.id, act.from) = (0, address(0)); // Flawed rule: any token with this data will do.
        return super.accessDigest(act, proof);
    }

    function ownershipDigest(Act memory act, Proof memory proof) public view override returns (bytes32) {
        (act.id, act.from) = (0, address(0)); // Flawed rule: the same.
        return super.ownershipDigest(act, proof);
    }
}
