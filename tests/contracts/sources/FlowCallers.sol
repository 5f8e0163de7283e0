// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IFlow, SubmissionData} from "../../../contracts/interfaces/IFlow.sol";
import {Flow} from "../../../contracts/storage/Flow.sol";

/// @notice A caller that accepts no change.
contract StubbornSubmitter {
    function submit(IFlow flow, SubmissionData calldata data) external payable {
        flow.submit{value: msg.value}(data);
    }
}

/// @notice A caller that submits once more, out of its change, while it is being paid back.
contract ReentrantSubmitter {
    IFlow private _flow;
    SubmissionData private _data;

    function submit(IFlow flow, SubmissionData calldata data) external payable {
        _flow = flow;
        _data = data;
        flow.submit{value: msg.value}(data);
    }

    receive() external payable {
        if (address(_flow) == address(0)) return;
        IFlow flow = _flow;
        _flow = IFlow(address(0));
        flow.submit{value: msg.value}(_data);
    }
}

/// @notice Logic that an upgrade brings.
contract FlowNext is Flow {
    function version() external pure returns (uint256) {
        return 2;
    }
}
