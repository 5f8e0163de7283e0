// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title The address where one token's royalties are left
/// @notice Takes whatever comes; only the splitter that made it empties it. See {IRoyaltySplitter}.
/// @dev Without constructor arguments, so that the address depends on splitter and token id alone; without a proxy,
/// so that 2300 gas are enough to pay it.
contract RoyaltyTill {
    using SafeERC20 for IERC20;

    /// @notice Somebody else than the splitter tried to empty the till.
    /// @param caller Who tried.
    error NotTheSplitter(address caller);

    /// @notice The splitter refused the money.
    /// @param amount How much, wei.
    error SplitterRefused(uint256 amount);

    address private immutable _splitter = msg.sender;

    /// @notice Take the chain's own coin.
    receive() external payable {}

    /// @notice Send all of one currency to the splitter, which alone may ask for it.
    /// @param currency The currency; zero for the chain's own coin.
    function sweep(address currency) external {
        require(msg.sender == _splitter, NotTheSplitter(msg.sender));
        if (currency == address(0)) {
            uint256 amount = address(this).balance;
            (bool paid,) = _splitter.call{value: amount}("");
            require(paid, SplitterRefused(amount));
        } else {
            IERC20(currency).safeTransfer(_splitter, IERC20(currency).balanceOf(address(this)));
        }
    }
}
