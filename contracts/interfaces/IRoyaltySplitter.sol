// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IPurse} from "./IPurse.sol";

/// @title Royalties, shared out along the line of an agent
/// @notice Every token has a till: an address where a market leaves its royalty, in any currency and without knowing
/// anything of this contract. `settle` empties the till and credits the line: each parent gets its weight of what
/// comes to the child, the child's creator the rest; the creator of an agent with no parents, or `MAX_DEPTH`
/// generations up, keeps all. Weights of derived agents are at most a half together, so that shares shrink
/// with every generation; a clone passes everything to its original, which is the same agent. No wei is lost: what
/// divisions leave over stays with the child.
/// The Python twin is zerog/inft/life/royalties.py.
interface IRoyaltySplitter is IPurse {
    /// @notice There is nothing in the till.
    /// @param tokenId The token.
    /// @param currency The currency.
    error EmptyTill(uint256 tokenId, address currency);

    /// @notice The token has no creator and no owner who could be paid.
    /// @param tokenId The token.
    error NobodyToPay(uint256 tokenId);

    /// @notice Only a till brings money, while it is being emptied.
    /// @param sender Who sent it.
    error OnlyTills(address sender);

    /// @notice A till was emptied and its content credited.
    /// @param tokenId The token.
    /// @param currency The currency; zero for the chain's own coin.
    /// @param amount How much, base units.
    event Settled(uint256 indexed tokenId, address indexed currency, uint256 amount);

    /// @notice Empty a token's till and credit its line. Anyone may.
    /// @param tokenId The token.
    /// @param currency The currency; zero for the chain's own coin.
    /// @return amount How much was credited in all, base units.
    function settle(uint256 tokenId, address currency) external returns (uint256 amount);

    /// @notice Most generations that a payment goes up.
    /// @return The number.
    function MAX_DEPTH() external view returns (uint256);

    /// @notice The collection whose royalties these are.
    /// @return The token contract.
    function collection() external view returns (address);

    /// @notice Where the royalties of a token are left. There may be no code yet.
    /// @param tokenId The token.
    /// @return The address.
    function tillOf(uint256 tokenId) external view returns (address);
}
