// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IAgentPermits} from "../../interfaces/IAgentPermits.sol";
import {IWalletSignatures} from "../../interfaces/IWalletSignatures.sol";
import {PermitSender} from "../../libraries/PermitSender.sol";
import {Permits} from "../../libraries/Permits.sol";
import {PermitTypes} from "../../libraries/PermitTypes.sol";
import {WalletSignatures} from "../WalletSignatures.sol";

/// @title Acting by signature
/// @notice The manual is {IAgentPermits}.
/// @dev Not guarded against reentrancy: the function that is called is, where it needs to be.
contract PermitFacet is IAgentPermits {
    // A contract without rights: an ERC-6492 signature makes its checker call an address of the signer's choice.
    IWalletSignatures private immutable _wallets = new WalletSignatures();

    /// @inheritdoc IAgentPermits
    function executePermit(
        address signer,
        bytes calldata call,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external returns (bytes memory result) {
        bytes32 digest = Permits.digest(PermitTypes.structHash(call, nonce, deadline));
        Permits.spend(signer, nonce, deadline);
        if (signature.length == 65 && signer.code.length == 0) {
            Permits.check(signer, digest, signature);
        } else {
            require(_wallets.isValid(signer, digest, signature), BadPermitSignature(signer));
        }
        address before = PermitSender.swap(signer);
        result = Address.functionCall(address(this), call);
        PermitSender.swap(before);
        emit PermitUsed(signer, nonce, bytes4(call));
    }

    /// @inheritdoc IAgentPermits
    function burnPermitNonce(uint256 nonce) external {
        Permits.burn(msg.sender, nonce);
        emit PermitNonceBurnt(msg.sender, nonce);
    }

    /// @inheritdoc IAgentPermits
    function permitDigest(bytes calldata call, uint256 nonce, uint256 deadline) external view returns (bytes32) {
        return Permits.digest(PermitTypes.structHash(call, nonce, deadline));
    }

    /// @inheritdoc IAgentPermits
    function isPermitNonceUsed(address signer, uint256 nonce) external view returns (bool) {
        return Permits.isUsed(signer, nonce);
    }
}
