// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {MinimalToken} from "./MinimalToken.sol";

/// @notice F23: the seller is paid for a hand-over of a hash; whether anything has that hash is never asked.
contract FlawedHashSale is MinimalToken {
    struct Payment {
        address buyer;
        uint256 amount;
    }

    error PaymentRefused();

    mapping(uint256 id => Payment) public payments;

    constructor(address oracle_) MinimalToken(oracle_) {}

    function pay(uint256 id) external payable {
        payments[id] = Payment(msg.sender, msg.value);
    }

    function deliver(uint256 id, Proof calldata proof) external {
        Payment memory payment = payments[id];
        delete payments[id];
        iTransfer(payment.buyer, id, proof);
        // Flawed rule: the key and the hash are enough.
        (bool paid,) = msg.sender.call{value: payment.amount}("");
        require(paid, PaymentRefused());
    }
}
