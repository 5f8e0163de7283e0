// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {MinimalToken} from "./MinimalToken.sol";

/// @notice F7: private data also moves the plain way.
contract FlawedPlainTransfer is MinimalToken {
    constructor(address oracle_) MinimalToken(oracle_) {}

    function transferFrom(address from, address to, uint256 id) external {
        require(msg.sender == from && ownerOf[id] == from, NotOwner());
        ownerOf[id] = to; // Flawed rule: no key for the new owner.
    }
}

/// @notice F5: the verifier's pause is not asked for by its check.
contract FlawedPausedVerifier is MinimalToken {
    bool public paused;

    constructor(address oracle_) MinimalToken(oracle_) {}

    function pause() external {
        paused = true;
    }

    function verifyTransferValidity(Act calldata act, Proof calldata proof) external {
        _burnNonces(act, proof); // Flawed rule: works while paused.
    }
}

/// @notice F10: the pause stops mints only.
contract FlawedPause is MinimalToken {
    error EnforcedPause();

    bool public paused;
    mapping(uint256 id => address) public getApproved;

    constructor(address oracle_) MinimalToken(oracle_) {}

    function pause() external {
        paused = true;
    }

    function mint(address to, bytes32 hash) public override returns (uint256) {
        require(!paused, EnforcedPause()); // Flawed rule: this is the only place that asks.
        return super.mint(to, hash);
    }

    function approve(address to, uint256 id) external {
        require(msg.sender == ownerOf[id], NotOwner());
        getApproved[id] = to;
    }
}

/// @notice F12: ERC-165 is silent on what makes the token intelligent.
contract FlawedInterfaces is MinimalToken, IERC165 {
    constructor(address oracle_) MinimalToken(oracle_) {}

    function supportsInterface(bytes4 id) external pure returns (bool) {
        // Flawed rule: iTransfer and iClone are there, and no caller can find out.
        return id == type(IERC165).interfaceId || id == type(IERC721).interfaceId;
    }
}

/// @notice F19: the receiver is called before the key is published, with no guard.
contract FlawedCallback is MinimalToken {
    constructor(address oracle_) MinimalToken(oracle_) {}

    function _move(address to, uint256 id, bytes memory sealedKey) internal override {
        ownerOf[id] = to;
        if (to.code.length != 0) {
            IERC721Receiver(to).onERC721Received(msg.sender, msg.sender, id, ""); // Flawed rule: too early.
        }
        emit PublishedSealedKey(to, id, sealedKey);
    }

    /// @dev A contract has no key to sign with; consent is not what this contract is about.
    function _burnNonces(Act memory, Proof memory) internal override {}
}

/// @notice F20: the data need not be encrypted anew.
contract FlawedSameData is MinimalToken {
    constructor(address oracle_) MinimalToken(oracle_) {}

    function _checkHashes(bytes32 current, Proof memory proof) internal pure override {
        require(proof.oldHash == current, StaleData()); // Flawed rule: newHash == current is fine.
    }
}

/// @notice F21: a literal that is not the slot it claims to be.
contract FlawedSlot {
    /// @custom:storage-location erc7201:flawed.storage.Slot
    struct SlotStorage {
        address verifier;
    }

    // Flawed rule: somebody typed this instead of deriving it.
    bytes32 private constant SLOT_STORAGE = 0x4aa80aaafbe0e5fe3fe1aa97f3c1f8c65d61f96ef1aab2b448154f4e07594600;

    constructor(address verifier_) {
        SlotStorage storage $;
        assembly ("memory-safe") {
            $.slot := SLOT_STORAGE
        }
        $.verifier = verifier_;
    }
}

/// @notice The EIP's sample: who could use the agent under the seller still can under the buyer.
contract FlawedAuthorizations is MinimalToken {
    mapping(uint256 id => address[]) private _users;

    constructor(address oracle_) MinimalToken(oracle_) {}

    function authorizeUsage(uint256 id, address user) external {
        require(msg.sender == ownerOf[id], NotOwner());
        _users[id].push(user); // Flawed rule: nothing ever clears this, and one user may be in it twice.
    }

    function authorizedUsersOf(uint256 id) external view returns (address[] memory) {
        return _users[id];
    }
}
