// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {PointMath} from "./PointMath.sol";
import {Act} from "./ProofHash.sol";
import {Point, Secp256k1} from "./Secp256k1.sol";
import {SigmaProof} from "./SigmaProof.sol";

/// @notice What a member's share of a release is for.
/// @param keyId The key that the deposit is sealed to.
/// @param sharingId The sharing of that key that the member's share is of.
/// @param slot The member.
/// @param act The act; `verifier` is not looked at.
/// @param index Index of the item of data.
/// @param dataHash Storage root of the item.
/// @param currentSealHash keccak256 of the token's sealed key.
/// @param target Q, the key to release to.
/// @param e1 First point of the deposit.
struct ShareCase {
    uint256 keyId;
    uint256 sharingId;
    uint16 slot;
    Act act;
    uint256 index;
    bytes32 dataHash;
    bytes32 currentSealHash;
    Point target;
    Point e1;
}

/// @title Shares of a release, and what they combine to
/// @notice A deposit E = (r·G, K + r·Y) is opened to Q by a threshold of members, none of whom sees K. The member of
/// slot i with the secret y and fresh u hands out S1 = u·G and S2 = u·Q - y·E1, with a sigma proof against y·G: 576
/// bytes S1 64, S2 64, proof 448. With the weights w of the slots, (Σ w·S1, E2 + Σ w·S2) is a seal of K to Q. The
/// Python twin is zerog/inft/committee/release.py.
library ReleaseShares {
    using PointMath for Point;

    bytes32 internal constant SHARE_TAG = keccak256("zerog/committee/share/1");
    bytes32 internal constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant SHARE_TYPEHASH =
        keccak256("Share(bytes32 head,bytes32 targetHash,bytes32 depositHash,bytes32 shareHash)");

    /// @notice Length of a share.
    uint256 internal constant BYTES = 576;

    /// @notice Length of a share in a proof of release: slot 2, share 576, w·S1 64, w·S2 64.
    uint256 internal constant WEIGHED_BYTES = 706;

    /// @notice A share has not 576 bytes.
    /// @param length Its length.
    error WrongShareLength(uint256 length);

    /// @notice What the sigma proof of a share is bound to.
    /// @param c What the share is for.
    /// @return The hash.
    function head(ShareCase memory c) internal view returns (bytes32) {
        bytes32 act = keccak256(abi.encode(c.act.token, c.act.op, c.act.tokenId, c.act.from, c.act.to));
        bytes32 data = keccak256(abi.encode(c.index, c.dataHash, c.currentSealHash));
        return keccak256(abi.encode(SHARE_TAG, block.chainid, address(this), c.keyId, c.sharingId, c.slot, act, data));
    }

    /// @notice EIP-712 digest that a member signs when they hand out a share.
    /// @param c What the share is for.
    /// @param share The share.
    /// @return The digest, in the domain {name: "0G-iNFT-committee", version: "1", chainId, verifyingContract}.
    function digest(ShareCase memory c, bytes calldata share) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("0G-iNFT-committee"), keccak256("1"), block.chainid, address(this))
        );
        bytes32 target = keccak256(abi.encode(c.target));
        bytes32 deposit = keccak256(abi.encode(c.e1));
        bytes32 message = keccak256(abi.encode(SHARE_TYPEHASH, head(c), target, deposit, keccak256(share)));
        return MessageHashUtils.toTypedDataHash(domain, message);
    }

    /// @notice Check a share: its points, and its sigma proof.
    /// @param c What it is for.
    /// @param key Public value of the member.
    /// @param share The share.
    /// @return s1 S1.
    /// @return s2 S2.
    function check(ShareCase memory c, Point memory key, bytes calldata share)
        internal
        view
        returns (Point memory s1, Point memory s2)
    {
        require(share.length == BYTES, WrongShareLength(share.length));
        s1 = Secp256k1.read(share, 0);
        s2 = Secp256k1.read(share, 64);
        PointMath.requireBase(s1);
        PointMath.requireBase(s2);
        SigmaProof.verify(head(c), SigmaProof.Relation(key, c.target, c.e1, s1, s2), share[128:]);
    }

    /// @notice Add one member's weighed share to a new seal.
    /// @param weight Weight of the slot.
    /// @param s1 S1.
    /// @param s2 S2.
    /// @param hints w·S1 64, w·S2 64.
    /// @param f1 Sum of the first points so far; infinity at the start.
    /// @param f2 Sum of the second points so far; E2 at the start.
    /// @return The new sum of the first points.
    /// @return The new sum of the second points.
    function weigh(
        uint256 weight,
        Point memory s1,
        Point memory s2,
        bytes calldata hints,
        Point memory f1,
        Point memory f2
    ) internal view returns (Point memory, Point memory) {
        Point memory first = s1.product(weight, Secp256k1.read(hints, 0));
        Point memory second = s2.product(weight, Secp256k1.read(hints, 64));
        return (f1.sum(first), f2.sum(second));
    }
}
