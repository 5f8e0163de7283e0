// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice Functions that are served by one facet from now on.
/// @param facet The facet; zero takes the functions away.
/// @param selectors The functions.
struct FacetCut {
    address facet;
    bytes4[] selectors;
}

/// @notice A facet and what it serves (ERC-2535).
/// @param facetAddress The facet.
/// @param functionSelectors Its functions.
struct Facet {
    address facetAddress;
    bytes4[] functionSelectors;
}

/// @title The table of facets
/// @notice The token has more functions than one contract may have code (EIP-170). The core has the hot path and
/// this table; a function that the core does not have is looked up and run by its facet on the core's storage. The
/// views are {IFacetLoupe}. `diamondCut` of ERC-2535 is not here: the core is upgraded as UUPS, facets by `setFacets`,
/// both by the one Authority.
interface IAgentFacets {
    /// @notice No facet serves this function.
    /// @param selector The function.
    error UnknownFunction(bytes4 selector);

    /// @notice A facet is not a contract.
    /// @param facet The address given.
    error FacetWithoutCode(address facet);

    /// @notice A function is served by another facet from now on.
    /// @param selector The function.
    /// @param facet The facet; zero for none.
    event FacetSet(bytes4 indexed selector, address indexed facet);

    /// @notice What ERC-165 says about an interface from now on.
    /// @param interfaceId The interface.
    /// @param supported Whether it is there.
    event InterfaceSet(bytes4 indexed interfaceId, bool supported);

    /// @notice Have functions served by facets. Restricted. A function of the core stays the core's: the table is
    /// only asked for what the core does not have.
    /// @param cuts The facets and their functions.
    function setFacets(FacetCut[] calldata cuts) external;

    /// @notice Say by ERC-165 that interfaces are there, or no longer. Restricted.
    /// @param interfaceIds The interfaces.
    /// @param supported Whether they are there.
    function setInterfaces(bytes4[] calldata interfaceIds, bool supported) external;
}

/// @title What the table of facets says (ERC-2535)
/// @notice Id 0x48e2b093; served by a facet itself.
interface IFacetLoupe {
    /// @notice All facets with their functions.
    /// @return The facets, in no particular order.
    function facets() external view returns (Facet[] memory);

    /// @notice Functions that a facet serves.
    /// @param facet The facet.
    /// @return Its functions.
    function facetFunctionSelectors(address facet) external view returns (bytes4[] memory);

    /// @notice Addresses of all facets.
    /// @return The addresses.
    function facetAddresses() external view returns (address[] memory);

    /// @notice Which facet serves a function.
    /// @param selector The function.
    /// @return The facet; zero for none.
    function facetAddress(bytes4 selector) external view returns (address);
}
