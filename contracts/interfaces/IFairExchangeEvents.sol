// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Container} from "../libraries/KeccakCtr.sol";
import {AccessProof, TransferValidityProof} from "./IERC7857DataVerifier.sol";
import {EscrowState, EscrowTerms, Fault} from "./IFairExchange.sol";

/// @title What an exchange says
/// @notice Errors and events of {IFairExchange}.
interface IFairExchangeEvents {
    // ------------------------------------------------------------------ errors

    /// @notice The escrow is in another state than this act needs.
    /// @param escrowId The escrow.
    /// @param state Its state.
    error WrongEscrowState(uint256 escrowId, EscrowState state);

    /// @notice Only the other party may do this now.
    /// @param escrowId The escrow.
    /// @param caller Who tried.
    error NotTheParty(uint256 escrowId, address caller);

    /// @notice The caller does not own the token.
    /// @param tokenId The token.
    /// @param owner Its owner.
    error NotTheSeller(uint256 tokenId, address owner);

    /// @notice The token has not exactly one item of data.
    /// @param tokenId The token.
    /// @param count Its items.
    error NotOneItem(uint256 tokenId, uint256 count);

    /// @notice No container of suite 2 is registered for this data: it cannot be sold with this protection.
    /// @param dataHash Storage root.
    error NotProtected(bytes32 dataHash);

    /// @notice A time is shorter or longer than is allowed.
    /// @param given Seconds.
    /// @param least Shortest, seconds.
    /// @param most Longest, seconds.
    error TimeOutOfRange(uint256 given, uint256 least, uint256 most);

    /// @notice The bond is too small.
    /// @param bond The bond given, base units.
    /// @param least The smallest, base units.
    error BondTooSmall(uint256 bond, uint256 least);

    /// @notice A challenge would cost more than the sale.
    /// @param answerFee The fee given, base units.
    /// @param price The price, base units.
    error AnswerFeeTooHigh(uint256 answerFee, uint256 price);

    /// @notice The terms are not the ones that the buyer saw.
    /// @param expected Hash of the terms that the buyer saw.
    /// @param found Hash of the terms of this escrow.
    error TermsDiffer(bytes32 expected, bytes32 found);

    /// @notice It is too late for this.
    /// @param deadline Last moment, seconds since 1970.
    error TooLate(uint256 deadline);

    /// @notice It is too early for this.
    /// @param from First moment, seconds since 1970.
    error TooEarly(uint256 from);

    /// @notice A delivery is exactly one pair of proofs, with the consent that the buyer left; a hand-over is the
    /// delivered pair.
    /// @param escrowId The escrow.
    error NotTheDelivery(uint256 escrowId);

    /// @notice The seal given is not the one that was delivered.
    /// @param escrowId The escrow.
    error NotTheDeliveredSeal(uint256 escrowId);

    /// @notice A block is challenged already, or was answered.
    /// @param escrowId The escrow.
    /// @param index The block.
    error AlreadyChallenged(uint256 escrowId, uint256 index);

    /// @notice The seller has enough challenges to answer already.
    /// @param escrowId The escrow.
    /// @param most Most challenges without an answer.
    error TooManyChallenges(uint256 escrowId, uint256 most);

    /// @notice There is no challenge without an answer for this block.
    /// @param escrowId The escrow.
    /// @param index The block.
    error NotChallenged(uint256 escrowId, uint256 index);

    /// @notice Challenges without an answer keep the sale open.
    /// @param escrowId The escrow.
    /// @param count Their number.
    error ChallengesOpen(uint256 escrowId, uint256 count);

    /// @notice The key is right: there is nothing to complain about.
    error KeyIsRight();

    /// @notice The key in the seal is not the key of the container: complain about that.
    error KeyIsWrong();

    /// @notice The token did not arrive.
    /// @param tokenId The token.
    error NotHandedOver(uint256 tokenId);

    // ------------------------------------------------------------------ events

    /// @notice Tokens with this data can be sold here.
    /// @param dataHash Storage root.
    /// @param container The head of its container.
    event Registered(bytes32 indexed dataHash, Container container);

    /// @notice A token is for sale.
    /// @param escrowId The escrow.
    /// @param tokenId The token.
    /// @param seller The seller.
    /// @param dataHash Storage root of its data.
    /// @param terms The terms.
    event Offered(
        uint256 indexed escrowId, uint256 indexed tokenId, address indexed seller, bytes32 dataHash, EscrowTerms terms
    );

    /// @notice An offer was taken back.
    /// @param escrowId The escrow.
    event Cancelled(uint256 indexed escrowId);

    /// @notice The price is locked.
    /// @param escrowId The escrow.
    /// @param buyer The buyer.
    /// @param deadline Of the delivery, seconds since 1970.
    /// @param targetKey Public key to seal to, 64 bytes.
    /// @param consent The buyer's consent.
    event Paid(uint256 indexed escrowId, address indexed buyer, uint256 deadline, bytes targetKey, AccessProof consent);

    /// @notice The key is handed over.
    /// @param escrowId The escrow.
    /// @param buyer The buyer.
    /// @param deadline Of complaints, seconds since 1970.
    /// @param pair Both proofs, the sealed key inside.
    event Delivered(uint256 indexed escrowId, address indexed buyer, uint256 deadline, TransferValidityProof pair);

    /// @notice The buyer cannot get a block of the stored file.
    /// @param escrowId The escrow.
    /// @param index The block: 1,024 bytes from 1,024 times this.
    /// @param due Until when an answer is expected, seconds since 1970.
    event Challenged(uint256 indexed escrowId, uint256 indexed index, uint256 due);

    /// @notice Here is the block.
    /// @param escrowId The escrow.
    /// @param index The block.
    /// @param by Who answered.
    /// @param data Its 1,024 bytes.
    event Answered(uint256 indexed escrowId, uint256 indexed index, address indexed by, bytes data);

    /// @notice The buyer has the money back, the seller the token.
    /// @param escrowId The escrow.
    /// @param fault Why.
    /// @param amount What the buyer was credited, base units.
    event Refunded(uint256 indexed escrowId, Fault fault, uint256 amount);

    /// @notice A data key is public.
    /// @param escrowId The escrow.
    /// @param dataHash Storage root of the data that it was sold for.
    /// @param dataKey The data key; zero when the seal holds none.
    event KeyRevealed(uint256 indexed escrowId, bytes32 indexed dataHash, bytes32 dataKey);

    /// @notice The seller is paid.
    /// @param escrowId The escrow.
    /// @param handedOver Whether the token went to the buyer; if not, it waits for `collect`.
    /// @param proceeds What the seller was credited beside the bond, base units.
    event Finished(uint256 indexed escrowId, bool handedOver, uint256 proceeds);

    /// @notice A buyer took a token that waited.
    /// @param escrowId The escrow.
    event Collected(uint256 indexed escrowId);
}
