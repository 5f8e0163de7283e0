// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Offer, Order} from "../../../contracts/interfaces/IAgentMarket.sol";
import {ReferenceOffer, ReferenceOrder} from "../../../contracts/interfaces/IReferenceMarket.sol";
import {MarketRules, Split} from "../../../contracts/libraries/MarketRules.sol";
import {OrderHash} from "../../../contracts/libraries/OrderHash.sol";
import {ReferenceHash} from "../../../contracts/libraries/ReferenceHash.sol";

/// @notice The rules of the markets one by one, for comparison with their Python twins.
contract MarketHarness {
    function split(uint256 price, uint256 feeBps, uint256 royalty) external pure returns (uint256, uint256, uint256) {
        Split memory made = MarketRules.split(price, feeBps, royalty);
        return (made.fee, made.royalty, made.proceeds);
    }

    function orderDigest(Order calldata order) external view returns (bytes32) {
        return OrderHash.digest(OrderHash.domainSeparator(), order);
    }

    function offerDigest(Offer calldata offer) external view returns (bytes32) {
        return OrderHash.digest(OrderHash.domainSeparator(), offer);
    }

    function oldOrderDigest(ReferenceOrder calldata order) external view returns (bytes32) {
        return ReferenceHash.digest(order);
    }

    function oldOfferDigest(ReferenceOffer calldata offer) external view returns (bytes32) {
        return ReferenceHash.digest(offer);
    }
}
