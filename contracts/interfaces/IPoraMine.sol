// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {MineContext} from "./IFlow.sol";

/// @notice The part of the flow that an answer covers, and the shard of it that the miner holds.
/// @param startPosition First sector, a multiple of the pricing chunk and of 1024.
/// @param mineLength Number of sectors.
/// @param shardId Bits of a load's number that the shard fixes.
/// @param shardMask One bit for each bit of a load's number that the shard leaves free: 2^64 - 1 for one shard.
struct RecallRange {
    uint256 startPosition;
    uint256 mineLength;
    uint64 shardId;
    uint64 shardMask;
}

/// @notice A found unit.
/// @param contextDigest Digest of the context that was mined.
/// @param nonce Any word; it decides which load is recalled.
/// @param minerId Who mined it: the pad, the seal and the reward are this miner's.
/// @param range What the miner holds.
/// @param recallPosition First sector of the unit.
/// @param sealOffset Which of the 64 units of the load it is.
/// @param sealedContextDigest Digest of the epoch that holds the unit's end; the seal's key.
/// @param sealedData The sealed unit: 4,096 bytes.
/// @param merkleProof Siblings from the unit's root, four levels above the sectors, to the flow's root.
struct PoraAnswer {
    bytes32 contextDigest;
    bytes32 nonce;
    bytes32 minerId;
    RecallRange range;
    uint256 recallPosition;
    uint256 sealOffset;
    bytes32 sealedContextDigest;
    bytes32[128] sealedData;
    bytes32[] merkleProof;
}

/// @notice What a miner needs to begin.
/// @param context The epoch's context.
/// @param poraTarget Largest output of an unsharded miner that passes; zero when the epoch is full.
/// @param subtaskDigest What the pad binds of the epoch and the miner's window; zero outside of the window.
/// @param maxShards In how many shards data may be held.
struct WorkerContext {
    MineContext context;
    uint256 poraTarget;
    bytes32 subtaskDigest;
    uint64 maxShards;
}

/// @notice Parameters at the start.
/// @param difficulty One output in so many passes at first; at least 1.
/// @param targetMineBlocks Length of a window in blocks, 1 to 256.
/// @param targetSubmissions Answers per epoch at which the difficulty stays, at least 1; twice as many are taken.
/// @param maxShards In how many shards data may be held: a power of two.
/// @param nSubtasks How many windows an epoch has, at least 1.
/// @param subtaskInterval Blocks between the starts of two windows.
struct MineInitParams {
    uint256 difficulty;
    uint256 targetMineBlocks;
    uint256 targetSubmissions;
    uint64 maxShards;
    uint256 nSubtasks;
    uint256 subtaskInterval;
}

/// @title Mining by proof of random access
/// @notice A miner proves that it holds the flow's data in a form of its own: a nonce picks a load of 256 KiB, one of its
/// 64 sealed units, mixed with a pad that depends on miner, nonce, epoch and range, must hash below the target, and the
/// unsealed unit must prove to the flow's root. An accepted answer claims the reward of the unit's pricing chunk.
///
/// Whose answer it is: everything in an answer hangs on its miner id, and the reward goes to the beneficiary of that id
/// whoever sends the transaction. Who copies an answer out of the mempool pays the gas and earns it for the miner; the
/// miner's own transaction then reverts with "Answer has been submitted". An id hangs on who requests it.
///
/// Strings instead of errors with names where official miners read them.
/// @dev Names, selectors, events, strings and formulas: 0gfoundation/0g-storage-contracts, PoraMine, MineLib and
/// RecallRange. Different from there: one AccessManager instead of roles; the size of a pricing chunk is asked of the
/// reward contract; a sealing offset must be below 64; a proof must be as long as the flow's tree is high; a range must
/// hold a load; `canSubmit` sent as a transaction changes nothing here; parameters have bounds.
interface IPoraMine {
    // ------------------------------------------------------------------ errors

    /// @notice A parameter outside of its bounds.
    /// @param value The value.
    /// @param least Smallest that is allowed.
    /// @param most Largest that is allowed.
    error OutOfBounds(uint256 value, uint256 least, uint256 most);

    /// @notice The number of shards must be a power of two.
    /// @param value The value.
    error NotAPowerOfTwo(uint256 value);

    /// @notice The last window would not close before its epoch does.
    /// @param needed Blocks that all windows need.
    /// @param blocksPerEpoch Blocks of an epoch; must be more.
    error WindowsExceedEpoch(uint256 needed, uint256 blocksPerEpoch);

