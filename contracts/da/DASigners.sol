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
    /// @dev Powers of two below 2^256 differ modulo 269. Byte 2^b mod 269 is the row, among the 256 of a word of a
    /// bitmap, that bit b stands for: 8 · (31 - b / 8) + b % 8.
    bytes private constant ROW_OF_BIT = hex"00f8f995fa2896ebfb22291e9776ecc9fc9123272a781f48886c77c3ed43ca00fdbf921b24c018032b307906106649d8"
        hex"89de6d2e683cc452eeb84433cbf40015feaab07c93e91cd72556c100190104e62c5031137ad507e411e267594a9cd95b"
        hex"8a82df4c6e002f9e69bc3ddbc5b7535def8fb98c45a43484cc38f5d100a0164effa7ab60b10a7d009437ea211d75c890"
        hex"2687576bc24200be1acf023f0565e7dd2d3b51c732f314a97be8d6550000e55f12d4e3e1589b5a814b009dbbdab65c8e"
        hex"8ba38347d0af4da66f09003620749f866a41bdce3e64dc3ac6f2a8f7540f5ed3e09a8000bab58da246aea50835738540"
        hex"cd6339f1f60ed29900b4a1ad17724f62f00d98b3ac71610cb2700b7f7e";

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
        bool owned = registry_ != address(0) && authority_ != address(0);
        bool voted = params_.maxVotesPerSigner != 0 && params_.maxVotesPerSigner <= type(uint24).max;
        bool sized = params_.encodedSlices != 0 && params_.encodedSlices <= QuorumTables.MAX_ROWS;
        bool timed = params_.epochBlocks != 0 && registrationBlocks_ != 0 && beaconDelayBlocks_ != 0;
        require(owned && voted && sized && timed && params_.maxQuorums != 0, BadParams());
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
        aggPkG1 = quorum.sum;
        (uint256[] memory clear, bool whole) = _clearBits(_quorumBitmap, total);
        if (whole) return (aggPkG1, total, total);
        (G1Point memory sum, uint256 absent) = _sumOfAbsent(quorum, clear);
        return (Bn254.add(aggPkG1, Bn254.negate(sum)), total, total - absent);
    }

    /// @dev The bits that are not set, 256 rows a word, without padding; and whether there is none.
    function _clearBits(bytes calldata bitmap, uint256 total)
        private
        pure
        returns (uint256[] memory words, bool whole)
    {
        words = new uint256[](Math.ceilDiv(total, 256));
        assembly ("memory-safe") {
            let found := 0
            let next := add(words, 0x20)
            for { let base := 0 } lt(base, total) { base := add(base, 256) } {
                let clear := not(calldataload(add(bitmap.offset, shr(3, base))))
                let left := sub(total, base)
                if lt(left, 256) {
                    let behind := and(left, 0xf8)
                    let partly := shl(sub(248, behind), sub(shl(and(left, 7), 1), 1))
                    clear := and(clear, or(not(shr(behind, not(0))), partly))
                }
                found := or(found, clear)
                mstore(next, clear)
                next := add(next, 0x20)
            }
            whole := iszero(found)
        }
    }

    /// @dev Sum of the keys of those members none of whose rows is signed, and how many rows are not. A loop over rows:
    /// of a certificate that costs the most it is two thirds of the gas, hence the assembly.
    function _sumOfAbsent(Quorum storage quorum, uint256[] memory clear)
        private
        view
        returns (G1Point memory sum, uint256 absent)
    {
        (bytes memory rowTable, bytes memory memberTable) = _tables(quorum);
        bytes memory rowOfBit = ROW_OF_BIT;
        address[] memory codes = new address[](_signers().signerCount / KEYS_PER_PAGE + 1);
        mapping(uint256 page => KeyPage) storage pages = _signers().keyPages;
        uint256 period = quorum.period;
        bool done = true;
        assembly ("memory-safe") {
            rowOfBit := add(rowOfBit, 0x20)
            rowTable := add(rowTable, 0x20)
            memberTable := add(memberTable, 0x20)
            codes := add(codes, 0x20)
            // What the precompile adds: the sum so far, and the key of a member.
            let pair := mload(0x40)
            mstore(pair, 0)
            mstore(add(pair, 0x20), 0)
            let key := add(pair, 0x40)
            let base := 0
            let word := add(clear, 0x20)
            for { let end := add(word, shl(5, mload(clear))) } lt(word, end) { word := add(word, 0x20) } {
                for { let bits := mload(word) } bits {} {
                    let low := and(bits, sub(0, bits))
                    bits := xor(bits, low)
                    absent := add(absent, 1)
                    let row := mod(add(base, byte(0, mload(add(rowOfBit, mod(low, 269))))), period)
                    // The row count ends an entry's 7 bytes: one less there, and the bytes behind stay.
                    let at := add(memberTable, mul(7, shr(240, mload(add(rowTable, shl(1, row))))))
                    let entry := sub(mload(at), shl(200, 1))
                    mstore(at, entry)
                    if and(shr(200, entry), 0xffff) { continue }
                    let signer := and(shr(216, entry), 0xffffff)
                    let place := add(codes, shl(5, div(signer, KEYS_PER_PAGE)))
                    let code := mload(place)
                    if iszero(code) {
                        mstore(0, div(signer, KEYS_PER_PAGE))
                        mstore(0x20, pages.slot)
                        code := and(sload(keccak256(0, 0x40)), 0xffffffffffffffffffffffffffffffffffffffff)
                        mstore(place, code)
                    }
                    extcodecopy(code, key, add(shl(6, mod(signer, KEYS_PER_PAGE)), 1), 0x40)
                    done := and(done, staticcall(gas(), 0x06, pair, 0x80, pair, 0x40))
                }
                base := add(base, 256)
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
