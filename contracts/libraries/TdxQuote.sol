// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IAttestationRegistry} from "../interfaces/IAttestationRegistry.sol";

/// @title What a TDX quote says it is about
/// @notice Reads a quote of version 4 (header of 48 bytes, TD report of 584); signatures behind the report are not
/// looked at. Integers are little-endian. Source of the layout: Intel TDX DCAP Quoting Library API, "Quote Format".
/// The Python twin is zerog/inft/market/quote.py.
library TdxQuote {
    /// @notice Length of header and report.
    uint256 internal constant LENGTH = 632;

    uint16 private constant VERSION = 4;
    uint32 private constant TDX = 0x81;
    uint256 private constant MRTD = 184;
    uint256 private constant RTMRS = 376;
    uint256 private constant REPORT_DATA = 568;
    uint256 private constant REGISTER = 48;

    /// @notice Read a quote.
    /// @param quote The quote.
    /// @return measurement keccak256 of MRTD and RTMR0 to RTMR3, 5 times 48 bytes.
    /// @return reportData First 32 bytes of the report data.
    function read(bytes calldata quote) internal pure returns (bytes32 measurement, bytes32 reportData) {
        require(quote.length >= LENGTH, IAttestationRegistry.QuoteTooShort(quote.length, LENGTH));
        uint16 version = uint16(uint8(quote[0])) | (uint16(uint8(quote[1])) << 8);
        uint32 teeType;
        for (uint256 i = 0; i < 4; ++i) {
            teeType |= uint32(uint8(quote[4 + i])) << uint32(8 * i);
        }
        require(version == VERSION && teeType == TDX, IAttestationRegistry.NotTdxQuote(version, teeType));
        measurement = keccak256(bytes.concat(quote[MRTD:MRTD + REGISTER], quote[RTMRS:RTMRS + 4 * REGISTER]));
        reportData = bytes32(quote[REPORT_DATA:REPORT_DATA + 32]);
    }
}
