// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {FacetCut, IAgentFacets} from "../interfaces/IAgentFacets.sol";

/// @title Which facet serves which function
/// @notice The manual is {IAgentFacets}.
library FacetTable {
    /// @notice Who serves a function.
    /// @param facet The facet; zero for none.
    /// @param listed Whether the function is in the list of all functions.
    struct Row {
        address facet;
        bool listed;
    }

    /// @custom:storage-location erc7201:zerog.storage.FacetTable
    struct Table {
        mapping(bytes4 selector => Row) rows;
        // Every function that ever had a facet: views alone read it.
        bytes4[] selectors;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.FacetTable")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 internal constant TABLE_STORAGE = 0x6b9944ddbf3811dd9f61ab8dd4421350529559bf34fbfe8f963e79d2e3290000;

    /// @notice The table.
    /// @return $ Its first slot.
    function load() internal pure returns (Table storage $) {
        assembly ("memory-safe") {
            $.slot := TABLE_STORAGE
        }
    }

    /// @notice Have functions served by a facet.
    /// @param cut The facet, zero for none, and the functions.
    function set(FacetCut calldata cut) internal {
        address facet = cut.facet;
        require(facet == address(0) || facet.code.length != 0, IAgentFacets.FacetWithoutCode(facet));
        Table storage $ = load();
        for (uint256 i = 0; i < cut.selectors.length; ++i) {
            bytes4 selector = cut.selectors[i];
            if (!$.rows[selector].listed) $.selectors.push(selector);
            $.rows[selector] = Row(facet, true);
            emit IAgentFacets.FacetSet(selector, facet);
        }
    }
}