    /// @notice An address that must be somebody is zero.
    error ZeroAddress();

    // ------------------------------------------------------------------ events

    /// @notice A miner id was given out.
    /// @param minerId The id.
    /// @param beneficiary Who gets its rewards and may pass it on.
    event NewMinerId(bytes32 indexed minerId, address indexed beneficiary);

    /// @notice A miner id was passed on.
    /// @param minerId The id.
    /// @param from Beneficiary until now.
    /// @param to Beneficiary from now on.
    event UpdateMinerId(bytes32 indexed minerId, address indexed from, address indexed to);

    /// @notice An answer was accepted.
    /// @param epoch Epoch of the context that was mined.
    /// @param minerId Whose answer it is.
    /// @param epochIndex How many were accepted before it in this epoch.
    /// @param recallPosition First sector of the proven unit.
    event NewSubmission(uint256 indexed epoch, bytes32 indexed minerId, uint256 epochIndex, uint256 recallPosition);

    /// @notice A parameter was set.
    /// @param name Name of its view, as ASCII.
    /// @param value The value.
    event ParameterChanged(bytes32 indexed name, uint256 value);

    // --------------------------------------------------------------- functions

    /// @notice Set up; the proxy's constructor calls it, once. The flow must have been set up before.
    /// @param flow_ Flow whose data is mined.
    /// @param reward_ Contract that pays for answers.
    /// @param params Parameters at the start; the windows must fit into the flow's epochs.
    /// @param authority_ AccessManager that may set parameters and upgrade.
    function initialize(address flow_, address reward_, MineInitParams calldata params, address authority_) external;

    /// @notice Get a miner id: keccak256 of the hash of the block before, the caller and the seed. Reverts with
    /// "MinerId has registered" for the same request a second time in one block.
    /// @param beneficiary Who gets the rewards, not zero.
    /// @param seed Any number; callers who want several ids in one block choose several.
    function requestMinerId(address beneficiary, uint64 seed) external;

    /// @notice Pass a miner id on. Reverts with "Sender does not own minerId" unless the caller is its beneficiary.
    /// @param to Beneficiary from now on, not zero.
    /// @param minerId The id.
    function transferBeneficial(address to, bytes32 minerId) external;

    /// @notice Answer. Anyone may send it; the reward is the miner's. Rolls ended epochs over first. Reverts, in this
    /// order, with "MinerId cannot be zero", "MinerId does not registered", those of `getSubtaskDigest`, those of
    /// `basicCheck`, "Exceeding the allowed number of shards", "Seal digest cannot be empty", "Inconsistent merkle root",
    /// those of `pora`, "Do not reach target quality", "Answer has been submitted".
    /// @param answer The answer.
    function submit(PoraAnswer calldata answer) external;

    /// @notice Whether the epoch takes another answer, after rolling ended epochs over.
    /// @return True if it does.
    function canSubmit() external returns (bool);

    /// @notice What a miner needs to begin, after rolling ended epochs over. For eth_call with the caller
    /// `computeWorkerContextCaller()`; others: "Only authorized caller can compute worker context".
    /// @param minerId The miner.
    /// @return Context, target, subtask digest and number of shards.
    function computeWorkerContext(bytes32 minerId) external returns (WorkerContext memory);

    /// @notice Set the length of a window. Restricted.
    /// @param targetMineBlocks_ Blocks, 1 to 256: the hash of a window's first block must be at hand at its end.
    function setTargetMineBlocks(uint256 targetMineBlocks_) external;

    /// @notice Set how many answers an epoch aims at, from the next mined epoch on. Restricted.
    /// @param targetSubmissions_ Answers, at least 1.
    function setTargetSubmissions(uint256 targetSubmissions_) external;

    /// @notice Set how slowly the difficulty follows. Restricted.
    /// @param difficultyAdjustRatio_ One over the weight of one epoch: 1 to 65535.
    function setDifficultyAdjustRatio(uint256 difficultyAdjustRatio_) external;

    /// @notice Set in how many shards data may be held. Restricted.
    /// @param maxShards_ A power of two.
    function setMaxShards(uint64 maxShards_) external;

    /// @notice Set the difficulty below which no adjustment goes. Restricted.
    /// @param minDifficulty_ One output in so many; zero for no limit.
    function setMinDifficulty(uint256 minDifficulty_) external;

    /// @notice Set how many windows an epoch has, from the next mined epoch on. Restricted.
    /// @param nSubtasks_ Windows, at least 1.
    function setNumSubtasks(uint256 nSubtasks_) external;

