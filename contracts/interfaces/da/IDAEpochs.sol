// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IDASigners} from "./IDASigners.sol";

/// @notice Where the preparation of the next epoch stands.
enum RoundPhase {
    Registration,
    Waiting,
    Beacon,
    Drawing,
    Ready
}

/// @notice Preparation of the next epoch.
/// @param epoch The epoch that is prepared.
/// @param phase What may be done now.
/// @param closeBlock Last block of registration; 0 while nobody registered and the time is over.
/// @param beaconBlock Block whose hash is the beacon; 0 as `closeBlock`.
/// @param signers Signers that registered.
/// @param undrawn Draws that are not ready.
/// @param beacon The beacon; 0 before it is captured.
struct Round {
    uint256 epoch;
    RoundPhase phase;
    uint256 closeBlock;
    uint256 beaconBlock;
    uint256 signers;
    uint256 undrawn;
    bytes32 beacon;
}

/// @notice A registration for an epoch.
/// @param seed What its ballots are hashed from: the first 24 bytes of the hash of the epoch signature.
/// @param signerId Number of the signer, in order of first registration.
/// @param votes How many ballots it has.
/// @param fits Bit s - 1 is set when it may be drawn for the policy in slot s ({IDALabels-policyTerm}).
struct Registration {
    bytes24 seed;
    uint24 signerId;
    uint24 votes;
    uint16 fits;
}

/// @title How the quorums of an epoch are drawn
/// @notice Registration for the next epoch closes at a block that is known from its begin; the hash of a later block
/// is the beacon. Ballot j of a registration is keccak256 of three words, seed ‖ zeros, beacon and j, so nobody can choose a key, or whether
/// to register, by where its ballots will be. A keeper sorts the ballots and shows them in order; the contract checks
/// that they ascend, that each is of a registration, and that none is left out. Whoever proposes the beacon's block
/// may still try other blocks: G tries multiply the chance of a bad draw by at most G.
interface IDAEpochs {
    // ------------------------------------------------------------------ errors

    /// @notice Registration is over.
    /// @param epoch The epoch.
    /// @param closeBlock The last block in which one could register.
    error RegistrationClosed(uint256 epoch, uint256 closeBlock);

    /// @notice More signers than an epoch takes.
    /// @param limit The most.
    error EpochFull(uint256 limit);

    /// @notice A registration needs a vote.
    error NoVotes();

    /// @notice It is not the time for this.
    /// @param phase Where the round stands.
    /// @param wanted Where it would have to stand.
    error WrongPhase(RoundPhase phase, RoundPhase wanted);

    /// @notice All ballots of the draw were shown, or it has none.
    /// @param policyId Policy of the draw.
    error NothingToDraw(uint256 policyId);

    /// @notice The keys of all quorums that were shown are added up.
    /// @param policyId Policy of the draw.
    error NothingToSum(uint256 policyId);

    /// @notice A call brings as many ballots as a quorum has rows, or all that are left when they are fewer.
    /// @param ballots How many came.
    /// @param expected How many the next call must bring.
    error WrongBallotCount(uint256 ballots, uint256 expected);

    /// @notice A ballot is of no registration of this draw.
    /// @param index Place of the ballot in the call.
    error NoSuchBallot(uint256 index);

    /// @notice A ballot is not above the one before.
    /// @param index Place of the ballot in the call.
    error NotAscending(uint256 index);

    /// @notice The keys of a signer of this epoch are not paged yet.
    /// @param signerId The signer.
    error KeysNotPaged(uint256 signerId);

    /// @notice These parameters make no epochs: votes and rows have bounds, and nothing is zero.
    error BadParams();

    /// @notice Nobody belongs into this page, or all who do are in it.
    /// @param page The page.
    error NothingToPage(uint256 page);

    // ------------------------------------------------------------------ events

    /// @notice A signer will have ballots.
    /// @param epoch The epoch.
    /// @param signer The signer.
    /// @param index Number of the registration in this epoch.
    /// @param votes Its ballots.
    event Registered(uint256 indexed epoch, address indexed signer, uint256 index, uint256 votes);

