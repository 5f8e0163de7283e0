// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {MinimalToken} from "./MinimalToken.sol";

/// @notice F18: one administrator names the oracle, without evidence and at once.
contract FlawedAdminOracle is MinimalToken {
    address private immutable _admin;
    address private _named;

    constructor(address oracle_) MinimalToken(oracle_) {
        (_admin, _named) = (msg.sender, oracle_);
    }

    function updateOracleAddress(address oracle_) external {
        require(msg.sender == _admin, NotOwner());
        _named = oracle_; // Flawed rule: nothing stands behind the key, and nobody has time to look.
    }

    function oracle() public view override returns (address) {
        return _named;
    }
}

/// @notice F17: consent is an ECDSA signature by the receiver's own key, which a contract has not.
contract FlawedKeysOnly is MinimalToken {
    constructor(address oracle_) MinimalToken(oracle_) {}
}
