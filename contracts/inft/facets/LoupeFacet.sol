// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Facet, IFacetLoupe} from "../../interfaces/IAgentFacets.sol";
import {FacetTable} from "../../libraries/FacetTable.sol";

/// @title What the table of facets says
/// @notice The manual is {IFacetLoupe}.
/// @dev For readers off chain: time grows with the square of the number of functions.
contract LoupeFacet is IFacetLoupe {
    /// @inheritdoc IFacetLoupe
    function facets() external view returns (Facet[] memory list) {
        address[] memory found = facetAddresses();
        list = new Facet[](found.length);
        for (uint256 i = 0; i < found.length; ++i) {
            list[i] = Facet(found[i], facetFunctionSelectors(found[i]));
        }
    }

    /// @inheritdoc IFacetLoupe
    function facetFunctionSelectors(address facet) public view returns (bytes4[] memory list) {
        FacetTable.Table storage $ = FacetTable.load();
        list = new bytes4[]($.selectors.length);
        uint256 n = 0;
        for (uint256 i = 0; i < list.length; ++i) {
            bytes4 selector = $.selectors[i];
            if (facet != address(0) && $.rows[selector].facet == facet) list[n++] = selector;
        }
        assembly ("memory-safe") {
            mstore(list, n)
        }
    }

    /// @inheritdoc IFacetLoupe
    function facetAddresses() public view returns (address[] memory list) {
        FacetTable.Table storage $ = FacetTable.load();
        list = new address[]($.selectors.length);
        uint256 n = 0;
        for (uint256 i = 0; i < list.length; ++i) {
            address facet = $.rows[$.selectors[i]].facet;
            if (facet != address(0) && !_has(list, n, facet)) list[n++] = facet;
        }
        assembly ("memory-safe") {
            mstore(list, n)
        }
    }

    /// @inheritdoc IFacetLoupe
    function facetAddress(bytes4 selector) external view returns (address) {
        return FacetTable.load().rows[selector].facet;
    }

    function _has(address[] memory list, uint256 n, address facet) private pure returns (bool) {
        for (uint256 i = 0; i < n; ++i) {
            if (list[i] == facet) return true;
        }
        return false;
    }
}
