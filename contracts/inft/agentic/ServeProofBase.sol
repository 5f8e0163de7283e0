// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IAgenticIDCore} from "../../interfaces/agentic/IAgenticID.sol";
import {IServeProofs, ServeProof} from "../../interfaces/agentic/IServeProofs.sol";
import {ServeProofs} from "../../libraries/ServeProofs.sol";

/// @title What the registries that take serve proofs have in common
/// @notice The manual is {IServeProofs}. A registry says by its own errors what is wrong with a proof.
abstract contract ServeProofBase is IServeProofs, AccessManagedUpgradeable, PausableUpgradeable, UUPSUpgradeable {
    using ServeProofs for ServeProofs.Records;

    // ----------------------------------------------------------------- storage

    /// @custom:storage-location erc7201:zerog.storage.ServeProofs
    struct ServeProofStorage {
        address identities;
        ServeProofs.Records records;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.ServeProofs")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant SERVE_PROOF_STORAGE = 0x7a324dd83bea4ccffb3a50303178d5e882f060d2f03f846fdbe058152869c800;

    function _serveProofs() private pure returns (ServeProofStorage storage $) {
        assembly ("memory-safe") {
            $.slot := SERVE_PROOF_STORAGE
        }
    }

    // ------------------------------------------------------------------- setup

    /// @notice The implementation behind the proxy is nobody's registry.
    constructor() {
        _disableInitializers();
    }

    // solhint-disable-next-line func-name-mixedcase
    function __ServeProofs_init(address identities, uint256 maxAge, address authority_) internal onlyInitializing {
        require(identities.code.length != 0, NotARegistry(identities));
        __AccessManaged_init(authority_);
        __Pausable_init();
        _serveProofs().identities = identities;
        _setMaxProofAge(maxAge);
    }

    function _authorizeUpgrade(address) internal override restricted {}

    // ------------------------------------------------------------------- rules

    /// @dev The seal of the agent that a proof speaks of; zero for none.
    function _sealOf(uint256 agentId) internal view returns (address) {
        return IAgenticIDCore(_serveProofs().identities).getAgentSeal(agentId);
    }

    /// @dev Who signed a proof; zero for bytes that are no signature.
    function _signerOf(ServeProof calldata proof) internal view returns (address) {
        return ServeProofs.signer(_serveProofs().identities, proof);
    }

    /// @dev Use a proof up, whose signature was checked.
    function _consume(ServeProof calldata proof) internal {
        _serveProofs().records.consume(proof);
    }

    /// @dev Whether somebody may act for an agent.
    function _mayActFor(address who, uint256 agentId) internal view returns (bool) {
        IERC721 identities = IERC721(_serveProofs().identities);
        address owner = identities.ownerOf(agentId);
        return who == owner || who == identities.getApproved(agentId) || identities.isApprovedForAll(owner, who);
    }

    /// @dev Owner of an agent.
    function _ownerOfAgent(uint256 agentId) internal view returns (address) {
        return IERC721(_serveProofs().identities).ownerOf(agentId);
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IServeProofs
    function setMaxProofAge(uint256 seconds_) external restricted {
        _setMaxProofAge(seconds_);
    }

    /// @inheritdoc IServeProofs
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IServeProofs
    function unpause() external restricted {
        _unpause();
    }

    /// @inheritdoc IServeProofs
    function cleanExpiredNonces(bytes32[] calldata keys) external {
        _serveProofs().records.clean(keys);
    }

    function _setMaxProofAge(uint256 seconds_) private {
        _serveProofs().records.maxAge = seconds_;
        emit MaxProofAgeSet(seconds_);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IServeProofs
    function isNonceConsumed(bytes32 key) external view returns (bool) {
        return _serveProofs().records.deadlines[key] != 0;
    }

    /// @inheritdoc IServeProofs
    function maxProofAge() external view returns (uint256) {
        return _serveProofs().records.maxAge;
    }

    /// @inheritdoc IServeProofs
    function getIdentityRegistry() public view virtual returns (address) {
        return _serveProofs().identities;
    }

    /// @inheritdoc IServeProofs
    function serveProofHash(ServeProof calldata proof) external view returns (bytes32) {
        return ServeProofs.digest(_serveProofs().identities, proof);
    }
}
