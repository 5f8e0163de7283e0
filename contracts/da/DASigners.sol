// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IDAEpochs} from "../interfaces/da/IDAEpochs.sol";
import {IDALabels} from "../interfaces/da/IDALabels.sol";
import {IDASigners} from "../interfaces/da/IDASigners.sol";
import {Bn254, G1Point} from "../libraries/Bn254.sol";
import {CodePages} from "../libraries/CodePages.sol";
import {Pick, QuorumTables} from "../libraries/QuorumTables.sol";
import {EpochBook} from "./EpochBook.sol";

/// @title DASigners
/// @notice The manuals are {IDASigners}, {IDAEpochs} and {IDALabels}.
contract DASigners is EpochBook, UUPSUpgradeable {
    /// @dev Byte 2^b mod 11 is b, for b from 0 to 7.
    uint256 private constant BIT_OF_REMAINDER = 0x0000010002040007030605000000000000000000000000000000000000000000;

    // ------------------------------------------------------------ construction

    /// @notice The logic itself stays uninitialised for ever; only proxies are.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc IDAEpochs
    function initialize(
        address registry_,
        Params calldata params_,
        uint64 registrationBlocks_,
        uint64 beaconDelayBlocks_,
        address authority_
    ) external initializer {
        require(registry_ != address(0) && authority_ != address(0), BadParams());
        require(params_.maxVotesPerSigner != 0 && params_.maxVotesPerSigner <= type(uint24).max, BadParams());
        require(params_.encodedSlices != 0 && params_.encodedSlices <= QuorumTables.MAX_ROWS, BadParams());
        bool timed = params_.epochBlocks != 0 && registrationBlocks_ != 0 && beaconDelayBlocks_ != 0;
        require(timed && params_.maxQuorums != 0, BadParams());
        __AccessManaged_init(authority_);
        SignersStorage storage $ = _signers();
        ($.registry, $.params) = (registry_, params_);
        ($.registrationBlocks, $.beaconDelayBlocks) = (registrationBlocks_, beaconDelayBlocks_);
    }

    function _authorizeUpgrade(address) internal override restricted {}

    // ----------------------------------------------------------------- quorums

    /// @inheritdoc IDASigners
    function quorumCount(uint256 _epoch) external view returns (uint256 count) {
        (, count) = policyQuorums(_epoch, 0);
    }

    /// @inheritdoc IDALabels
    function policyQuorums(uint256 epoch, uint256 policyId) public view returns (uint256 first, uint256 count) {
        SignersStorage storage $ = _signers();
        first = policyId << 32;
        if (epoch <= $.epochNumber) count = $.epochs[epoch].draws[policyId].quorums.length;
    }

    /// @inheritdoc IDASigners
    function getQuorum(uint256 _epoch, uint256 _quorumId) external view returns (address[] memory owners) {
        Quorum storage quorum = _quorum(_epoch, _quorumId);
        SignersStorage storage $ = _signers();
        (bytes memory rowTable, bytes memory memberTable) = _tables(quorum);
        address[] memory accounts = new address[](quorum.members);
        for (uint256 i = 0; i < accounts.length; ++i) {
            (Pick picked,) = QuorumTables.memberOf(memberTable, i);
            accounts[i] = $.accounts[QuorumTables.signerOf(picked)];
        }
        uint256 period = quorum.period;
        owners = new address[]($.params.encodedSlices);
        for (uint256 i = 0; i < owners.length; ++i) {
            owners[i] = accounts[QuorumTables.memberAt(rowTable, i % period)];
        }
    }

    /// @inheritdoc IDASigners
    function getQuorumRow(uint256 _epoch, uint256 _quorumId, uint32 _rowIndex) external view returns (address) {
        Quorum storage quorum = _quorum(_epoch, _quorumId);
        SignersStorage storage $ = _signers();
        uint256 rows = $.params.encodedSlices;
        require(_rowIndex < rows, NoSuchRow(_rowIndex, rows));
        (bytes memory rowTable, bytes memory memberTable) = _tables(quorum);
        uint256 member = QuorumTables.memberAt(rowTable, _rowIndex % quorum.period);
        (Pick picked,) = QuorumTables.memberOf(memberTable, member);
        return $.accounts[QuorumTables.signerOf(picked)];
    }

    // --------------------------------------------------------------- aggregate

    /// @inheritdoc IDASigners
    function getAggPkG1(uint256 _epoch, uint256 _quorumId, bytes calldata _quorumBitmap)
        external
        view
        returns (G1Point memory aggPkG1, uint256 total, uint256 hit)
    {
        Quorum storage quorum = _quorum(_epoch, _quorumId);
        total = _signers().params.encodedSlices;
        uint256 length = Math.ceilDiv(total, 8);
        require(_quorumBitmap.length == length, WrongBitmapLength(_quorumBitmap.length, length));
        uint256[] memory absent = _absentRows(_quorumBitmap, total);
        hit = total - absent.length;
        aggPkG1 = quorum.sum;
        if (absent.length == 0) return (aggPkG1, total, hit);
        return (Bn254.add(aggPkG1, Bn254.negate(_sumOfAbsent(quorum, absent))), total, hit);
    }

    /// @dev The rows whose bit is not set, ascending.
    function _absentRows(bytes calldata bitmap, uint256 total) private pure returns (uint256[] memory rows) {
        assembly ("memory-safe") {
            rows := mload(0x40)
            let next := add(rows, 0x20)
            for { let base := 0 } lt(base, total) { base := add(base, 256) } {
                let clear := not(calldataload(add(bitmap.offset, shr(3, base))))
                for { let first := base } clear { first := add(first, 8) } {
                    let bits := byte(0, clear)
                    clear := shl(8, clear)
                    for {} bits {} {
                        // Powers of two below 2^8 differ modulo 11: the remainder is the place of the bit's number.
                        let low := and(bits, sub(0, bits))
                        bits := xor(bits, low)
                        let row := add(first, byte(mod(low, 11), BIT_OF_REMAINDER))
                        if lt(row, total) {
                            mstore(next, row)
                            next := add(next, 0x20)
                        }
                    }
                }
            }
            mstore(rows, shr(5, sub(sub(next, rows), 0x20)))
            mstore(0x40, next)
        }
    }

    /// @dev Sum of the keys of those members none of whose rows is signed.
    function _sumOfAbsent(Quorum storage quorum, uint256[] memory absent) private view returns (G1Point memory sum) {
        (bytes memory rowTable, bytes memory memberTable) = _tables(quorum);
        address[] memory codes = new address[](_signers().signerCount / KEYS_PER_PAGE + 1);
        mapping(uint256 page => KeyPage) storage pages = _signers().keyPages;
        uint256 period = quorum.period;
        bool done = true;
        assembly ("memory-safe") {
            // What the precompile adds: the sum so far, and the key of a member.
            let pair := mload(0x40)
            mstore(pair, 0)
            mstore(add(pair, 0x20), 0)
            let end := add(absent, shl(5, add(mload(absent), 1)))
            for { let one := add(absent, 0x20) } lt(one, end) { one := add(one, 0x20) } {
                let row := mod(mload(one), period)
                let member := shr(240, mload(add(add(rowTable, 0x20), shl(1, row))))
                // The row count ends an entry's 7 bytes: one less there, and the bytes behind stay.
                let at := add(add(memberTable, 0x20), mul(7, member))
                let entry := sub(mload(at), shl(200, 1))
                mstore(at, entry)
                if and(shr(200, entry), 0xffff) { continue }
                let signer := and(shr(216, entry), 0xffffff)
                let page := div(signer, KEYS_PER_PAGE)
                let code := mload(add(add(codes, 0x20), shl(5, page)))
                if iszero(code) {
                    mstore(0, page)
                    mstore(0x20, pages.slot)
                    code := and(sload(keccak256(0, 0x40)), 0xffffffffffffffffffffffffffffffffffffffff)
                    mstore(add(add(codes, 0x20), shl(5, page)), code)
                }
                extcodecopy(code, add(pair, 0x40), add(shl(6, mod(signer, KEYS_PER_PAGE)), 1), 0x40)
                done := and(done, staticcall(gas(), 0x06, pair, 0x80, pair, 0x40))
            }
            mcopy(sum, pair, 0x40)
        }
        require(done, Bn254.NotOnCurve());
    }

    // ---------------------------------------------------------------- internal

    function _tables(Quorum storage quorum) private view returns (bytes memory rowTable, bytes memory memberTable) {
        rowTable = CodePages.read(quorum.rowPage, 2 * uint256(quorum.period));
        memberTable = CodePages.read(quorum.memberPage, QuorumTables.MEMBER * quorum.members);
    }

    function _quorum(uint256 epoch, uint256 quorumId) private view returns (Quorum storage) {
        SignersStorage storage $ = _signers();
        uint256 place = quorumId & type(uint32).max;
        Quorum[] storage quorums = $.epochs[epoch].draws[quorumId >> 32].quorums;
        require(epoch <= $.epochNumber && place < quorums.length, NoSuchQuorum(epoch, quorumId));
        return quorums[place];
    }
}
