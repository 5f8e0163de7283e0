// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Who signed a digest: an account's key, or the account itself as a contract (ERC-1271)
library Signers {
    /// @notice Whether an account signed.
    /// @dev The key first: an account that delegates to code (EIP-7702) still has its key, and its code need not know
    /// ERC-1271.
    /// @param account The account.
    /// @param digest What was signed.
    /// @param signature 65 bytes r, s, v, or what the contract understands.
    /// @return True when it did.
    function signed(address account, bytes32 digest, bytes memory signature) internal view returns (bool) {
        (address recovered, ECDSA.RecoverError error_,) = ECDSA.tryRecover(digest, signature);
        if (error_ == ECDSA.RecoverError.NoError && recovered == account) return true;
        return account.code.length != 0 && SignatureChecker.isValidERC1271SignatureNow(account, digest, signature);
    }
}
