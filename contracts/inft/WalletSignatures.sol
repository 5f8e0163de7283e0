// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IWalletSignatures} from "../interfaces/IWalletSignatures.sol";

/// @title Signatures of contract wallets
/// @notice The manual is {IWalletSignatures}. It has no state and no rights anywhere: a signature may make it call an
/// address of the signer's choice.
contract WalletSignatures is IWalletSignatures {
    /// @dev Last word of a signature that says how its wallet is made (ERC-6492).
    bytes32 private constant MAGIC = 0x6492649264926492649264926492649264926492649264926492649264926492;

    /// @inheritdoc IWalletSignatures
    function isValid(address wallet, bytes32 digest, bytes calldata signature) external returns (bool) {
        uint256 length = signature.length;
        if (length < 32 || bytes32(signature[length - 32:]) != MAGIC) {
            return SignatureChecker.isValidERC1271SignatureNowCalldata(wallet, digest, signature);
        }
        (address factory, bytes memory call, bytes memory inner) =
            abi.decode(signature[:length - 32], (address, bytes, bytes));
        if (wallet.code.length == 0) {
            // What the factory answers does not matter: the wallet is there afterwards, or it is not.
            // solhint-disable-next-line avoid-low-level-calls
            (bool made,) = factory.call(call);
            if (!made || wallet.code.length == 0) return false;
        }
        return SignatureChecker.isValidERC1271SignatureNow(wallet, digest, inner);
    }
}
