// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IChunkReward} from "./IChunkReward.sol";

/// @title Decaying rewards by pricing chunk
/// @notice What is locked in a full chunk decays without end: after t years (of 372 days) e^(-t * rate / 1000) of it is
/// left. An extension adds to what decays.
/// @dev 0gfoundation/0g-storage-contracts, ChunkDecayReward.
interface IChunkDecayReward is IChunkReward {
    /// @notice Speed of the decay.
    /// @return Thousandths per year, compounded continuously.
    function annualMilliDecayRate() external view returns (uint16);
}
