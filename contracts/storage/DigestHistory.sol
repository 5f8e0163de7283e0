// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IDigestHistory} from "../interfaces/IDigestHistory.sol";

/// @title DigestHistory
/// @notice A ring of digests; its creator owns it. The manual is the interface.
contract DigestHistory is IDigestHistory {
    /// @notice How many digests are held.
    uint256 public constant CAPACITY = 1000;

    /// @inheritdoc IDigestHistory
    address public immutable owner;

    uint256 private _count;
    mapping(uint256 place => bytes32 digest) private _ring;
    mapping(bytes32 digest => uint256 count) private _countAfter;

    /// @notice The creator becomes the owner.
    constructor() {
        owner = msg.sender;
    }

    /// @inheritdoc IDigestHistory
    function insert(bytes32 digest) external returns (uint256 index) {
        require(msg.sender == owner, NotOwner(msg.sender));
        index = _count++;
        _ring[index % CAPACITY] = digest;
        _countAfter[digest] = index + 1;
    }

    /// @inheritdoc IDigestHistory
    function contains(bytes32 digest) external view returns (bool) {
        uint256 count = _countAfter[digest];
        return count != 0 && available(count - 1);
    }

    /// @inheritdoc IDigestHistory
    function at(uint256 index) external view returns (bytes32) {
        require(available(index), UnavailableIndex(index));
        return _ring[index % CAPACITY];
    }

    /// @inheritdoc IDigestHistory
    function available(uint256 index) public view returns (bool) {
        return index < _count && _count - index <= CAPACITY;
    }
}
