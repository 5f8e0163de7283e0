// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IChunkReward} from "../../../contracts/interfaces/IChunkReward.sol";

/// @notice A payee that asks once more while it is being paid.
contract ReentrantPayee {
    IChunkReward private _reward;
    uint256 public refused;

    function withdraw(IChunkReward reward) external {
        _reward = reward;
        reward.withdrawPayments(payable(address(this)));
    }

    receive() external payable {
        try _reward.withdrawPayments(payable(address(this))) {}
        catch {
            ++refused;
        }
    }
}

/// @notice A payee that takes no money.
contract StubbornPayee {}
