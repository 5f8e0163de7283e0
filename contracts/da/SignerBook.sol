// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {IDAEpochs, Registration} from "../interfaces/da/IDAEpochs.sol";
import {IDALabels, QuorumPolicy} from "../interfaces/da/IDALabels.sol";
import {IDASigners} from "../interfaces/da/IDASigners.sol";
import {Bn254, G1Point, G2Point} from "../libraries/Bn254.sol";
import {CodePages} from "../libraries/CodePages.sol";

/// @title Signers: accounts, sockets and keys
/// @notice What DASigners remembers, and who is a signer.
abstract contract SignerBook is IDASigners, IDAEpochs, IDALabels, AccessManagedUpgradeable {
    /// @dev A signer. `number` is its id plus 1.
    struct Signer {
        uint24 number;
        bool confirmed;
        bytes32 region;
        bytes32 operator;
        G1Point pkG1;
        G2Point pkG2;
        string socket;
    }

    /// @dev A page of keys, 64 bytes each.
    struct KeyPage {
        address code;
        uint16 count;
    }

    /// @dev A prepared quorum: pages of its tables, how many picks and members they hold, sum of all members' keys.
    struct Quorum {
        address rowPage;
        uint16 period;
        uint16 members;
        address memberPage;
        G1Point sum;
    }

    /// @dev One draw of an epoch: ballots in all, ballots shown, quorums whose keys are added up, the last ballot,
    /// what they made.
    struct Draw {
        uint64 votes;
        uint64 shown;
        uint64 summed;
        bytes32 last;
        Quorum[] quorums;
    }

    /// @dev An epoch and its preparation. `indexes`: number of the registration plus 1.
    struct Epoch {
        uint64 startBlock;
        uint64 closeBlock;
        uint8 undrawn;
        bytes32 beacon;
        Registration[] registrations;
        mapping(address signer => uint256) indexes;
        mapping(uint256 policyId => Draw) draws;
    }

    /// @dev A policy, and what it names as sets. `endEpoch`: the first without quorums of it, 0 while it is live.
    /// `slot`: of those behind the first 16 only. Both fill up the word of `fromEpoch`, so that none of an array moves.
    struct Policy {
        uint64 fromEpoch;
        uint64 endEpoch;
        uint8 slot;
        QuorumPolicy rule;
        mapping(bytes32 region => bool) regions;
        mapping(bytes32 operator => bool) operators;
    }

    /// @custom:storage-location erc7201:zerog.storage.DASigners
    // solhint-disable-next-line gas-struct-packing
    struct SignersStorage {
        address registry;
        uint64 registrationBlocks;
        uint64 beaconDelayBlocks;
        Params params;
        uint256 epochNumber;
        uint24 signerCount;
        mapping(uint256 signerId => address) accounts;
        mapping(address account => Signer) signers;
        mapping(bytes32 keyHash => bool) takenKeys;
        mapping(uint256 page => KeyPage) keyPages;
        mapping(uint256 epoch => Epoch) epochs;
        Policy[] policies;
        // Slot 1 to 16 -> policy; 0 is the one with the number of the slot.
        uint32[17] slots;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.DASigners")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant SIGNERS_STORAGE = 0xad867653ae78160db803e5fac08f813c40cab9986f4b15061580c4557519b500;

    /// @dev Live ones; a registration has a bit for each.
    uint256 internal constant MAX_POLICIES = 16;
    uint256 internal constant KEYS_PER_PAGE = 383;
    uint256 private constant MAX_SOCKET_LENGTH = 96;
    /// @dev Two pairs are 113,000.
    uint256 private constant PAIRING_GAS = 120_000;

    // ----------------------------------------------------------------- signers

    /// @inheritdoc IDASigners
    function registerSigner(SignerDetail calldata _signer, G1Point calldata _signature) external {
        _requireRegistry();
        SignersStorage storage $ = _signers();
        Signer storage signer = $.signers[_signer.signer];
        require(signer.number == 0, SignerExists(_signer.signer));
        bytes32 keyHash = keccak256(abi.encode(_signer.pkG1));
        require(!$.takenKeys[keyHash], KeyTaken(_signer.pkG1));
        bytes32 message = keccak256(abi.encodePacked(_signer.signer, block.chainid, "0G_BN254_Pubkey_Registration"));
        _requireSigned(_signer.signer, message, _signature, _signer.pkG1, _signer.pkG2);
        $.takenKeys[keyHash] = true;
        $.accounts[$.signerCount] = _signer.signer;
        signer.number = ++$.signerCount;
        (signer.pkG1, signer.pkG2) = (_signer.pkG1, _signer.pkG2);
        emit NewSigner(_signer.signer, _signer.pkG1, _signer.pkG2);
        _setSocket(_signer.signer, _signer.socket);
    }

    /// @inheritdoc IDASigners
    function updateSocket(string calldata _socket) external {
        // solhint-disable-next-line avoid-tx-origin
        require(msg.sender == tx.origin, SenderNotOrigin(msg.sender, tx.origin));
        _known(msg.sender);
        _setSocket(msg.sender, _socket);
    }

    function _setSocket(address account, string calldata socket) private {
        uint256 length = bytes(socket).length;
        require(length <= MAX_SOCKET_LENGTH, SocketTooLong(length));
        _signers().signers[account].socket = socket;
        emit SocketUpdated(account, socket);
    }

    /// @dev Both keys must share the one secret, and it must have signed.
    function _requireSigned(
        address account,
        bytes32 message,
        G1Point memory signature,
        G1Point memory pkG1,
        G2Point memory pkG2
    ) internal view {
        G1Point memory point = Bn254.hashToG1(message);
        uint256 weight = uint256(
            keccak256(abi.encode(point.X, point.Y, signature.X, signature.Y, pkG1.X, pkG1.Y, pkG2.X, pkG2.Y))
        ) % Bn254.R;
        bool good = Bn254.verify(point, signature, pkG1, pkG2, weight, PAIRING_GAS);
        require(good, InvalidSignature(account));
    }

    // -------------------------------------------------------------------- keys

    /// @inheritdoc IDAEpochs
    function pageKeys(uint256 page) external {
        SignersStorage storage $ = _signers();
        (uint256 paged, uint256 known) = keyPage(page);
        require(paged < known, NothingToPage(page));
        bytes memory keys = new bytes(64 * known);
        for (uint256 i = 0; i < known; ++i) {
            G1Point storage pk = $.signers[$.accounts[KEYS_PER_PAGE * page + i]].pkG1;
            (uint256 x, uint256 y) = (pk.X, pk.Y);
            assembly ("memory-safe") {
                let at := add(add(keys, 0x20), shl(6, i))
                mstore(at, x)
                mstore(add(at, 0x20), y)
            }
        }
        $.keyPages[page] = KeyPage(CodePages.write(keys), uint16(known));
    }

    /// @inheritdoc IDAEpochs
    function keyPage(uint256 page) public view returns (uint256 paged, uint256 known) {
        SignersStorage storage $ = _signers();
        uint256 first = KEYS_PER_PAGE * page;
        if ($.signerCount > first) known = $.signerCount - first;
        if (known > KEYS_PER_PAGE) known = KEYS_PER_PAGE;
        paged = $.keyPages[page].count;
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IDASigners
    function isSigner(address _account) external view returns (bool) {
        return _signers().signers[_account].number != 0;
    }

    /// @inheritdoc IDASigners
    function getSigner(address[] calldata _account) external view returns (SignerDetail[] memory details) {
        details = new SignerDetail[](_account.length);
        for (uint256 i = 0; i < _account.length; ++i) {
            Signer storage signer = _known(_account[i]);
            details[i] = SignerDetail(_account[i], signer.socket, signer.pkG1, signer.pkG2);
        }
    }

    /// @inheritdoc IDASigners
    function params() external view returns (Params memory) {
        return _signers().params;
    }

    /// @inheritdoc IDASigners
    function epochNumber() external view returns (uint256) {
        return _signers().epochNumber;
    }

    // ---------------------------------------------------------------- internal

    function _requireRegistry() internal view {
        require(msg.sender == _signers().registry, NotTheRegistry(msg.sender));
    }

    /// @dev A signer that registered; reverts {SignerNotFound}.
    function _known(address account) internal view returns (Signer storage signer) {
        signer = _signers().signers[account];
        require(signer.number != 0, SignerNotFound(account));
    }

    function _signers() internal pure returns (SignersStorage storage $) {
        assembly ("memory-safe") {
            $.slot := SIGNERS_STORAGE
        }
    }
}
