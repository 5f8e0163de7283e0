// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IDAEpochs, Registration, Round, RoundPhase} from "../interfaces/da/IDAEpochs.sol";
import {IDASigners} from "../interfaces/da/IDASigners.sol";
import {Bn254, G1Point} from "../libraries/Bn254.sol";
import {CodePages} from "../libraries/CodePages.sol";
import {Pick, QuorumTables} from "../libraries/QuorumTables.sol";
import {LabelBook} from "./LabelBook.sol";

/// @title Epochs: registration, beacon, draw
/// @notice The manual is {IDAEpochs}.
abstract contract EpochBook is LabelBook {
    uint256 private constant MAX_REGISTRATIONS = 16_384;
    uint256 private constant BALLOT = 5;
    /// @dev Blocks whose hashes the EVM knows.
    uint256 private constant KNOWN_BLOCKS = 256;

    // ------------------------------------------------------------ registration

    /// @inheritdoc IDASigners
    function registerNextEpoch(address _signer_, G1Point calldata _signature, uint256 _votes) external {
        _requireRegistry();
        SignersStorage storage $ = _signers();
        Signer storage signer = _known(_signer_);
        uint256 epoch = $.epochNumber + 1;
        Epoch storage next = $.epochs[epoch];
        if (next.indexes[_signer_] != 0) return;
        _requireOpen(next, epoch);
        require(_votes != 0, NoVotes());
        bytes32 message = keccak256(abi.encodePacked(_signer_, uint64(epoch), block.chainid));
        _requireSigned(_signer_, message, _signature, signer.pkG1, signer.pkG2);
        uint256 votes = Math.min(_votes, $.params.maxVotesPerSigner);
        bytes24 seed = bytes24(keccak256(abi.encode(_signature)));
        next.draws[0].votes += uint64(votes);
        uint16 fits = _judge(next, epoch, signer, votes, 0);
        next.registrations.push(Registration(seed, signer.number - 1, uint24(votes), fits));
        next.indexes[_signer_] = next.registrations.length;
        emit Registered(epoch, _signer_, next.registrations.length - 1, votes);
    }

    /// @dev Registration stays open until somebody came, and then at least for its time.
    function _requireOpen(Epoch storage next, uint256 epoch) private {
        uint256 count = next.registrations.length;
        require(count < MAX_REGISTRATIONS, EpochFull(MAX_REGISTRATIONS));
        if (block.number <= next.closeBlock) return;
        require(count == 0, RegistrationClosed(epoch, next.closeBlock));
        next.closeBlock = uint64(block.number) + _signers().registrationBlocks;
    }

    // ------------------------------------------------------------------ beacon

    /// @inheritdoc IDAEpochs
    function captureBeacon() external {
        SignersStorage storage $ = _signers();
        uint256 epoch = $.epochNumber + 1;
        Epoch storage next = $.epochs[epoch];
        _requirePhase(next, RoundPhase.Beacon);
        uint256 beaconBlock = next.closeBlock + $.beaconDelayBlocks;
        if (block.number > beaconBlock + KNOWN_BLOCKS) {
            next.closeBlock = uint64(block.number) + $.registrationBlocks;
            emit RegistrationReopened(epoch, next.closeBlock);
            return;
        }
        next.beacon = blockhash(beaconBlock);
        uint8 draws = 0;
        uint256 slots = _slotCount();
        for (uint256 slot = 0; slot <= slots; ++slot) {
            if (next.draws[_inSlot(slot)].votes != 0) ++draws;
        }
        next.undrawn = draws;
        emit BeaconCaptured(epoch, next.beacon);
    }

    // ------------------------------------------------------------------- draws

    /// @inheritdoc IDAEpochs
    function prepareQuorum(uint256 policyId, bytes calldata ballots) external {
        uint256 epoch = _signers().epochNumber + 1;
        Epoch storage next = _signers().epochs[epoch];
        _requirePhase(next, RoundPhase.Drawing);
        Draw storage drawn = next.draws[policyId];
        (uint256 count, bool behind) = _requireDue(drawn, policyId, ballots.length);
        Pick[] memory picks = _check(next, policyId, ballots, count);
        drawn.shown += uint64(count);
        if (!behind) _build(next, epoch, policyId, picks);
        _finish(next, drawn);
    }

    /// @inheritdoc IDAEpochs
    function sumQuorum(uint256 policyId) external {
        Epoch storage next = _signers().epochs[_signers().epochNumber + 1];
        Draw storage drawn = next.draws[policyId];
        require(drawn.summed < drawn.quorums.length, NothingToSum(policyId));
        Quorum storage quorum = drawn.quorums[drawn.summed++];
        uint256 members = quorum.members;
        quorum.sum = _sumOf(CodePages.read(quorum.memberPage, QuorumTables.MEMBER * members), members);
        _finish(next, drawn);
    }

    function _finish(Epoch storage next, Draw storage drawn) private {
        if (drawn.shown == drawn.votes && drawn.summed == drawn.quorums.length) --next.undrawn;
    }

    /// @dev How many ballots came in `length` bytes, and whether all quorums of the draw are prepared.
    function _requireDue(Draw storage drawn, uint256 policyId, uint256 length)
        private
        view
        returns (uint256 count, bool behind)
    {
        uint256 left = drawn.votes - drawn.shown;
        require(left != 0, NothingToDraw(policyId));
        count = length / BALLOT;
        behind = drawn.quorums.length == _quorumsOf(drawn.votes);
        // Exactly so many, behind the last quorum too: one ballot would else undo a keeper's whole call.
        uint256 due = Math.min(left, _signers().params.encodedSlices);
        require(length % BALLOT == 0 && count == due, WrongBallotCount(count, due));
    }

    /// @dev Ballots ascend, and each is of a registration that may be drawn: as they are as many as there are
    /// ballots in the end, none is left out and none comes twice.
    function _check(Epoch storage next, uint256 policyId, bytes calldata ballots, uint256 count)
        private
        returns (Pick[] memory picks)
    {
        picks = new Pick[](count);
        Registration[] storage all = next.registrations;
        uint256 known = all.length;
        bytes32 beacon = next.beacon;
        bytes32 last = next.draws[policyId].last;
        uint256 wanted = policyId == 0 ? 0 : 1 << (239 + _slotOf(policyId));
        unchecked {
            for (uint256 i = 0; i < count; ++i) {
                uint256 word;
                assembly ("memory-safe") {
                    word := shr(216, calldataload(add(ballots.offset, mul(i, BALLOT))))
                }
                uint256 index = word >> 24;
                require(index < known, NoSuchBallot(i));
                (uint256 packed, bytes32 ballot) = _ballot(all, index, beacon, word & 0xffffff);
                require(packed & wanted == wanted && word & 0xffffff < (packed >> 216) & 0xffffff, NoSuchBallot(i));
                require(ballot > last, NotAscending(i));
                last = ballot;
                Pick picked = QuorumTables.pick(index, (packed >> 192) & 0xffffff);
                assembly ("memory-safe") {
                    mstore(add(add(picks, 0x20), shl(5, i)), picked)
                }
            }
        }
        next.draws[policyId].last = last;
    }

    /// @dev A registration as its slot holds it (from the lowest bit: seed, signer, votes, fits), and one ballot.
    function _ballot(Registration[] storage all, uint256 index, bytes32 beacon, uint256 nth)
        private
        view
        returns (uint256 packed, bytes32 ballot)
    {
        assembly ("memory-safe") {
            mstore(0, all.slot)
            packed := sload(add(keccak256(0, 0x20), index))
            let free := mload(0x40)
            mstore(free, shl(64, packed))
            mstore(add(free, 0x20), beacon)
            mstore(add(free, 0x40), nth)
            ballot := keccak256(free, 0x60)
        }
    }

    function _build(Epoch storage next, uint256 epoch, uint256 policyId, Pick[] memory picks) private {
        uint256 rows = _signers().params.encodedSlices;
        Quorum[] storage quorums = next.draws[policyId].quorums;
        uint256 made = quorums.length;
        // The remainder is filled up with the last rows of the quorum before.
        if (made != 0 && picks.length < rows) picks = _withTail(quorums[made - 1], picks, rows);
        (bytes memory rowTable, bytes memory memberTable) = QuorumTables.build(picks, rows, next.registrations.length);
        Quorum storage quorum = quorums.push();
        uint256 members = memberTable.length / QuorumTables.MEMBER;
        (quorum.rowPage, quorum.memberPage) = (CodePages.write(rowTable), CodePages.write(memberTable));
        (quorum.period, quorum.members) = (uint16(picks.length), uint16(members));
        emit QuorumPrepared(epoch, (policyId << 32) + made, members);
    }

    function _withTail(Quorum storage before, Pick[] memory picks, uint256 rows)
        private
        view
        returns (Pick[] memory all)
    {
        bytes memory rowTable = CodePages.read(before.rowPage, 2 * rows);
        bytes memory memberTable = CodePages.read(before.memberPage, QuorumTables.MEMBER * before.members);
        all = new Pick[](rows);
        uint256 kept = rows - picks.length;
        unchecked {
            for (uint256 i = 0; i < kept; ++i) {
                (Pick picked,) = QuorumTables.memberOf(memberTable, QuorumTables.memberAt(rowTable, picks.length + i));
                assembly ("memory-safe") {
                    mstore(add(add(all, 0x20), shl(5, i)), picked)
                }
            }
        }
        assembly ("memory-safe") {
            mcopy(add(add(all, 0x20), shl(5, kept)), add(picks, 0x20), shl(5, mload(picks)))
        }
    }

    function _sumOf(bytes memory memberTable, uint256 members) private view returns (G1Point memory sum) {
        uint256 known;
        uint256 held;
        address code;
        for (uint256 i = 0; i < members; ++i) {
            (Pick picked,) = QuorumTables.memberOf(memberTable, i);
            uint256 id = QuorumTables.signerOf(picked);
            // Page numbers plus 1, so that the first key is looked up too.
            if (id / KEYS_PER_PAGE + 1 != known) {
                known = id / KEYS_PER_PAGE + 1;
                KeyPage storage page = _signers().keyPages[known - 1];
                (code, held) = (page.code, page.count);
            }
            require(id % KEYS_PER_PAGE < held, KeysNotPaged(id));
            _addKey(sum, code, id % KEYS_PER_PAGE);
        }
    }

    /// @dev Adds key `place` of a page to `sum`; paged keys are points of the curve.
    function _addKey(G1Point memory sum, address page, uint256 place) internal view {
        bool done;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mcopy(free, sum, 0x40)
            extcodecopy(page, add(free, 0x40), add(shl(6, place), 1), 0x40)
            done := staticcall(gas(), 0x06, free, 0x80, sum, 0x40)
        }
        require(done, Bn254.NotOnCurve());
    }

    // ------------------------------------------------------------------- epoch

    /// @inheritdoc IDASigners
    function makeEpoch() external {
        SignersStorage storage $ = _signers();
        uint256 epoch = $.epochNumber;
        Epoch storage next = $.epochs[epoch + 1];
        if (_phase(next) != RoundPhase.Ready) return;
        if (epoch != 0 && block.number < $.epochs[epoch].startBlock + $.params.epochBlocks) return;
        $.epochNumber = epoch + 1;
        next.startBlock = uint64(block.number);
        $.epochs[epoch + 2].closeBlock = uint64(block.number) + $.registrationBlocks;
        emit EpochMade(epoch + 1, next.draws[0].quorums.length);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IDAEpochs
    function round() external view returns (Round memory) {
        SignersStorage storage $ = _signers();
        uint256 epoch = $.epochNumber + 1;
        Epoch storage next = $.epochs[epoch];
        uint256 signers = next.registrations.length;
        uint256 close = signers == 0 && block.number > next.closeBlock ? 0 : next.closeBlock;
        uint256 beaconBlock = close == 0 ? 0 : close + $.beaconDelayBlocks;
        return Round(epoch, _phase(next), close, beaconBlock, signers, next.undrawn, next.beacon);
    }

    /// @inheritdoc IDAEpochs
    function draw(uint256 policyId)
        external
        view
        returns (uint256 votes, uint256 shown, uint256 quorums, uint256 summed)
    {
        Draw storage drawn = _signers().epochs[_signers().epochNumber + 1].draws[policyId];
        return (drawn.votes, drawn.shown, _quorumsOf(drawn.votes), drawn.summed);
    }

    /// @inheritdoc IDAEpochs
    function registrations(uint256 epoch, uint256 first, uint256 count)
        external
        view
        returns (Registration[] memory some)
    {
        Registration[] storage all = _signers().epochs[epoch].registrations;
        uint256 there = first < all.length ? Math.min(count, all.length - first) : 0;
        some = new Registration[](there);
        for (uint256 i = 0; i < there; ++i) {
            some[i] = all[first + i];
        }
    }

    /// @inheritdoc IDAEpochs
    function beaconOf(uint256 epoch) external view returns (bytes32) {
        return _signers().epochs[epoch].beacon;
    }

    /// @inheritdoc IDAEpochs
    function epochBlock(uint256 epoch) external view returns (uint256) {
        return _signers().epochs[epoch].startBlock;
    }

    /// @inheritdoc IDASigners
    function registeredEpoch(address _account, uint256 _epoch) external view returns (bool) {
        return _signers().epochs[_epoch].indexes[_account] != 0;
    }

    // ---------------------------------------------------------------- internal

    function _phase(Epoch storage next) private view returns (RoundPhase) {
        if (next.beacon != 0) return next.undrawn == 0 ? RoundPhase.Ready : RoundPhase.Drawing;
        if (next.registrations.length == 0 || block.number <= next.closeBlock) return RoundPhase.Registration;
        bool known = block.number > next.closeBlock + _signers().beaconDelayBlocks;
        return known ? RoundPhase.Beacon : RoundPhase.Waiting;
    }

    function _requirePhase(Epoch storage next, RoundPhase wanted) private view {
        RoundPhase phase = _phase(next);
        require(phase == wanted, WrongPhase(phase, wanted));
    }

    /// @dev How many quorums so many ballots make.
    function _quorumsOf(uint256 votes) private view returns (uint256) {
        Params storage shared = _signers().params;
        return Math.min(Math.ceilDiv(votes, shared.encodedSlices), shared.maxQuorums);
    }
}
