// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IAgentNFT} from "../../interfaces/IAgentNFT.sol";
import {ICommitteeDesk, Wish, WishState} from "../../interfaces/ICommitteeDesk.sol";
import {AccessProof, TransferValidityProof} from "../../interfaces/IERC7857DataVerifier.sol";
import {IKeyDeposits} from "../../interfaces/IKeyDeposits.sol";
import {Handing, SaleConsent} from "../../libraries/SaleConsent.sol";

/// @title CommitteeDesk
/// @notice The manual is {ICommitteeDesk}. Owners approve this contract for their tokens, so nobody can change it.
contract CommitteeDesk is ICommitteeDesk {
    /// @inheritdoc ICommitteeDesk
    uint32 public constant MIN_WINDOW = 60;

    /// @inheritdoc ICommitteeDesk
    uint32 public constant MAX_WINDOW = 7 days;

    /// @inheritdoc ICommitteeDesk
    IKeyDeposits public immutable vault;

    /// @inheritdoc ICommitteeDesk
    uint256 public wishes;

    mapping(uint256 wishId => Wish) private _wishes;

    /// @notice A desk of one committee.
    /// @param vault_ Where keys are deposited.
    constructor(IKeyDeposits vault_) {
        require(address(vault_) != address(0), ZeroAddress());
        vault = vault_;
    }

    /// @inheritdoc ICommitteeDesk
    function wish(
        address token,
        uint256 tokenId,
        address to,
        uint32 window,
        bytes calldata targetKey,
        AccessProof[] calldata consents
    ) external returns (uint256 wishId) {
        address owner = IERC721(token).ownerOf(tokenId);
        require(owner == msg.sender && owner != to, NotTheOwner(tokenId, owner, msg.sender));
        require(window >= MIN_WINDOW && window <= MAX_WINDOW, WindowOutOfRange(window));
        uint64 deadline = uint64(block.timestamp) + window;
        SaleConsent.checkKey(targetKey);
        SaleConsent.check(Handing(IAgentNFT(token), tokenId, owner, to, deadline), targetKey, consents);
        _requireDeposits(token, tokenId, consents.length);
        wishId = ++wishes;
        bytes32 keyHash = keccak256(targetKey);
        _wishes[wishId] = Wish(WishState.Open, token, uint64(block.number), tokenId, owner, deadline, to, keyHash);
        emit WishMade(wishId, tokenId, to, token, targetKey, deadline, consents);
        IAgentNFT(token).lock(tokenId);
    }

    /// @inheritdoc ICommitteeDesk
    function fulfil(uint256 wishId, TransferValidityProof[] calldata proofs) external {
        Wish storage made = _open(wishId);
        require(block.timestamp <= made.deadline, TooLate(made.deadline));
        made.state = WishState.Done;
        emit WishFulfilled(wishId);
        IAgentNFT(made.token).iTransfer(made.to, made.tokenId, proofs);
    }

    /// @inheritdoc ICommitteeDesk
    function end(uint256 wishId) external {
        Wish storage made = _open(wishId);
        require(block.timestamp > made.deadline, TooEarly(made.deadline));
        made.state = WishState.Ended;
        emit WishEnded(wishId);
        IAgentNFT(made.token).unlock(made.tokenId);
    }

    /// @inheritdoc ICommitteeDesk
    function wishOf(uint256 wishId) external view returns (Wish memory) {
        return _wishes[wishId];
    }

    function _open(uint256 wishId) private view returns (Wish storage made) {
        made = _wishes[wishId];
        require(made.state == WishState.Open, WrongState(wishId, made.state));
    }

    /// @dev A wish that the committee could not grant would lock the token for nothing.
    function _requireDeposits(address token, uint256 tokenId, uint256 count) private view {
        for (uint256 i = 0; i < count; ++i) {
            require(vault.isLive(token, tokenId, i), NotDeposited(tokenId, i));
        }
    }
}
