// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice A facet that says on whose storage it runs, and which one it is.
contract AnswerFacet {
    function answer() external view virtual returns (address, uint256) {
        return (address(this), 1);
    }
}

/// @notice The one that takes its place.
contract OtherAnswerFacet is AnswerFacet {
    function answer() external view override returns (address, uint256) {
        return (address(this), 2);
    }
}
