// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IAgentPermits} from "../interfaces/IAgentPermits.sol";
import {IAgentRental} from "../interfaces/IAgentRental.sol";
import {IERC4907} from "../interfaces/IERC4907.sol";
import {IERC7857} from "../interfaces/IERC7857.sol";
import {IERC7857Agentic} from "../interfaces/IERC7857Agentic.sol";
import {IntelligentData} from "../interfaces/IERC7857Metadata.sol";
import {IPurse} from "../interfaces/IPurse.sol";

/// @title What a permit for each function looks like
/// @notice The manual is {IAgentPermits}; the Python twin is zerog/inft/life/permits.py.
/// @dev Where all parameters are of fixed size, the words of the calldata are the words of the struct. The ABI decoder
/// of the function refuses words with bits that their type does not have, so that no two calls have one struct.
library PermitTypes {
    uint256 private constant WORD = 32;
    bytes32 private constant UPDATE_TYPEHASH =
        keccak256("Update(uint256 tokenId,bytes32 dataHash,bytes32 sealedKeysHash,uint256 nonce,uint256 deadline)");

    /// @notice Struct hash of the permit for a call.
    /// @param call Calldata of the function.
    /// @param nonce The nonce.
    /// @param deadline Last second in which the permit holds, Unix time.
    /// @return The hash.
    function structHash(bytes calldata call, uint256 nonce, uint256 deadline) internal pure returns (bytes32) {
        bytes4 selector = bytes4(call);
        if (selector == IERC7857Agentic.update.selector) return _update(call[4:], nonce, deadline);
        (bytes32 typeHash, uint256 words) = typeOf(selector);
        uint256 wanted = 4 + WORD * words;
        require(call.length == wanted, IAgentPermits.BadPermitCall(wanted, call.length));
        return keccak256(abi.encodePacked(typeHash, call[4:], nonce, deadline));
    }

    /// @notice Type of the permit for a function whose parameters have fixed size.
    /// @param selector The function.
    /// @return typeHash Hash of the type.
    /// @return words Parameters of the function.
    function typeOf(bytes4 selector) internal pure returns (bytes32 typeHash, uint256 words) {
        if (selector == IERC7857.authorizeUsage.selector) {
            return (keccak256("AuthorizeUsage(uint256 tokenId,address user,uint256 nonce,uint256 deadline)"), 2);
        }
        if (selector == IERC7857.revokeAuthorization.selector) {
            return (keccak256("RevokeAuthorization(uint256 tokenId,address user,uint256 nonce,uint256 deadline)"), 2);
        }
        if (selector == IERC7857.approve.selector) {
            return (keccak256("Approve(address to,uint256 tokenId,uint256 nonce,uint256 deadline)"), 2);
        }
        if (selector == IERC4907.setUser.selector) {
            return (keccak256("SetUser(uint256 tokenId,address user,uint64 expires,uint256 nonce,uint256 deadline)"), 3);
        }
        if (selector == IAgentRental.rent.selector) {
            return (keccak256("Rent(uint256 offerId,address tenant,uint32 periods,uint256 nonce,uint256 deadline)"), 3);
        }
        return _leaseTypeOf(selector);
    }

    function _leaseTypeOf(bytes4 selector) private pure returns (bytes32 typeHash, uint256 words) {
        if (selector == IAgentRental.extendLease.selector) {
            return (keccak256("ExtendLease(uint256 leaseId,uint32 periods,uint256 nonce,uint256 deadline)"), 2);
        }
        if (selector == IAgentRental.cancelLease.selector) {
            return (keccak256("CancelLease(uint256 leaseId,uint256 nonce,uint256 deadline)"), 1);
        }
        if (selector == IAgentRental.closeOffer.selector) {
            return (keccak256("CloseOffer(uint256 offerId,uint256 nonce,uint256 deadline)"), 1);
        }
        if (selector == IPurse.withdrawCredit.selector) {
            return (keccak256("WithdrawCredit(address currency,address to,uint256 nonce,uint256 deadline)"), 2);
        }
        revert IAgentPermits.NoPermitFor(selector);
    }

    /// @dev The one function with lists; they enter by their hashes.
    function _update(bytes calldata parameters, uint256 nonce, uint256 deadline) private pure returns (bytes32) {
        (uint256 tokenId, IntelligentData[] memory data, bytes[] memory sealedKeys) =
            abi.decode(parameters, (uint256, IntelligentData[], bytes[]));
        bytes32 dataHash = keccak256(abi.encode(data));
        bytes32 keysHash = keccak256(abi.encode(sealedKeys));
        return keccak256(abi.encode(UPDATE_TYPEHASH, tokenId, dataHash, keysHash, nonce, deadline));
    }
}
