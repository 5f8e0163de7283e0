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
    uint256 private constant MEMBER = 7;

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
        uint256[] memory places = new uint256[](registrations);
        uint256[] memory entries = new uint256[](period);
        rowTable = new bytes(2 * period);
        uint256 members;
        unchecked {
            for (uint256 i = 0; i < period; ++i) {
                uint256 one = Pick.unwrap(picks[i]);
                uint256 place = places[one >> 24];
                if (place == 0) {
                    place = ++members;
                    places[one >> 24] = place;
                    entries[place - 1] = one << 16;
                }
                // Every further round of a short draw gives the row's owner one row more.
                entries[place - 1] += rows / period + (i < rows % period ? 1 : 0);
                assembly ("memory-safe") {
                    let at := add(add(rowTable, 0x20), shl(1, i))
                    mstore8(at, shr(8, sub(place, 1)))
                    mstore8(add(at, 1), sub(place, 1))
                }
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
