// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IAgentNFT} from "../../interfaces/IAgentNFT.sol";
import {ICommittee} from "../../interfaces/ICommittee.sol";
import {Deposit, ICommitteeVault} from "../../interfaces/ICommitteeVault.sol";
import {ISealRelease} from "../../interfaces/ISealRelease.sol";
import {Envelope, Seal} from "../../libraries/Envelope.sol";
import {PointMath} from "../../libraries/PointMath.sol";
import {Act, OP_DEPOSIT, OP_RESEAL} from "../../libraries/ProofHash.sol";
import {ReleaseShares, ShareCase} from "../../libraries/ReleaseShares.sol";
import {SealProof} from "../../libraries/SealProof.sol";
import {Point, Secp256k1} from "../../libraries/Secp256k1.sol";
import {Shamir} from "../../libraries/Shamir.sol";

/// @title CommitteeVault
/// @notice Deposits of sealed keys, and their release by a threshold of shares. The manual is the interface; the
/// arithmetic of shares is in ReleaseShares and Shamir, members and keys in Committee.
contract CommitteeVault is ICommitteeVault, AccessManagedUpgradeable, UUPSUpgradeable {
    using PointMath for Point;
    using ReleaseShares for ShareCase;

    /// @custom:storage-location erc7201:zerog.storage.CommitteeVault
    struct VaultStorage {
        ICommittee committee;
        mapping(address token => mapping(uint256 tokenId => mapping(uint256 index => Deposit))) deposits;
        mapping(bytes32 digest => bool) punished;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.CommitteeVault")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant VAULT_STORAGE = 0x5eba9372d704627cb84728475d9f1c371ec5826f00f920387eaf683f34fa1900;

    /// @dev More than twice what the check of a share may take: a judge who runs dry must not find against anyone.
    uint256 private constant JUDGE_GAS = 400_000;

    /// @dev Kind 1, E1 and E2 128.
    uint256 private constant SHARES_AT = 129;

    // ------------------------------------------------------------ construction

    /// @notice The logic itself stays uninitialised for ever; only proxies are.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc ICommitteeVault
    function initialize(ICommittee committee_, address authority_) external initializer {
        require(address(committee_) != address(0) && authority_ != address(0), ZeroAddress());
        __AccessManaged_init(authority_);
        _vault().committee = committee_;
    }

    // ---------------------------------------------------------------- deposits

    /// @inheritdoc ICommitteeVault
    function deposit(address token, uint256 tokenId, uint256 index, bytes calldata newSeal, bytes calldata proof)
        external
    {
        ShareCase memory about = _item(OP_DEPOSIT, token, tokenId, index);
        (uint256 keyId, bytes memory key) = _newestKey();
        _verifyOwner(about, newSeal, key, proof);
        _record(about, keyId, newSeal);
    }

    /// @inheritdoc ICommitteeVault
    function migrate(address token, uint256 tokenId, uint256 index, bytes calldata newSeal, bytes calldata proof)
        external
    {
        ShareCase memory about = _item(OP_RESEAL, token, tokenId, index);
        (uint256 keyId, bytes memory key) = _newestKey();
        require(_vault().deposits[token][tokenId][index].keyId != keyId, WrongKey(keyId));
        _verifyCombination(about, newSeal, key, proof);
        _record(about, keyId, newSeal);
    }

    /// @inheritdoc ISealRelease
    function verifyRelease(
        Act calldata act,
        uint256 index,
        bytes32 dataHash,
        bytes32 currentSealHash,
        bytes calldata newSeal,
        bytes calldata targetKey,
        bytes calldata proof
    ) external view {
        ShareCase memory about;
        (about.act, about.index, about.dataHash, about.currentSealHash) = (act, index, dataHash, currentSealHash);
        _verifyCombination(about, newSeal, targetKey, proof);
    }

    function _record(ShareCase memory about, uint256 keyId, bytes calldata newSeal) private {
        Act memory act = about.act;
        Deposit storage held = _vault().deposits[act.token][act.tokenId][about.index];
        bool byCommittee = act.op == OP_RESEAL;
        (held.keyId, held.byCommittee, held.bound) = (uint64(keyId), byCommittee, _bound(about));
        (held.suite, held.pointsHash) = (uint8(newSeal[130]), keccak256(newSeal[195:323]));
        emit Deposited(act.token, act.tokenId, about.index, keyId, byCommittee, newSeal);
    }

    function _newestKey() private view returns (uint256 keyId, bytes memory key) {
        ICommittee committee_ = _vault().committee;
        keyId = committee_.activeKey();
        require(keyId != 0, WrongKey(0));
        (Point memory point,) = committee_.keyOf(keyId);
        key = abi.encode(point);
    }

    /// @dev What an item is now: who owns it, its data and its seal. The receiver of the act is this contract.
    function _item(uint8 op, address token, uint256 tokenId, uint256 index)
        private
        view
        returns (ShareCase memory about)
    {
        bytes32[] memory dataHashes = IAgentNFT(token).dataHashesOf(tokenId);
        bytes32[] memory sealHashes = IAgentNFT(token).sealedKeyHashesOf(tokenId);
        require(index < dataHashes.length && index < sealHashes.length, NoSuchItem(tokenId, index));
        about.act = Act(token, address(this), op, tokenId, IERC721(token).ownerOf(tokenId), address(this));
        (about.index, about.dataHash, about.currentSealHash) = (index, dataHashes[index], sealHashes[index]);
    }

    /// @dev What a deposit is good for: this data, under this sealed key.
    function _bound(ShareCase memory about) private pure returns (bytes32) {
        return keccak256(abi.encode(about.dataHash, about.currentSealHash));
    }

    function _verifyOwner(ShareCase memory about, bytes calldata newSeal, bytes memory key, bytes calldata proof)
        private
        view
    {
        require(newSeal.length == Envelope.LENGTH_V2, Envelope.NotAnEnvelope(newSeal.length, 0));
        bytes calldata named = newSeal[131:195];
        require(keccak256(named) == keccak256(key), SealProof.NotSealedToTarget(keccak256(named), keccak256(key)));
        SealProof.verify(about.act, about.index, about.dataHash, about.currentSealHash, newSeal, named, proof);
    }

    // ---------------------------------------------------------------- releases

    /// @dev Every share is checked, then all are combined, and the sum must be the new seal.
    function _verifyCombination(
        ShareCase memory about,
        bytes calldata newSeal,
        bytes memory targetKey,
        bytes calldata proof
    ) private view {
        Act memory act = about.act;
        Deposit storage held = _vault().deposits[act.token][act.tokenId][about.index];
        about.keyId = held.keyId;
        about.sharingId = _sharingOf(held, _bound(about));
        require(about.sharingId != 0, NoDeposit(act.token, act.tokenId, about.index));
        uint256 threshold = _checkForm(about.sharingId, held.pointsHash, proof);
        Seal memory fresh = _checkSeal(newSeal, targetKey);
        require(fresh.suite == held.suite, NotTheCombination());
        (about.target, about.e1) = (fresh.owner, Secp256k1.read(proof, 1));
        (Point memory f1, Point memory f2) = _combine(about, threshold, proof);
        require(f1.equals(fresh.e1) && f2.equals(fresh.e2), NotTheCombination());
    }

    /// @dev The sharing that can open a deposit; 0 when it is for other data, or its key is retired.
    function _sharingOf(Deposit storage held, bytes32 bound) private view returns (uint256 sharingId) {
        if (held.keyId == 0 || held.bound != bound) return 0;
        (, sharingId) = _vault().committee.keyOf(held.keyId);
    }

    function _checkForm(uint256 sharingId, bytes32 pointsHash, bytes calldata proof)
        private
        view
        returns (uint256 threshold)
    {
        threshold = _vault().committee.thresholdOf(sharingId);
        uint256 expected = SHARES_AT + threshold * ReleaseShares.WEIGHED_BYTES;
        bool formed = proof.length == expected && uint8(proof[0]) == SealProof.KIND_COMMITTEE;
        require(formed, WrongReleaseProof(proof.length, expected));
        bytes32 given = keccak256(proof[1:SHARES_AT]);
        require(given == pointsHash, NotTheDeposit(given));
    }

    /// @dev A committee's seal: to the target, with nothing but zeros where only one who knows K could write.
    function _checkSeal(bytes calldata newSeal, bytes memory targetKey) private pure returns (Seal memory fresh) {
        fresh = Envelope.parse(newSeal);
        require(fresh.version == 2, NotTheCombination());
        bytes32 sealedTo = keccak256(newSeal[131:195]);
        require(sealedTo == keccak256(targetKey), SealProof.NotSealedToTarget(sealedTo, keccak256(targetKey)));
        bool empty = keccak256(newSeal[0:129]) == keccak256(new bytes(129))
            && keccak256(newSeal[323:387]) == keccak256(new bytes(64));
        require(empty, NotTheCombination());
    }

    function _combine(ShareCase memory about, uint256 threshold, bytes calldata proof)
        private
        view
        returns (Point memory f1, Point memory f2)
    {
        uint16[] memory slots = _slots(threshold, proof);
        f2 = Secp256k1.read(proof, 65);
        for (uint256 i = 0; i < slots.length; ++i) {
            uint256 offset = SHARES_AT + i * ReleaseShares.WEIGHED_BYTES + 2;
            about.slot = slots[i];
            (Point memory s1, Point memory s2) = _checkedShare(about, proof[offset:offset + ReleaseShares.BYTES]);
            bytes calldata hints = proof[offset + ReleaseShares.BYTES:];
            (f1, f2) = ReleaseShares.weigh(Shamir.weight(slots, i), s1, s2, hints, f1, f2);
        }
    }

    function _slots(uint256 threshold, bytes calldata proof) private pure returns (uint16[] memory slots) {
        slots = new uint16[](threshold);
        uint16 last = 0;
        for (uint256 i = 0; i < threshold; ++i) {
            uint256 offset = SHARES_AT + i * ReleaseShares.WEIGHED_BYTES;
            slots[i] = uint16(bytes2(proof[offset:offset + 2]));
            require(slots[i] > last, SlotsOutOfOrder(slots[i]));
            last = slots[i];
        }
    }

    function _checkedShare(ShareCase memory about, bytes calldata share)
        private
        view
        returns (Point memory s1, Point memory s2)
    {
        (uint256 keyId,, Point memory value) = _vault().committee.publicOf(about.sharingId, about.slot);
        bool known = keyId == about.keyId && !value.isInfinity();
        require(known, NoShare(about.sharingId, about.slot));
        return about.check(value, share);
    }

    // ------------------------------------------------------------------ faults

    /// @inheritdoc ICommitteeVault
    function proveWrongShare(ShareCase calldata about, bytes calldata share, bytes calldata signature) external {
        VaultStorage storage $ = _vault();
        (uint256 keyId, address account, Point memory value) = $.committee.publicOf(about.sharingId, about.slot);
        require(keyId == about.keyId && !value.isInfinity(), NoShare(about.sharingId, about.slot));
        bytes32 digest = about.digest(share);
        require(!$.punished[digest], AlreadyPunished(digest));
        address signer = ECDSA.recover(digest, signature);
        require(signer == account, NotTheMembersSignature(signer));
        // Whoever reports chooses the gas: a check that ran dry looks like one that failed.
        require(gasleft() >= JUDGE_GAS, TooLittleGas(gasleft()));
        try this.checkShare(about, share) {
            revert ShareIsRight(about.slot);
        } catch {
            $.punished[digest] = true;
            $.committee.punish(about.slot, msg.sender, digest);
        }
    }

    /// @inheritdoc ICommitteeVault
    function checkShare(ShareCase calldata about, bytes calldata share) external view {
        _checkedShare(about, share);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc ICommitteeVault
    function committee() external view returns (ICommittee) {
        return _vault().committee;
    }

    /// @inheritdoc ICommitteeVault
    function depositOf(address token, uint256 tokenId, uint256 index) external view returns (Deposit memory) {
        return _vault().deposits[token][tokenId][index];
    }

    /// @inheritdoc ICommitteeVault
    function isLive(address token, uint256 tokenId, uint256 index) external view returns (bool) {
        bytes32[] memory dataHashes = IAgentNFT(token).dataHashesOf(tokenId);
        bytes32[] memory sealHashes = IAgentNFT(token).sealedKeyHashesOf(tokenId);
        if (index >= dataHashes.length || index >= sealHashes.length) return false;
        Deposit storage held = _vault().deposits[token][tokenId][index];
        return _sharingOf(held, keccak256(abi.encode(dataHashes[index], sealHashes[index]))) != 0;
    }

    /// @inheritdoc ICommitteeVault
    function hashShare(ShareCase calldata about, bytes calldata share) external view returns (bytes32) {
        return about.digest(share);
    }

    // ---------------------------------------------------------------- internal

    /// @dev The modifier judges by the selector that entered the contract: upgradeToAndCall.
    function _authorizeUpgrade(address) internal override restricted {}

    function _vault() private pure returns (VaultStorage storage $) {
        assembly {
            $.slot := VAULT_STORAGE
        }
    }
}
