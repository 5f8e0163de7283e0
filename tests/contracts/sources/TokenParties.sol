// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Handover} from "../../../contracts/interfaces/IDataVerifier.sol";
import {TransferValidityProof} from "../../../contracts/interfaces/IERC7857DataVerifier.sol";

/// @notice A verifier that believes everything: what a token checks by itself shows.
contract CredulousVerifier {
    function verifyHandover(Handover calldata handover, TransferValidityProof[] calldata proofs)
        external
        pure
        returns (address[] memory consenters)
    {
        consenters = new address[](proofs.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            consenters[i] = handover.to;
        }
    }
}

/// @notice F9: a clone has no creator, so that whoever clones to oneself and sells the clone owes nobody.
contract FlawedCloneDesk {
    mapping(uint256 id => address) public creatorOf;
    mapping(uint256 id => bytes32) public hashOf;

    function mint(uint256 id, address creator) external {
        creatorOf[id] = creator;
        hashOf[id] = keccak256("data");
    }

    function clone(uint256 id, uint256 cloneId) external {
        hashOf[cloneId] = hashOf[id]; // Flawed rule: data is copied, its creator is not.
    }
}

/// @notice A buyer that takes no money back.
contract StubbornBuyer {
    function buy(address token, bytes calldata call_) external payable {
        (bool ok, bytes memory why) = token.call{value: msg.value}(call_);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(why, 0x20), mload(why))
            }
        }
    }
}

/// @notice F6: two roles, of which a change of the administrator hands one over.
contract FlawedAdmin {
    error NotAllowed(address caller);

    address public admin;
    address public operator;
    address public verifier;

    constructor() {
        admin = msg.sender;
        operator = msg.sender;
    }

    function setAdmin(address next) external {
        require(msg.sender == admin, NotAllowed(msg.sender));
        admin = next; // Flawed rule: the former administrator goes on being the operator.
    }

    function updateVerifier(address next) external {
        require(msg.sender == operator, NotAllowed(msg.sender));
        verifier = next;
    }
}
