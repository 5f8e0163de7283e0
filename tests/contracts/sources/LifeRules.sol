// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Parent} from "../../../contracts/interfaces/IAgentLineage.sol";
import {RoyaltySplitter} from "../../../contracts/inft/RoyaltySplitter.sol";
import {RentalRules} from "../../../contracts/libraries/RentalRules.sol";

/// @title The arithmetic of leases behind functions that anybody may call
contract RentalHarness {
    function end(uint256 start, uint256 period, uint256 periods) external pure returns (uint256) {
        return RentalRules.end(start, period, periods);
    }

    function begun(uint256 start, uint256 period, uint256 periods, uint256 time) external pure returns (uint256) {
        return RentalRules.begun(start, period, periods, time);
    }

    function quota(uint256 callsPerPeriod, uint256 begunPeriods) external pure returns (uint256) {
        return RentalRules.quota(callsPerPeriod, begunPeriods);
    }
}

/// @title A collection whose lines can be written down as a test wants them
contract LifeFamily {
    mapping(uint256 => address) public creatorOf;
    mapping(uint256 => address) private owners;
    mapping(uint256 => uint256) private cloned;
    mapping(uint256 => Parent[]) private parents;

    function write(uint256 id, address creator, address owner, uint256 clonedFrom, Parent[] calldata line) external {
        (creatorOf[id], owners[id], cloned[id]) = (creator, owner, clonedFrom);
        delete parents[id];
        for (uint256 i = 0; i < line.length; ++i) {
            parents[id].push(line[i]);
        }
    }

    function ownerOf(uint256 id) external view returns (address) {
        require(owners[id] != address(0), "nobody");
        return owners[id];
    }

    function originOf(uint256 id) external view returns (uint256) {
        while (cloned[id] != 0) id = cloned[id];
        return id;
    }

    function parentsOf(uint256 id) external view returns (Parent[] memory) {
        return parents[id];
    }
}

/// @title The splitter, over a collection of the test's
contract LifeSplitter is RoyaltySplitter {
    constructor(address collection) RoyaltySplitter(collection) {}
}
