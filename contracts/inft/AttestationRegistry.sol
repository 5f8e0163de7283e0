// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {AttestationKind, IAttestationRegistry, OracleRecord} from "../interfaces/IAttestationRegistry.sol";
import {TdxQuote} from "../libraries/TdxQuote.sol";

/// @title Keys of re-encryption oracles, behind a timelock
/// @notice The manual is {IAttestationRegistry}. Not upgradeable: the delay is a promise.
contract AttestationRegistry is IAttestationRegistry, AccessManaged {
    /// @inheritdoc IAttestationRegistry
    uint64 public constant MAX_LIFETIME = 365 days;

    /// @inheritdoc IAttestationRegistry
    uint64 public constant MIN_PUBLIC_DELAY = 1 days;

    /// @inheritdoc IAttestationRegistry
    // solhint-disable-next-line immutable-vars-naming
    uint64 public immutable DELAY;

    mapping(address oracle => OracleRecord) private _records;

    /// @notice Deploy without a key.
    /// @param delay Time from a proposal until the key counts, seconds; at least `MIN_PUBLIC_DELAY` on a public
    /// chain.
    /// @param authority The AccessManager that may propose and revoke.
    constructor(uint64 delay, address authority) AccessManaged(authority) {
        uint64 least = _isDevelopment() ? 0 : MIN_PUBLIC_DELAY;
        require(delay >= least, DelayTooShort(delay, least));
        DELAY = delay;
    }

    // ----------------------------------------------------------------- actions

    /// @inheritdoc IAttestationRegistry
    function propose(
        address oracle,
        AttestationKind kind,
        bytes32 measurement,
        bytes calldata evidence,
        uint64 lifetime
    ) external restricted {
        require(oracle != address(0), ZeroOracle());
        require(block.timestamp >= _records[oracle].expiry, AlreadyRegistered(oracle));
        uint64 most = type(uint64).max / 2;
        if (kind == AttestationKind.Quoted) {
            most = MAX_LIFETIME;
            _checkQuote(oracle, measurement, evidence);
        } else {
            require(kind == AttestationKind.Simulated, NoAttestation());
            require(_isDevelopment(), SimulatedOnPublicChain(block.chainid));
        }
        require(lifetime != 0 && lifetime <= most, LifetimeOutOfRange(lifetime, most));
        uint64 validFrom = uint64(block.timestamp) + DELAY;
        uint64 expiry = validFrom + lifetime;
        _records[oracle] = OracleRecord(kind, validFrom, expiry, measurement, keccak256(evidence));
        emit OracleProposed(oracle, kind, measurement, validFrom, expiry, evidence);
    }

    /// @inheritdoc IAttestationRegistry
    function revoke(address oracle) external restricted {
        require(_records[oracle].kind != AttestationKind.None, NotRegistered(oracle));
        delete _records[oracle];
        emit OracleRevoked(oracle);
    }

    function _checkQuote(address oracle, bytes32 measurement, bytes calldata quote) private view {
        (bytes32 quoted, bytes32 reportData) = TdxQuote.read(quote);
        bytes32 expected = reportDataFor(oracle);
        require(reportData == expected, QuoteOfAnotherKey(expected, reportData));
        require(quoted == measurement, MeasurementMismatch(measurement, quoted));
    }

    function _isDevelopment() private view returns (bool) {
        return block.chainid == 31337 || block.chainid == 1337;
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IAttestationRegistry
    function isOracle(address oracle) external view returns (bool) {
        OracleRecord storage record = _records[oracle];
        // Expiry first: of a key that nobody proposed it is zero.
        return block.timestamp < record.expiry && block.timestamp >= record.validFrom;
    }

    /// @inheritdoc IAttestationRegistry
    function attestationOf(address oracle) external view returns (OracleRecord memory) {
        return _records[oracle];
    }

    /// @inheritdoc IAttestationRegistry
    function reportDataFor(address oracle) public view returns (bytes32) {
        return keccak256(abi.encode(oracle, block.chainid, address(this)));
    }
}
