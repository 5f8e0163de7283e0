// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice Who is picked for a row: number of the registration, and of the signer.
type Pick is uint256;

/// @title The tables of a quorum
/// @notice Row table: 2 bytes a row, the member that owns it. Member table, in order of first row: 7 bytes a member:
/// number of the registration (2), number of the signer (3), rows (2). With fewer ballots than rows the row table
/// holds one period of them. The twin is zerog.da.quorums.
library QuorumTables {
    /// @dev Rows that one page of members may have.
    uint256 internal constant MAX_ROWS = 3_510;
    /// @dev Bytes of a member.
    uint256 internal constant MEMBER = 7;

    /// @dev A pick of its parts.
    function pick(uint256 registration, uint256 signerId) internal pure returns (Pick) {
        return Pick.wrap((registration << 24) | signerId);
    }

    /// @dev Both tables for `rows` rows that `picks` fill, again from the first when they are fewer.
    /// `registrations`: how many there are in the epoch.
    function build(Pick[] memory picks, uint256 rows, uint256 registrations)
        internal
        pure
        returns (bytes memory rowTable, bytes memory memberTable)
    {
        uint256 period = picks.length;
        // Two bytes a registration: its member's number plus 1.
        bytes memory places = new bytes(2 * registrations);
        uint256[] memory entries = new uint256[](period);
        rowTable = new bytes(2 * period);
        // Every further round of a short draw gives the owner of its rows one row more.
        uint256 rounds = rows / period;
        uint256 longer = rows % period;
        uint256 members;
        assembly ("memory-safe") {
            let one := add(picks, 0x20)
            let at := add(rowTable, 0x20)
            for { let i := 0 } lt(i, period) { i := add(i, 1) } {
                let picked := mload(one)
                // Registrations of picks are below `registrations`: the contract looked each of them up.
                let place := add(add(places, 0x20), shl(1, shr(24, picked)))
                let member := shr(240, mload(place))
                if iszero(member) {
                    members := add(members, 1)
                    member := members
                    mstore8(place, shr(8, member))
                    mstore8(add(place, 1), member)
                    mstore(add(entries, shl(5, member)), shl(16, picked))
                }
                let entry := add(entries, shl(5, member))
                mstore(entry, add(mload(entry), add(rounds, lt(i, longer))))
                mstore8(at, shr(8, sub(member, 1)))
                mstore8(add(at, 1), sub(member, 1))
                one := add(one, 0x20)
                at := add(at, 2)
            }
        }
        memberTable = _packed(entries, members);
    }

    function _packed(uint256[] memory entries, uint256 members) private pure returns (bytes memory table) {
        // One word more than needed: each entry is written as a word whose tail the next one overwrites.
        table = new bytes(MEMBER * members + 32);
        assembly ("memory-safe") {
            let at := add(table, 0x20)
            let from := add(entries, 0x20)
            for { let i := 0 } lt(i, members) { i := add(i, 1) } {
                mstore(at, shl(200, mload(from)))
                at := add(at, 7)
                from := add(from, 0x20)
            }
            mstore(table, mul(7, members))
        }
    }

    /// @dev The member that owns a row; `rowTable` holds at least that row.
    function memberAt(bytes memory rowTable, uint256 row) internal pure returns (uint256 member) {
        assembly ("memory-safe") {
            member := shr(240, mload(add(add(rowTable, 0x20), shl(1, row))))
        }
    }

    /// @dev A member's pick and how many rows it has; `memberTable` holds at least that member.
    function memberOf(bytes memory memberTable, uint256 member) internal pure returns (Pick picked, uint256 rows) {
        assembly ("memory-safe") {
            let entry := shr(200, mload(add(add(memberTable, 0x20), mul(7, member))))
            picked := shr(16, entry)
            rows := and(entry, 0xffff)
        }
    }

    /// @dev Number of the signer of a pick.
    function signerOf(Pick picked) internal pure returns (uint256) {
        return Pick.unwrap(picked) & 0xffffff;
    }
}