    /// @notice Set the distance of windows, from the next mined epoch on. Restricted.
    /// @param subtaskInterval_ Blocks.
    function setSubtaskInterval(uint256 subtaskInterval_) external;

    // ------------------------------------------------------------------- views

    /// @notice The checks that need no data. Reverts, in this order, with "Inconsistent mining digest", "Empty digest can
    /// not mine", "Epoch has enough submissions", "Start position is not aligned", "Mining range overflow", "Mining range
    /// too long", "Mining range too short", "Masked bits should be zero", "Invalid sealed context digest".
    /// @param answer The answer.
    /// @param context The context that it should be for.
    function basicCheck(PoraAnswer calldata answer, MineContext calldata context) external view;

    /// @notice Output of an answer. Reverts with "Recall position out of bound" or "Incorrect recall position".
    /// @param answer The answer.
    /// @param subtaskDigest What its pad binds of the epoch and the window.
    /// @return The output; as a number it must not be above the target.
    function pora(PoraAnswer calldata answer, bytes32 subtaskDigest) external view returns (bytes32);

    /// @notice What a miner's pad binds in this block. Reverts with "Internal error: epoch number decrease", "Earlier than
    /// expected subtask start block." or "Mine deadline exceed".
    /// @param context The context.
    /// @param minerId The miner.
    /// @return keccak256(abi.encode(context.digest, hash of the window's first block)).
    function getSubtaskDigest(MineContext calldata context, bytes32 minerId) external view returns (bytes32);

    /// @notice The flow whose data is mined.
    /// @return Its address.
    function flow() external view returns (address);

    /// @notice The contract that pays for answers.
    /// @return Its address.
    function reward() external view returns (address);

    /// @notice Largest output of an unsharded miner that passed in the last mined epoch.
    /// @return The target.
    function poraTarget() external view returns (uint256);

    /// @notice The difficulty below which no adjustment goes.
    /// @return One output in so many; zero for no limit.
    function minDifficulty() external view returns (uint256);

    /// @notice How slowly the difficulty follows.
    /// @return One over the weight of one epoch.
    function difficultyAdjustRatio() external view returns (uint256);

    /// @notice In how many shards data may be held.
    /// @return The number.
    function maxShards() external view returns (uint64);

    /// @notice The last epoch in which an answer was accepted.
    /// @return Its number; zero before the first answer.
    function lastMinedEpoch() external view returns (uint256);

    /// @notice Answers accepted in the last mined epoch.
    /// @return Their number.
    function currentSubmissions() external view returns (uint256);

    /// @notice Length of a window.
    /// @return Number of blocks.
    function targetMineBlocks() external view returns (uint256);

    /// @notice Answers that the last mined epoch aimed at.
    /// @return Their number.
    function targetSubmissions() external view returns (uint256);

    /// @notice Answers that the next mined epoch aims at.
    /// @return Their number.
    function targetSubmissionsNextEpoch() external view returns (uint256);

    /// @notice Windows of the last mined epoch.
    /// @return Their number.
    function nSubtasks() external view returns (uint256);

    /// @notice Windows of the next mined epoch.
    /// @return Their number.
    function nSubtasksNextEpoch() external view returns (uint256);

    /// @notice Distance of windows in the last mined epoch.
    /// @return Number of blocks.
    function subtaskInterval() external view returns (uint256);

    /// @notice Distance of windows in the next mined epoch.
    /// @return Number of blocks.
    function subtaskIntervalNextEpoch() external view returns (uint256);

    /// @notice Who gets the rewards of a miner id.
    /// @param minerId The id.
    /// @return Address of the beneficiary; zero for an unknown id.
    function beneficiaries(bytes32 minerId) external view returns (address);

    /// @notice Whether answers carry sealed data; without, they carry it plain.
    /// @return True unless built with NO_DATA_SEAL.
    function sealDataEnabled() external view returns (bool);

    /// @notice Whether a unit must prove to the flow's root.
    /// @return True unless built with NO_DATA_PROOF.
    function dataProofEnabled() external view returns (bool);

    /// @notice Whether every output passes, for ever.
    /// @return True if built with FIXED_DIFFICULTY.
    function fixedDifficulty() external view returns (bool);

    /// @notice Version of the rules.
    /// @return 1.
    function poraVersion() external pure returns (uint256);

    /// @notice The one caller that `computeWorkerContext` answers.
    /// @return The address 0x0A, which only an eth_call can name.
    function computeWorkerContextCaller() external pure returns (address);
}
