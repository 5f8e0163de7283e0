// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {TdxQuote} from "../../../contracts/libraries/TdxQuote.sol";

/// @notice TdxQuote behind a function of its own.
contract QuoteReader {
    function read(bytes calldata quote) external pure returns (bytes32 measurement, bytes32 reportData) {
        return TdxQuote.read(quote);
    }
}
