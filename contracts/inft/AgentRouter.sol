// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Proxy} from "@openzeppelin/contracts/proxy/Proxy.sol";
import {FacetCut, IAgentFacets} from "../interfaces/IAgentFacets.sol";
import {AgentStore} from "../libraries/AgentStore.sol";
import {FacetTable} from "../libraries/FacetTable.sol";
import {AgentHandover} from "./AgentHandover.sol";

/// @title Many contracts at one address
/// @notice The manual is {IAgentFacets}.
/// @dev Solidity's own dispatch comes first, so that the hot path pays nothing for the table.
abstract contract AgentRouter is IAgentFacets, AgentHandover, Proxy {
    /// @inheritdoc IAgentFacets
    function setFacets(FacetCut[] calldata cuts) external restricted {
        for (uint256 i = 0; i < cuts.length; ++i) {
            FacetTable.set(cuts[i]);
        }
    }

    /// @inheritdoc IAgentFacets
    function setInterfaces(bytes4[] calldata interfaceIds, bool supported) external restricted {
        for (uint256 i = 0; i < interfaceIds.length; ++i) {
            AgentStore.load().interfaces[interfaceIds[i]] = supported;
            emit InterfaceSet(interfaceIds[i], supported);
        }
    }

    /// @dev The facet of the called function.
    function _implementation() internal view override returns (address facet) {
        facet = FacetTable.load().rows[msg.sig].facet;
        require(facet != address(0), UnknownFunction(msg.sig));
    }

    /// @notice Money without a function is a mistake.
    /// @dev No facet can serve it: the table is asked for the function 0.
    receive() external payable {
        _fallback();
    }

    /// @notice Which interfaces this address has (ERC-165).
    /// @param interfaceId The interface.
    /// @return True for those of the core, and those that the facets brought.
    function supportsInterface(bytes4 interfaceId) public view virtual override returns (bool) {
        return interfaceId == type(IAgentFacets).interfaceId || AgentStore.load().interfaces[interfaceId]
            || super.supportsInterface(interfaceId);
    }
}
