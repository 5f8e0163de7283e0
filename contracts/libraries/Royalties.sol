// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";

/// @title What a collection says of royalties
library Royalties {
    /// @notice Ask a collection by ERC-2981. One that has no answer asks for nothing and stops no sale.
    /// @dev No gas limit: a caller who sends so little that the collection runs out of gas leaves a 64th of it to the
    /// rest of the sale, which needs more than that.
    /// @param collection The collection.
    /// @param tokenId The token.
    /// @param price The price, base units of any currency.
    /// @return receiver Who is paid; zero for nobody.
    /// @return amount How much is asked for, base units; zero where nobody is paid.
    function read(address collection, uint256 tokenId, uint256 price)
        internal
        view
        returns (address receiver, uint256 amount)
    {
        bytes memory question = abi.encodeCall(IERC2981.royaltyInfo, (tokenId, price));
        uint256 word;
        bool answered;
        assembly ("memory-safe") {
            // Two words are read, however many come back.
            answered := staticcall(gas(), collection, add(question, 0x20), mload(question), 0, 0x40)
            answered := and(answered, gt(returndatasize(), 0x3f))
            if answered {
                word := mload(0)
                amount := mload(0x20)
            }
        }
        receiver = address(uint160(word));
        if (receiver == address(0) || word >> 160 != 0) return (address(0), 0);
    }
}
