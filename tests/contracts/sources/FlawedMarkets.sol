// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A currency that refuses to move nothing, as some do.
contract NothingRefusedCurrency is ERC20 {
    error Nothing();

    constructor() ERC20("NothingRefused", "NRF") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(amount != 0, Nothing());
        super._update(from, to, amount);
    }
}

/// @notice Agents with one item of data that their owner replaces at will; anyone may move them for a market.
contract SimpleAgents {
    mapping(uint256 id => address) public ownerOf;
    mapping(uint256 id => bytes32) public hashOf;

    error NotOwner();

    function mint(address to, uint256 id, bytes32 hash) external {
        ownerOf[id] = to;
        hashOf[id] = hash;
    }

    function update(uint256 id, bytes32 hash) external {
        require(ownerOf[id] == msg.sender, NotOwner());
        hashOf[id] = hash;
    }

    function move(uint256 id, address to) external {
        ownerOf[id] = to;
    }
}

/// @notice F11, F14, F15, F16: signed orders and offers that say too little, and an administrator who leaves nothing
/// behind. The rest of the rules is sound.
contract FlawedOrders {
    struct Order {
        uint256 id;
        uint256 price;
        address currency;
        bytes32 nonce;
        bytes signature;
    }

    struct Offer {
        uint256 id;
        uint256 price;
        bytes32 nonce;
        bytes signature;
    }

    SimpleAgents public agents;
    mapping(bytes32 nonce => bool) public used; // Flawed rule F15: one list for all signers.

    error Used();
    error NotOwner();
    error PriceTooLow();

    constructor(SimpleAgents agents_) {
        agents = agents_;
    }

    /// Flawed rule F16: live orders follow to whatever collection is named here.
    function setAgents(SimpleAgents agents_) external {
        agents = agents_;
    }

    function orderDigest(Order memory order) public view returns (bytes32) {
        bytes32 place = keccak256(abi.encode("order", block.chainid, address(this)));
        // Flawed rules F11, F16: neither the data nor the collection is signed.
        return keccak256(abi.encode(place, order.id, order.price, order.currency, order.nonce));
    }

    function offerDigest(Offer memory offer) public view returns (bytes32) {
        bytes32 place = keccak256(abi.encode("offer", block.chainid, address(this)));
        // Flawed rules F11, F14: neither the data nor the currency is signed.
        return keccak256(abi.encode(place, offer.id, offer.price, offer.nonce));
    }

    function fulfil(Order calldata order, Offer calldata offer) external {
        address seller = _recover(orderDigest(order), order.signature);
        address buyer = _recover(offerDigest(offer), offer.signature);
        require(agents.ownerOf(order.id) == seller && offer.id == order.id, NotOwner());
        require(offer.price >= order.price, PriceTooLow());
        require(!used[order.nonce] && !used[offer.nonce], Used());
        used[order.nonce] = true;
        used[offer.nonce] = true;
        agents.move(order.id, buyer);
        ERC20(order.currency).transferFrom(buyer, seller, offer.price);
    }

    function _recover(bytes32 digest, bytes calldata signature) private pure returns (address) {
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        return ecrecover(digest, uint8(signature[64]), r, s);
    }
}

/// @notice F6, F13: who was administrator stays operator, and an operator takes any deposit by an unbounded fee.
contract FlawedMintDesk {
    address public admin;
    mapping(address account => bool) public operators;
    mapping(address account => uint256) public balances;
    uint256 public mintFee;
    uint256 public fees;

    error Refused();

    constructor() {
        admin = msg.sender;
        operators[msg.sender] = true;
    }

    function setAdmin(address admin_) external {
        require(msg.sender == admin, Refused());
        admin = admin_; // Flawed rule F6: the old one stays operator.
        operators[admin_] = true;
    }

    function deposit() external payable {
        balances[msg.sender] += msg.value;
    }

    function setMintFee(uint256 mintFee_) external {
        require(operators[msg.sender], Refused());
        mintFee = mintFee_; // Flawed rule F13: no limit.
    }

    function paidMint(address to) external {
        require(operators[msg.sender], Refused());
        balances[to] -= mintFee; // Flawed rule F13: nobody asks who is charged.
        fees += mintFee;
    }

    function withdrawFees() external {
        require(operators[msg.sender], Refused());
        (bool paid,) = msg.sender.call{value: fees}("");
        require(paid, Refused());
        fees = 0;
    }
}

/// @notice F24: everybody whom a sale pays is paid at once, or nothing happens.
contract FlawedPushSale {
    address public creator;
    address public buyer;
    bool public sold;

    error Rejected(address account);

    constructor(address creator_) {
        creator = creator_;
    }

    function buy() external payable {
        buyer = msg.sender;
    }

    function settle(address seller) external {
        sold = true;
        uint256 price = address(this).balance;
        _push(creator, price / 10); // Flawed rule: who refuses stops the sale of another.
        _push(seller, price - price / 10);
    }

    function settleInTokens(ERC20 currency, address seller, uint256 price, uint256 feeBps) external {
        currency.transferFrom(msg.sender, seller, price);
        currency.transferFrom(msg.sender, creator, price * feeBps / 10_000); // Flawed rule: even of nothing.
        sold = true;
    }

    function _push(address account, uint256 amount) private {
        (bool paid,) = account.call{value: amount}("");
        require(paid, Rejected(account));
    }
}
