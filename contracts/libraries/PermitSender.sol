// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";

/// @title Who acts
/// @notice A permit is carried out as a call that the contract makes to itself. Only in such a call does the signer
/// stand for the caller: whoever the call reaches from there, and calls back, is themselves again.
library PermitSender {
    using TransientSlot for *;

    // keccak256(abi.encode(uint256(keccak256("zerog.transient.PermitSender")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant SIGNER = 0x5a9715ccb90b468c410210c329b139ac0670506e95ee053dd3fcde886d508e00;

    /// @notice Who acts in this call.
    /// @return signer The signer of the permit that is carried out, else the caller.
    function sender() internal view returns (address signer) {
        if (msg.sender != address(this)) return msg.sender;
        signer = SIGNER.asAddress().tload();
        return signer == address(0) ? msg.sender : signer;
    }

    /// @notice From now on calls of the contract to itself are the signer's.
    /// @param signer The signer; zero for nobody.
    /// @return before Whose they were.
    function swap(address signer) internal returns (address before) {
        before = SIGNER.asAddress().tload();
        SIGNER.asAddress().tstore(signer);
    }
}
