// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice What stands behind an oracle's key.
/// None: nothing. Simulated: nothing but a promise, on development chains only. Quoted: a TDX quote that names the
/// key is posted on chain; whether Intel signed the quote is for anyone to check off chain before the key counts.
enum AttestationKind {
    None,
    Simulated,
    Quoted
}

/// @notice What the registry knows of an oracle.
/// @param kind What stands behind its key.
/// @param validFrom From when on its signatures count, seconds since 1970.
/// @param expiry From when on they no longer count, seconds since 1970.
/// @param measurement What runs: for Quoted keccak256 of MRTD and the four RTMRs of the quote.
/// @param evidenceHash keccak256 of the evidence, which the event of the proposal carries in full.
struct OracleRecord {
    AttestationKind kind;
    uint64 validFrom;
    uint64 expiry;
    bytes32 measurement;
    bytes32 evidenceHash;
}

/// @title Keys of re-encryption oracles, behind a timelock
/// @notice An oracle can forge what it signs, so nobody becomes one unseen: a key is proposed with its evidence,
/// counts only after a delay that never changes, ends at its expiry, and is revoked at once. There is no other way
/// in, for nobody. A guardian needs the right to `revoke` only.
/// @dev What the chain checks of a quote is that it is about this key, on this chain and for this registry, and about
/// this measurement. It does not check Intel's signatures: that is the purpose of the delay, the posted evidence and
/// the guardian.
interface IAttestationRegistry {
    // ------------------------------------------------------------------ errors

    /// @notice The zero address cannot sign.
    error ZeroOracle();

    /// @notice A proposal needs something that stands behind the key.
    error NoAttestation();

    /// @notice A simulated attestation is for development chains (31337 and 1337) only.
    /// @param chainId This chain.
    error SimulatedOnPublicChain(uint256 chainId);

    /// @notice On a public chain the delay must give people time to look.
    /// @param delay The delay given, seconds.
    /// @param least The shortest one, seconds.
    error DelayTooShort(uint256 delay, uint256 least);

    /// @notice A record must end, and not too late.
    /// @param lifetime The lifetime given, seconds.
    /// @param most The longest one, seconds.
    error LifetimeOutOfRange(uint256 lifetime, uint256 most);

    /// @notice The key is registered or proposed already: revoke it first, or use another.
    /// @param oracle The key's address.
    error AlreadyRegistered(address oracle);

    /// @notice The key is neither registered nor proposed.
    /// @param oracle The key's address.
    error NotRegistered(address oracle);

    /// @notice The evidence is too short for a TDX quote.
    /// @param length Its length, bytes.
    /// @param least Length of a quote's header and body, bytes.
    error QuoteTooShort(uint256 length, uint256 least);

    /// @notice The evidence is not a TDX quote of version 4.
    /// @param version Version of the quote.
    /// @param teeType Kind of its environment; 0x81 is TDX.
    error NotTdxQuote(uint16 version, uint32 teeType);

    /// @notice The quote is about another key, chain or registry.
    /// @param expected What its report data must begin with.
    /// @param found What it begins with.
    error QuoteOfAnotherKey(bytes32 expected, bytes32 found);

    /// @notice The quote is about another program than the proposal says.
    /// @param proposed The measurement of the proposal.
    /// @param quoted The measurement of the quote.
    error MeasurementMismatch(bytes32 proposed, bytes32 quoted);

    // ------------------------------------------------------------------ events

    /// @notice A key will count as an oracle's.
    /// @param oracle The key's address.
    /// @param kind What stands behind it.
    /// @param measurement What runs.
    /// @param validFrom From when on, seconds since 1970.
    /// @param expiry Until when, seconds since 1970.
    /// @param evidence The evidence in full.
    event OracleProposed(
        address indexed oracle,
        AttestationKind kind,
        bytes32 measurement,
        uint64 validFrom,
        uint64 expiry,
        bytes evidence
    );

    /// @notice A key no longer counts, or never will.
    /// @param oracle The key's address.
    event OracleRevoked(address indexed oracle);

    // ----------------------------------------------------------------- actions

    /// @notice Propose a key; it counts after the delay unless it is revoked. Restricted.
    /// @param oracle The key's address.
    /// @param kind What stands behind it.
    /// @param measurement What runs; checked against the quote for Quoted.
    /// @param evidence The quote for Quoted, anything for Simulated.
    /// @param lifetime How long it counts from then on, seconds; at most `MAX_LIFETIME` for Quoted.
    function propose(
        address oracle,
        AttestationKind kind,
        bytes32 measurement,
        bytes calldata evidence,
        uint64 lifetime
    ) external;

    /// @notice Refuse a proposal, or end a registration at once. Restricted.
    /// @param oracle The key's address.
    function revoke(address oracle) external;

    // ------------------------------------------------------------------- views

    /// @notice Longest life of a quoted key.
    /// @return Seconds.
    function MAX_LIFETIME() external view returns (uint64);

    /// @notice Shortest delay on a public chain.
    /// @return Seconds.
    function MIN_PUBLIC_DELAY() external view returns (uint64);

    /// @notice Time from a proposal until the key counts.
    /// @return Seconds.
    function DELAY() external view returns (uint64);

    /// @notice Whether a key's signatures count in this block.
    /// @param oracle The key's address.
    /// @return True from `validFrom` until before `expiry`, unless revoked.
    function isOracle(address oracle) external view returns (bool);

    /// @notice What is known of a key.
    /// @param oracle The key's address.
    /// @return The record; all zero for a key that was never proposed, or is revoked.
    function attestationOf(address oracle) external view returns (OracleRecord memory);

    /// @notice What the report data of a quote for a key must begin with.
    /// @param oracle The key's address.
    /// @return keccak256(abi.encode(oracle, block.chainid, this registry)); the other 32 bytes are free.
    function reportDataFor(address oracle) external view returns (bytes32);
}
