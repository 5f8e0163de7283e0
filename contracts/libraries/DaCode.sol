// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice What a blob looks like; its data root binds it.
/// @param k Data rows.
/// @param n Parity rows.
/// @param rowSize Bytes of a row, the least multiple of 64 with `k * rowSize >= length`.
/// @param length Bytes of the blob.
struct DaHeader {
    uint32 k;
    uint32 n;
    uint32 rowSize;
    uint32 length;
}

/// @notice A piece of a row and its way up to the row root.
/// @param row Index of the row, below `k + n`.
/// @param piece Index of the piece in its row.
/// @param data The piece: 1,024 bytes, or what is left of the row.
/// @param path Siblings from below, 32 bytes each, joined: those in the row's tree first, then those above the row.
struct DaPiece {
    uint256 row;
    uint256 piece;
    bytes data;
    bytes path;
}

/// @title The roots of the DA code
/// @notice What a contract needs of the code: header, data root, and the path of a piece. The Python twin is zerog.da;
/// the format is in docs/da-code.md.
/// @dev SHA-256 is the precompile at address 2.
library DaCode {
    /// @notice Bytes of a full piece.
    uint256 internal constant PIECE = 1024;

    /// @notice Bytes of the largest blob of the full profile (0glabs/0g-da-encoder).
    uint256 internal constant MAX_BLOB = 32_505_852;

    uint256 private constant CHUNK = 64;
    uint256 private constant FULL_K = 1024;
    uint256 private constant MAX_PIECES = 31;
    uint256 private constant HASH = 32;

    /// @notice No blob of this network has such a header.
    /// @param k Data rows that it says.
    /// @param n Parity rows that it says.
    /// @param rowSize Bytes of a row that it says.
    /// @param length Bytes of the blob that it says.
    error BadHeader(uint256 k, uint256 n, uint256 rowSize, uint256 length);

    /// @notice Header and roots do not hash to the data root on this chain and for this entrance.
    /// @param expected The data root.
    /// @param found What they hash to.
    error WrongDataRoot(bytes32 expected, bytes32 found);

    /// @notice The blob has fewer rows.
    /// @param row Index asked for.
    /// @param rows Data and parity rows.
    error NoSuchRow(uint256 row, uint256 rows);

    /// @notice The row has fewer pieces.
    /// @param piece Index asked for.
    /// @param pieces Pieces of a row.
    error NoSuchPiece(uint256 piece, uint256 pieces);

    /// @notice The piece is not as long as its place says.
    /// @param length Bytes given.
    /// @param expected The right number.
    error WrongPieceLength(uint256 length, uint256 expected);

    /// @notice The path is not as long as its place says.
    /// @param length Bytes given.
    /// @param expected The right number.
    error WrongPathLength(uint256 length, uint256 expected);

    /// @notice The path leads elsewhere: the piece is not that of the blob.
    /// @param expected The row root.
    /// @param found Where it leads to.
    error WrongRowRoot(bytes32 expected, bytes32 found);

    // ----------------------------------------------------------------- headers

    /// @notice Refuse a header that no blob of the network has.
    /// @param header The header.
    /// @param k Data rows of the network's profile.
    /// @param n Parity rows of the profile.
    function requireHeader(DaHeader memory header, uint256 k, uint256 n) internal pure {
        uint256 length = header.length;
        uint256 most = k == FULL_K ? MAX_BLOB : k * MAX_PIECES * PIECE;
        uint256 stride = k * CHUNK;
        require(
            header.k == k && header.n == n && length != 0 && length <= most
                && header.rowSize == (length + stride - 1) / stride * CHUNK,
            BadHeader(header.k, header.n, header.rowSize, length)
        );
    }

    /// @notice The data root of a blob: what its signers sign.
    /// @param header The header.
    /// @param rowRoot Root over all rows.
    /// @param rlcRoot Root over the combinations of the data rows.
    /// @param chainId The chain.
    /// @param entrance The DAEntrance.
    /// @return The data root.
    function dataRoot(DaHeader memory header, bytes32 rowRoot, bytes32 rlcRoot, uint256 chainId, address entrance)
        internal
        pure
        returns (bytes32)
    {
        return sha256(
            abi.encodePacked(
                "zerog-da-v1",
                chainId,
                entrance,
                _le32(header.k),
                _le32(header.n),
                _le32(header.rowSize),
                _le32(header.length),
                rowRoot,
                rlcRoot
            )
        );
    }

    /// @notice Refuse header and roots that are not those of a data root.
    /// @param header The header.
    /// @param rowRoot Root over all rows.
    /// @param rlcRoot Root over the combinations.
    /// @param entrance The DAEntrance; the chain is this one.
    /// @param expected The data root.
    function requireDataRoot(
        DaHeader memory header,
        bytes32 rowRoot,
        bytes32 rlcRoot,
        address entrance,
        bytes32 expected
    ) internal view {
        bytes32 found = dataRoot(header, rowRoot, rlcRoot, block.chainid, entrance);
        require(found == expected, WrongDataRoot(expected, found));
    }

    // ------------------------------------------------------------------ pieces

    /// @notice Pieces of a row.
    /// @param rowSize Bytes of a row, not zero.
    /// @return Their number.
    function pieces(uint256 rowSize) internal pure returns (uint256) {
        return (rowSize + PIECE - 1) / PIECE;
    }

    /// @notice Refuse a row that a blob does not have.
    /// @param rows Data and parity rows.
    /// @param row Index of the row.
    function requireRow(uint256 rows, uint256 row) internal pure {
        require(row < rows, NoSuchRow(row, rows));
    }

    /// @notice Refuse a place that a blob does not have.
    /// @param rows Data and parity rows.
    /// @param rowSize Bytes of a row.
    /// @param row Index of the row.
    /// @param piece Index of the piece in it.
    function requirePlace(uint256 rows, uint256 rowSize, uint256 row, uint256 piece) internal pure {
        requireRow(rows, row);
        require(piece < pieces(rowSize), NoSuchPiece(piece, pieces(rowSize)));
    }

    /// @notice Refuse a piece that is not at its place under a row root.
    /// @param rows Data and parity rows.
    /// @param rowSize Bytes of a row.
    /// @param shown The piece and its path.
    /// @param rowRoot The row root.
    function requirePiece(uint256 rows, uint256 rowSize, DaPiece calldata shown, bytes32 rowRoot) internal pure {
        bytes32 found = rowRootOf(rows, rowSize, shown);
        require(found == rowRoot, WrongRowRoot(rowRoot, found));
    }

    /// @notice The row root that a piece with its path leads to.
    /// @param rows Data and parity rows.
    /// @param rowSize Bytes of a row.
    /// @param shown The piece and its path.
    /// @return node The root.
    function rowRootOf(uint256 rows, uint256 rowSize, DaPiece calldata shown) internal pure returns (bytes32 node) {
        (uint256 row, uint256 piece) = (shown.row, shown.piece);
        requirePlace(rows, rowSize, row, piece);
        uint256 left = rowSize - piece * PIECE;
        uint256 due = left < PIECE ? left : PIECE;
        require(shown.data.length == due, WrongPieceLength(shown.data.length, due));
        uint256 depth = levels(pieces(rowSize));
        uint256 wanted = (depth + levels(rows)) * HASH;
        require(shown.path.length == wanted, WrongPathLength(shown.path.length, wanted));
        node = _climb(_leaf(shown.data), row << depth | piece, shown.path);
    }

    /// @notice Levels of the tree over so many nodes.
    /// @param count Their number, not zero.
    /// @return depth Hashes of a path through it.
    function levels(uint256 count) internal pure returns (uint256 depth) {
        while (1 << depth < count) ++depth;
    }

    function _leaf(bytes calldata data) private pure returns (bytes32) {
        return sha256(abi.encodePacked(hex"00", data));
    }

    /// @dev The bits of the position say on which side the node stands, the lowest level first.
    function _climb(bytes32 node, uint256 position, bytes calldata path) private pure returns (bytes32) {
        bytes memory room = new bytes(2 * HASH + 1);
        for (uint256 at = 0; at < path.length; at += HASH) {
            bytes32 sibling = bytes32(path[at:at + HASH]);
            (bytes32 first, bytes32 second) = position & 1 == 0 ? (node, sibling) : (sibling, node);
            assembly ("memory-safe") {
                mstore8(add(room, 32), 1)
                mstore(add(room, 33), first)
                mstore(add(room, 65), second)
            }
            node = sha256(room);
            position >>= 1;
        }
        return node;
    }

    function _le32(uint32 value) private pure returns (bytes4) {
        return bytes4((value >> 24) | ((value >> 8) & 0xff00) | ((value << 8) & 0xff0000) | (value << 24));
    }
}
