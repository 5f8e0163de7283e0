// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {G1Point} from "../../libraries/Bn254.sol";
import {IDASigners} from "./IDASigners.sol";

/// @title Stake of the signers of data availability
/// @notice The ABI of 0G's registry with stake (0gfoundation/0g-da-contract: contracts/DARegistry.sol). Ours can
/// be slashed, and stays locked as long as a signer can be asked for what it signed.
interface IDARegistry {
    // ------------------------------------------------------------------ errors

    /// @notice Accounts act themselves, not a contract for them.
    error ErrSenderNotOrigin();

    /// @notice Only the signer itself registers.
    error ErrSenderNotSigner();

    /// @notice The stake is not worth a vote.
    error ErrSenderNotEligibleToVote();

    /// @notice The stake of who signs now, or will in the next epoch, stays.
    error ErrSenderRegisteredCurrentOrNextEpoch();

    /// @notice The socket is longer than 96 bytes.
    error ErrSignerSocketTooLong();

    /// @notice There is nothing to withdraw, or less than a vote to register with.
    error ErrInsufficientStaked();

    /// @notice What was signed can still be challenged.
    /// @param signer The signer.
    /// @param freeEpoch The first epoch in which the stake may be withdrawn.
    error StakeLocked(address signer, uint256 freeEpoch);

    /// @notice Only the challenge contract slashes.
    /// @param caller Who tried.
    error NotTheChallenge(address caller);

    /// @notice Nothing is owed to the caller.
    /// @param account The caller.
    error NothingOwed(address account);

    /// @notice An address must not be zero.
    error ZeroAddress();

    /// @notice A vote costs something, and a signer may have one, and as many as it must have.
    error NoVotePossible();

    /// @notice The stake is worth fewer votes than a place in an epoch asks for.
    /// @param votes What it is worth.
    /// @param least What is asked for.
    error TooFewVotes(uint256 votes, uint256 least);

    /// @notice A payment was refused.
    /// @param to Who refused it.
    /// @param amount Wei.
    error PaymentFailed(address to, uint256 amount);

    // ------------------------------------------------------------------ events

    /// @notice Stake came.
    /// @param account Whose.
    /// @param amount Wei.
    event Staked(address account, uint256 amount);

    /// @notice Stake went back.
    /// @param account Whose.
    /// @param amount Wei.
    event Withdraw(address account, uint256 amount);

    /// @notice A signer lost stake.
    /// @param signer The signer.
    /// @param to Who gets it.
    /// @param amount Wei.
    event Slashed(address indexed signer, address indexed to, uint256 amount);

    /// @notice The challenge contract changed.
    /// @param challenge The new one.
    event ChallengeSet(address challenge);

    /// @notice The parameters changed.
    /// @param tokensPerVote Stake of a vote in wei.
    /// @param maxVotes Most votes of one signer.
    event ParamsSet(uint256 tokensPerVote, uint256 maxVotes);

    /// @notice Another least number of votes is asked for.
    /// @param votes Least votes of who registers for an epoch from now on.
    event LeastVotesSet(uint256 votes);

    // ----------------------------------------------------------------- actions

    /// @notice Set up the proxy, once.
    /// @param daSigners The DASigners.
    /// @param tokensPerVote Stake of a vote in wei.
    /// @param maxVotes Most votes of one signer.
    /// @param lockEpochs Epochs for which stake stays after the last epoch that its signer registered for; as long as
    /// what was signed in it can be challenged.
    /// @param authority_ The AccessManager that may set parameters and upgrade.
    function initialize(
        address daSigners,
        uint256 tokensPerVote,
        uint256 maxVotes,
        uint256 lockEpochs,
        address authority_
    ) external;

    /// @notice Add to the caller's stake. Refused of a contract, which could not take it back.
    function stake() external payable;

    /// @notice Take the caller's whole stake back, when nothing that it signed can be challenged any more.
    function withdraw() external;

    /// @notice Register the caller as a signer; its stake must be worth a vote.
    /// @param _signer Account (the caller), socket and keys.
    /// @param _signature Proof of possession: {IDASigners-registerSigner}.
    function registerSigner(IDASigners.SignerDetail calldata _signer, G1Point calldata _signature) external;

    /// @notice Register the caller for the next epoch, with a ballot per vote that its stake is worth.
    /// @param _signature Signature of the epoch: {IDASigners-registerNextEpoch}.
    function registerNextEpoch(G1Point calldata _signature) external;

    /// @notice Take stake of a signer, or what is left of it, and owe it to somebody. The challenge contract only.
    /// @param signer The signer.
    /// @param amount Wei at most.
    /// @param to To whom it is owed.
    /// @return taken Wei that it came to.
    function slash(address signer, uint256 amount, address to) external returns (uint256 taken);

    /// @notice Pay what slashing left for the caller.
    /// @param to Who is paid.
    function takeOwed(address payable to) external;

    /// @notice Name the challenge contract. The authority only.
    /// @param challenge_ The contract.
    function setChallenge(address challenge_) external;

    /// @notice Set what a vote costs. The authority only.
    /// @param maxVotes Most votes of one signer.
    /// @param tokensPerVote Stake of a vote in wei.
    function setParams(uint256 maxVotes, uint256 tokensPerVote) external;

    /// @notice Ask for more than one vote of who registers for an epoch. An epoch takes 16,384 signers, first come: this
    /// is the price at which its places can all be taken, without making votes coarser. The authority only.
    /// @param votes Least votes, at most `maxVotes`; 0 or 1 takes anybody who has a vote.
    function setLeastVotes(uint256 votes) external;

    // ------------------------------------------------------------------- views

    /// @notice What a vote costs.
    /// @return tokensPerVote Stake of a vote in wei.
    /// @return maxVotes Most votes of one signer.
    function params() external view returns (uint256 tokensPerVote, uint256 maxVotes);

    /// @notice What a place in an epoch asks for.
    /// @return Least votes; 0 for one.
    function leastVotes() external view returns (uint256);

    /// @notice Stake of an account.
    /// @param account The account.
    /// @return Wei.
    function staked(address account) external view returns (uint256);

    /// @notice What slashing left for an account.
    /// @param account The account.
    /// @return Wei.
    function owed(address account) external view returns (uint256);

    /// @notice The first epoch in which an account may withdraw.
    /// @param account The account.
    /// @return The epoch; 0 for who never registered for one.
    function freeEpoch(address account) external view returns (uint256);

    /// @notice Who may slash.
    /// @return The challenge contract; zero for nobody.
    function challenge() external view returns (address);

    /// @notice The DASigners.
    /// @return Its address.
    function DA_SIGNERS() external view returns (address);

    /// @notice Longest socket.
    /// @return Bytes.
    function MAX_SOCKET_LENGTH() external view returns (uint256);
}
