// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IAgentNFT} from "../../../contracts/interfaces/IAgentNFT.sol";
import {TransferValidityProof} from "../../../contracts/interfaces/IERC7857DataVerifier.sol";

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

/// @notice A buyer that consents, and changes its mind when the token comes: in the way its owner chose.
contract FickleBuyer is IERC1271, IERC721Receiver {
    enum Mood {
        Willing,
        Unsigned,
        Refusing,
        BurningGas,
        Shouting
    }

    address public immutable owner;
    Mood public mood;

    error NoThanks();

    constructor(address owner_) payable {
        owner = owner_;
    }

    receive() external payable {}

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function execute(address target, uint256 value, bytes calldata call_) external {
        (bool ok, bytes memory why) = target.call{value: value}(call_);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(why, 0x20), mload(why))
        }
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        Mood now_ = mood;
        if (now_ == Mood.Unsigned) return bytes4(0xffffffff);
        if (now_ == Mood.Refusing) revert NoThanks();
        if (now_ == Mood.BurningGas) while (true) {}
        if (now_ == Mood.Shouting) {
            assembly {
                revert(0, 2000000)
            }
        }
        (address signer, ECDSA.RecoverError error_,) = ECDSA.tryRecover(digest, signature);
        bool good = error_ == ECDSA.RecoverError.NoError && signer == owner;
        return good ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
        return IERC721Receiver.onERC721Received.selector;
    }
}

/// @notice A market that asks the token alone: a seal that everybody has seen is paid for only if the buyer lets the
/// token move. One sale at a time, and no other rule.
contract FlawedSettlement {
    IAgentNFT private immutable _token;
    address private _buyer;
    uint256 private _price;

    constructor(IAgentNFT token) {
        _token = token;
    }

    function list(uint256 tokenId) external {
        _token.lock(tokenId);
    }

    function buy() external payable {
        (_buyer, _price) = (msg.sender, msg.value);
    }

    function settle(uint256 tokenId, address seller, TransferValidityProof[] calldata proofs) external {
        _token.iTransfer(_buyer, tokenId, proofs); // Flawed rule: the buyer's half decides about the seller's money.
        _pay(seller);
    }

    function refund() external {
        _pay(_buyer); // A real one waits for its deadline.
    }

    function _pay(address to) private {
        uint256 price = _price;
        _price = 0;
        (bool paid,) = to.call{value: price}("");
        require(paid);
    }
}
