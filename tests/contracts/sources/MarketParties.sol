// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice An ERC-20 that does what it should.
contract PlainCurrency is ERC20 {
    constructor() ERC20("Plain", "PLN") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice An ERC-20 that keeps one percent of each transfer.
contract KeepingCurrency is ERC20 {
    constructor() ERC20("Keeping", "KPG") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        bool kept = from != address(0) && to != address(0);
        super._update(from, to, kept ? amount - amount / 100 : amount);
        if (kept) super._update(from, address(this), amount / 100);
    }
}

/// @notice A wallet that is a contract: its owner's key signs for it, and it does what its owner says.
contract ContractWallet is IERC1271, IERC721Receiver {
    address public immutable owner;
    bool public refuses;

    error NoThanks();

    constructor(address owner_) payable {
        owner = owner_;
    }

    receive() external payable {
        require(!refuses, NoThanks());
    }

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function execute(address target, uint256 value, bytes calldata call_) external {
        (bool ok, bytes memory why) = target.call{value: value}(call_);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(why, 0x20), mload(why))
        }
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        (address signer, ECDSA.RecoverError error_,) = ECDSA.tryRecover(digest, signature);
        bool good = error_ == ECDSA.RecoverError.NoError && signer == owner;
        return good ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    function onERC721Received(address, address, uint256, bytes calldata) external view returns (bytes4) {
        require(!refuses, NoThanks());
        return IERC721Receiver.onERC721Received.selector;
    }
}

/// @notice Answers of royaltyInfo, good and bad, as a facet of the collection.
contract RoyaltyFacet {
    struct Answer {
        uint256 kind;
        address receiver;
        uint256 amount;
    }

    bytes32 private constant SLOT = keccak256("tests.royalty");

    function _answer() private pure returns (Answer storage $) {
        bytes32 slot = SLOT;
        assembly {
            $.slot := slot
        }
    }

    function setRoyalty(uint256 kind, address receiver, uint256 amount) external {
        Answer storage $ = _answer();
        ($.kind, $.receiver, $.amount) = (kind, receiver, amount);
    }

    function royaltyInfo(uint256, uint256) external view returns (address, uint256) {
        Answer storage $ = _answer();
        uint256 kind = $.kind;
        if (kind == 1) revert("no royalty today");
        (address receiver, uint256 amount) = ($.receiver, $.amount);
        assembly {
            mstore(0, receiver)
            mstore(0x20, amount)
            if eq(kind, 2) { return(0, 0x20) } // too short
            if eq(kind, 3) { return(0, 0x10000) } // too long
            if eq(kind, 4) { mstore(0, not(0)) } // no address
            return(0, 0x40)
        }
    }
}

/// @notice A committee as far as a market asks it: which keys are deposited.
contract DepositBook {
    mapping(address token => mapping(uint256 id => mapping(uint256 index => bool))) public isLive;

    function set(address token, uint256 id, uint256 index, bool live) external {
        isLive[token][id][index] = live;
    }
}
