// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title The arithmetic of a lease
/// @notice A lease is a number of periods, each paid before it begins. A period that has begun is the owner's, one
/// that has not can be given back. The Python twin is zerog/inft/life/rental.py.
library RentalRules {
    /// @notice When a lease ends.
    /// @param start Its start, Unix seconds.
    /// @param period Length of a period, seconds.
    /// @param periods How many.
    /// @return First second in which it no longer runs.
    function end(uint256 start, uint256 period, uint256 periods) internal pure returns (uint256) {
        return start + period * periods;
    }

    /// @notice How many periods have begun.
    /// @param start Start of the lease, Unix seconds, not after `time`.
    /// @param period Length of a period, seconds.
    /// @param periods How many there are.
    /// @param time Now, Unix seconds.
    /// @return From 1 to `periods`; 0 where there are none.
    function begun(uint256 start, uint256 period, uint256 periods, uint256 time) internal pure returns (uint256) {
        uint256 running = (time - start) / period + 1;
        return running < periods ? running : periods;
    }

    /// @notice How many calls may have been made so far: the quota grows when a period begins, and what is left of
    /// one carries over to the next.
    /// @param callsPerPeriod Calls in a period; zero for no limit.
    /// @param begunPeriods Periods that have begun.
    /// @return The number.
    function quota(uint256 callsPerPeriod, uint256 begunPeriods) internal pure returns (uint256) {
        return callsPerPeriod == 0 ? type(uint256).max : callsPerPeriod * begunPeriods;
    }
}
