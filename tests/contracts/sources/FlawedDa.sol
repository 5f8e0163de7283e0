// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Bn254, G1Point, G2Point} from "../../../contracts/libraries/Bn254.sol";

/// @notice D1, D2: a ballot follows from the signature of the epoch alone, which its signer knows before it registers.
contract FlawedDraw {
    function ballot(G1Point calldata signature) external pure returns (bytes32) {
        return keccak256(abi.encode(signature));
    }
}

/// @notice D3, D4: votes are counted by what an account has, and stake is free once its signer is neither in this epoch
/// nor in the next.
contract FlawedStake {
    uint256 public epoch = 1;
    uint256 public votes;
    mapping(address account => uint256 amountWei) public staked;
    mapping(address account => uint256 epoch) public last;

    function registerByBalance() external {
        votes += msg.sender.balance / 1 ether;
    }

    function stake() external payable {
        staked[msg.sender] += msg.value;
        last[msg.sender] = epoch;
    }

    function makeEpoch() external {
        ++epoch;
    }

    function withdraw() external {
        require(last[msg.sender] < epoch, "registered");
        uint256 amount = staked[msg.sender];
        staked[msg.sender] = 0;
        (bool paid,) = msg.sender.call{value: amount}("");
        require(paid, "not paid");
    }
}

/// @notice D5, D10: what is signed names neither chain nor contract, the data root neither; a bad item ends its batch.
contract FlawedEntrance {
    mapping(bytes32 identifier => bool) public certified;
    uint256 private _height = block.number;
    uint256 public rounds;

    struct Item {
        bytes32 dataRoot;
        uint256 epoch;
        uint256 quorumId;
        G1Point signature;
        G1Point pkG1;
        G2Point pkG2;
    }

    function submit(Item[] calldata items) external {
        for (uint256 i = 0; i < items.length; ++i) {
            Item calldata one = items[i];
            bytes32 message = keccak256(abi.encode(one.dataRoot, one.epoch, one.quorumId));
            G1Point memory point = Bn254.hashToG1(message);
            bool good = Bn254.verify(point, one.signature, one.pkG1, one.pkG2, 1, 120_000);
            require(good, "signature is invalid");
            certified[one.dataRoot] = true;
        }
    }

    /// @notice D8: a step for every round that nobody opened.
    function sync() external {
        while (block.number >= _height + 5) {
            _height += 5;
            ++rounds;
        }
    }
}

/// @notice D12: a bitmap without the bits of a last byte that is not full.
contract FlawedBitmap {
    function signedRows(uint256 rows) external pure returns (uint256 hit) {
        bytes memory bitmap = new bytes(rows / 8);
        for (uint256 i = 0; i < bitmap.length; ++i) {
            bitmap[i] = 0xff;
        }
        return 8 * bitmap.length;
    }
}
