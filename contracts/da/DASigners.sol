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

    /// @dev The rows whose bit is not set.
    function _absentRows(bytes calldata bitmap, uint256 total) private pure returns (uint256[] memory rows) {
        assembly ("memory-safe") {
            rows := mload(0x40)
        }
        uint256 count = 0;
        for (uint256 base = 0; base < total; base += 256) {
            uint256 clear;
            assembly ("memory-safe") {
                clear := not(calldataload(add(bitmap.offset, shr(3, base))))
            }
            // From the highest bit: byte by byte as rows go, within a byte from its last row to its first.
            while (clear != 0) {
                uint256 bit = Math.log2(clear);
                clear ^= 1 << bit;
                unchecked {
                    uint256 row = base + ((255 - bit) & 0xf8) + (bit & 7);
                    if (row >= total) continue;
                    assembly ("memory-safe") {
                        count := add(count, 1)
                        mstore(add(rows, shl(5, count)), row)
                    }
                }
            }
        }
        assembly ("memory-safe") {
            mstore(rows, count)
            mstore(0x40, add(add(rows, 0x20), shl(5, count)))
        }
    }

    /// @dev Sum of the keys of those members none of whose rows is signed.
    function _sumOfAbsent(Quorum storage quorum, uint256[] memory absent) private view returns (G1Point memory sum) {
        (bytes memory rowTable, bytes memory memberTable) = _tables(quorum);
        uint256[] memory missing = new uint256[](quorum.members);
        address[] memory pages = new address[](_signers().signerCount / KEYS_PER_PAGE + 1);
        uint256 period = quorum.period;
        unchecked {
            for (uint256 i = 0; i < absent.length; ++i) {
                uint256 member = QuorumTables.memberAt(rowTable, absent[i] % period);
                (Pick picked, uint256 rows) = QuorumTables.memberOf(memberTable, member);
                if (++missing[member] != rows) continue;
                uint256 id = QuorumTables.signerOf(picked);
                uint256 page = id / KEYS_PER_PAGE;
                if (pages[page] == address(0)) pages[page] = _signers().keyPages[page].code;
                _addKey(sum, pages[page], id % KEYS_PER_PAGE);
            }
        }
    }

    // ---------------------------------------------------------------- internal

    function _tables(Quorum storage quorum) private view returns (bytes memory rowTable, bytes memory memberTable) {
        rowTable = CodePages.read(quorum.rowPage, 2 * uint256(quorum.period));
        memberTable = CodePages.read(quorum.memberPage, 7 * uint256(quorum.members));
    }

    function _quorum(uint256 epoch, uint256 quorumId) private view returns (Quorum storage) {
        SignersStorage storage $ = _signers();
        uint256 place = quorumId & type(uint32).max;
        Quorum[] storage quorums = $.epochs[epoch].draws[quorumId >> 32].quorums;
        require(epoch <= $.epochNumber && place < quorums.length, NoSuchQuorum(epoch, quorumId));
        return quorums[place];
    }
}
