// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {RoyaltyTill} from "../../../contracts/inft/RoyaltyTill.sol";
import {OneOwnerWallet} from "./OneOwnerWallet.sol";

/// @title A currency that anybody may mint
contract LifeCoin is ERC20("Life", "LIFE") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @title A currency that keeps one unit of every transfer
contract TollCoin is LifeCoin {
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0) && value != 0) super._update(to, address(0), 1);
    }
}

/// @title A currency whose functions say nothing, as some old ones do
contract SilentCoin {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) private allowed;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowed[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowed[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @title A currency that calls somebody while it is being moved
contract CallingCoin is LifeCoin {
    address private target;
    bytes private call;

    bool public succeeded;
    bytes public answer;

    function plan(address target_, bytes calldata call_) external {
        (target, call) = (target_, call_);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && target != address(0)) (succeeded, answer) = target.call(call);
    }
}

/// @title Makes wallets at addresses that are known before
contract LifeWalletFactory {
    function make(address owner) external returns (OneOwnerWallet) {
        return new OneOwnerWallet{salt: 0}(owner);
    }
}

/// @title The till of a token, for those who are not its splitter
contract LifeTill is RoyaltyTill {}

/// @title Pays as old contracts do
contract LifePayer {
    function pay(address payable to) external payable {
        (bool paid,) = to.call{value: msg.value, gas: 0}(""); // the value brings 2300
        require(paid, "not paid");
    }
}
