// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {CommitteeParams, ICommittee} from "../../interfaces/ICommittee.sol";
import {Point} from "../../libraries/Secp256k1.sol";
import {CommitteeRounds} from "./CommitteeRounds.sol";

/// @title Committee
/// @notice The manual is the interface; bonds are in CommitteeMembers, rounds in CommitteeRounds, what is sealed to
/// the keys in CommitteeVault.
contract Committee is CommitteeRounds, UUPSUpgradeable {
    // ------------------------------------------------------------ construction

    /// @notice The logic itself stays uninitialised for ever; only proxies are.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc ICommittee
    function initialize(CommitteeParams calldata params_, address authority_) external initializer {
        require(authority_ != address(0), ZeroAddress());
        __AccessManaged_init(authority_);
        _setParams(params_);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc ICommittee
    function activeKey() external view returns (uint256) {
        return _committee().lastKey;
    }

    /// @inheritdoc ICommittee
    function keyOf(uint256 keyId) external view returns (Point memory key, uint256 sharingId) {
        Key storage held = _committee().keys[keyId];
        return (held.point, held.sharingId);
    }

    /// @inheritdoc ICommittee
    function sharingOf(uint256 sharingId)
        external
        view
        returns (uint256 keyId, uint16 threshold, uint16[] memory slots, Point[] memory publics)
    {
        Sharing storage sharing = _committee().sharings[sharingId];
        (keyId, threshold, slots) = (sharing.keyId, sharing.threshold, sharing.slots);
        publics = new Point[](slots.length);
        for (uint256 i = 0; i < slots.length; ++i) {
            publics[i] = sharing.publics[slots[i]];
        }
    }

    /// @inheritdoc ICommittee
    function thresholdOf(uint256 sharingId) external view returns (uint16) {
        return _committee().sharings[sharingId].threshold;
    }

    /// @inheritdoc ICommittee
    function publicOf(uint256 sharingId, uint16 slot)
        external
        view
        returns (uint256 keyId, address account, Point memory value)
    {
        CommitteeStorage storage $ = _committee();
        Sharing storage sharing = $.sharings[sharingId];
        return (sharing.keyId, $.members[slot].account, sharing.publics[slot]);
    }

    /// @dev The modifier judges by the selector that entered the contract: upgradeToAndCall.
    function _authorizeUpgrade(address) internal override restricted {}
}
