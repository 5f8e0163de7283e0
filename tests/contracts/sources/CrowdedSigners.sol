// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {SignerBook} from "../../../contracts/da/SignerBook.sol";
import {Registration} from "../../../contracts/interfaces/da/IDAEpochs.sol";
import {Bn254, G1Point} from "../../../contracts/libraries/Bn254.sol";

/// @notice Fills the next epoch with many signers without their signatures, to measure what a crowd costs. Behind the
/// proxy only while it fills; what is measured is DASigners, whose storage it writes.
contract CrowdedSigners {
    /// @notice So many more registrations of one vote each, of signers that nobody knows: enough to show ballots.
    function enlist(uint256 count) external {
        SignerBook.SignersStorage storage $ = _signers();
        SignerBook.Epoch storage next = $.epochs[$.epochNumber + 1];
        if (next.registrations.length == 0) next.closeBlock = uint64(block.number) + 40;
        for (uint256 i = 0; i < count; ++i) {
            uint256 id = next.registrations.length;
            next.registrations.push(Registration(bytes24(keccak256(abi.encode(id))), uint24(id), 1, 0));
        }
        next.draws[0].votes += uint64(count);
    }

    /// @notice Signers of ids up to `until`, exclusive: id i has the key (i + 1) times the generator.
    function crowd(uint256 until, uint24 votes) external {
        SignerBook.SignersStorage storage $ = _signers();
        uint256 epoch = $.epochNumber + 1;
        SignerBook.Epoch storage next = $.epochs[epoch];
        if (next.registrations.length == 0) next.closeBlock = uint64(block.number) + 40;
        G1Point memory key = Bn254.mul(Bn254.generator(), $.signerCount);
        while ($.signerCount < until) {
            key = Bn254.add(key, Bn254.generator());
            address account = address(uint160(0xc0ffee0000 + $.signerCount));
            bytes24 seed = bytes24(keccak256(abi.encode(account)));
            next.registrations.push(Registration(seed, $.signerCount, votes, 0));
            next.indexes[account] = next.registrations.length;
            next.draws[0].votes += votes;
            $.accounts[$.signerCount] = account;
            $.signers[account].pkG1 = key;
            $.signers[account].number = ++$.signerCount;
        }
    }

    /// @dev Where DASigners keeps what it remembers.
    function _signers() internal pure returns (SignerBook.SignersStorage storage $) {
        assembly ("memory-safe") {
            $.slot := 0xad867653ae78160db803e5fac08f813c40cab9986f4b15061580c4557519b500
        }
    }
}