    /// @notice The beacon of an epoch is known: ballots can be sorted.
    /// @param epoch The epoch.
    /// @param beacon The hash of its beacon block.
    event BeaconCaptured(uint256 indexed epoch, bytes32 beacon);

    /// @notice Nobody captured the beacon in time; registration is open again.
    /// @param epoch The epoch.
    /// @param closeBlock The last block of registration now.
    event RegistrationReopened(uint256 indexed epoch, uint256 closeBlock);

    /// @notice A quorum is drawn.
    /// @param epoch The epoch.
    /// @param quorumId The quorum.
    /// @param members How many signers are in it.
    event QuorumPrepared(uint256 indexed epoch, uint256 indexed quorumId, uint256 members);

    /// @notice An epoch began.
    /// @param epoch The epoch.
    /// @param quorums Quorums of everybody's draw.
    event EpochMade(uint256 indexed epoch, uint256 quorums);

    // ----------------------------------------------------------------- actions

    /// @notice Set up the proxy, once.
    /// @param registry_ The DARegistry.
    /// @param params_ What all quorums share.
    /// @param registrationBlocks_ Blocks of registration, from the begin of an epoch.
    /// @param beaconDelayBlocks_ Blocks from the end of registration to the beacon's; at least 1.
    /// @param authority_ The AccessManager that may confirm labels, register policies, take both back, and upgrade.
    function initialize(
        address registry_,
        IDASigners.Params calldata params_,
        uint64 registrationBlocks_,
        uint64 beaconDelayBlocks_,
        address authority_
    ) external;

    /// @notice Keep the beacon, within 256 blocks of its block; later, registration opens again. Anyone.
    function captureBeacon() external;

    /// @notice Write the keys of up to 383 signers where aggregation reads them cheaply; once per page that is full,
    /// again for the last page when it grew. Anyone.
    /// @param page Page: signers 383·page to 383·page + 382.
    function pageKeys(uint256 page) external;

    /// @notice Show the next ballots of a draw, in ascending order. Anyone.
    /// @param policyId The draw: 0 for everybody's, else the policy.
    /// @param ballots 5 bytes each: number of the registration (2), number of its ballot (3), big endian. All of the
    /// next quorum; and behind the last quorum as many at a time as a quorum has rows, or all that are left.
    function prepareQuorum(uint256 policyId, bytes calldata ballots) external;

    /// @notice Add up the keys of the next quorum of a draw that was shown; they must be paged. Anyone.
    /// @param policyId The draw.
    function sumQuorum(uint256 policyId) external;

    // ------------------------------------------------------------------- views

    /// @notice Where the preparation of the next epoch stands.
    /// @return The round.
    function round() external view returns (Round memory);

    /// @notice Where a draw of the next epoch stands.
    /// @param policyId The draw.
    /// @return votes Ballots that it has.
    /// @return shown Ballots that were shown.
    /// @return quorums Quorums that it makes.
    /// @return summed Quorums whose keys are added up.
    function draw(uint256 policyId)
        external
        view
        returns (uint256 votes, uint256 shown, uint256 quorums, uint256 summed);

    /// @notice Registrations for an epoch.
    /// @param epoch The epoch.
    /// @param first Number of the first.
    /// @param count How many at most.
    /// @return Those that there are.
    function registrations(uint256 epoch, uint256 first, uint256 count) external view returns (Registration[] memory);

    /// @notice The beacon of an epoch.
    /// @param epoch The epoch.
    /// @return The hash; 0 when it is not known.
    function beaconOf(uint256 epoch) external view returns (bytes32);

    /// @notice When an epoch began.
    /// @param epoch The epoch.
    /// @return Its first block; 0 when it did not begin.
    function epochBlock(uint256 epoch) external view returns (uint256);

    /// @notice How many signers' keys a page holds.
    /// @param page The page.
    /// @return paged Keys in it.
    /// @return known Signers that belong into it.
    function keyPage(uint256 page) external view returns (uint256 paged, uint256 known);
}
