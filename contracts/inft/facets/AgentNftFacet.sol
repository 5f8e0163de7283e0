// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

// The strings are those that clients of 0g-agent-nft read.
// solhint-disable gas-custom-errors

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAgentNFT} from "../../interfaces/IAgentNFT.sol";
import {AgentNftProof} from "../../interfaces/IAgentNftDataVerifier.sol";
import {Generation, IDataVerifier} from "../../interfaces/IDataVerifier.sol";
import {IERC7857AgentNft} from "../../interfaces/IERC7857AgentNft.sol";
import {IERC7857Errors} from "../../interfaces/IERC7857Errors.sol";
import {IntelligentData} from "../../interfaces/IERC7857Metadata.sol";
import {AgentStore} from "../../libraries/AgentStore.sol";
import {OP_CLONE, OP_TRANSFER} from "../../libraries/ProofHash.sol";
import {ProofShapes} from "../../libraries/ProofShapes.sol";
import {Delivery, Fault} from "../../libraries/TransferRules.sol";
import {AgentHandover} from "../AgentHandover.sol";

/// @title The functions of 0g-agent-nft
/// @notice The manual is {IERC7857AgentNft}.
contract AgentNftFacet is IERC7857AgentNft, AgentHandover {
    /// @custom:storage-location erc7201:zerog.storage.AgentNftFacet
    struct NftStorage {
        uint128 mintFee;
        uint128 earned;
        string storageInfo;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.AgentNftFacet")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant NFT_STORAGE = 0x693c5f617fdbf5becdcbd0ea04f87757f402360f548eccb802d04859acdc3b00;

    function _nft() private pure returns (NftStorage storage $) {
        assembly ("memory-safe") {
            $.slot := NFT_STORAGE
        }
    }

    // --------------------------------------------------------- private transfer

    /// @inheritdoc IERC7857AgentNft
    function iTransferFrom(address from, address to, uint256 tokenId, AgentNftProof[] calldata proofs)
        external
        nonReentrant
    {
        _handOver(Generation.AgentNft, OP_TRANSFER, from, to, tokenId, ProofShapes.fromAgentNft(proofs));
    }

    /// @inheritdoc IERC7857AgentNft
    function iCloneFrom(address from, address to, uint256 tokenId, AgentNftProof[] calldata proofs)
        external
        nonReentrant
        returns (uint256 clone)
    {
        (clone,) = _handOver(Generation.AgentNft, OP_CLONE, from, to, tokenId, ProofShapes.fromAgentNft(proofs));
    }

    function _refuseCount(uint256, uint256 proofs) internal pure override {
        require(proofs != 0, IERC7857Errors.ERC7857EmptyProof());
        revert IERC7857Errors.ERC7857ProofCountMismatch();
    }

    function _refuse(Fault fault, uint256 index, bytes32, address, Delivery memory delivery) internal pure override {
        if (fault == Fault.OtherData) revert IERC7857Errors.ERC7857DataHashMismatch();
        if (fault == Fault.NotReencrypted) revert IAgentNFT.NotReencrypted(index, delivery.newDataHash);
        if (fault == Fault.NoSealedKey) revert IAgentNFT.EmptySealedKey(index);
        if (fault == Fault.WrongConsent) revert IERC7857Errors.ERC7857AccessAssistantMismatch();
        require(fault != Fault.KeyLength, "Invalid public key length");
        if (fault == Fault.ForeignKey) revert IERC7857Errors.ERC7857WantedReceiverMismatch();
        revert IERC7857Errors.ERC7857TargetPubkeyMismatch();
    }

    // -------------------------------------------------------------------- mint

    /// @dev Takes the fee before, and gives what was too much back to the caller after.
    modifier paid() {
        NftStorage storage $ = _nft();
        uint256 fee = $.mintFee;
        require(msg.value >= fee, MintFeeNotPaid(fee, msg.value));
        if (fee != 0) $.earned += uint128(fee);
        _;
        if (msg.value > fee) _send(msg.value - fee);
    }

    /// @inheritdoc IERC7857AgentNft
    function mint(IntelligentData[] calldata data, address to) external payable nonReentrant paid returns (uint256) {
        return _make(to, data, _noKeys(), "", address(0));
    }

    /// @inheritdoc IERC7857AgentNft
    function mint(IntelligentData[] calldata data, address to, bytes[] calldata sealedKeys)
        external
        payable
        nonReentrant
        paid
        returns (uint256)
    {
        return _make(to, data, sealedKeys, "", address(0));
    }

    /// @inheritdoc IERC7857AgentNft
    function mint(address to) external payable nonReentrant paid returns (uint256) {
        return _make(to, _noData(), _noKeys(), "", address(0));
    }

    /// @inheritdoc IERC7857AgentNft
    function mint(address to, string calldata uri) external payable nonReentrant paid returns (uint256) {
        return _make(to, _noData(), _noKeys(), uri, address(0));
    }

    /// @inheritdoc IERC7857AgentNft
    function mintWithRole(address to) external restricted nonReentrant returns (uint256) {
        return _make(to, _noData(), _noKeys(), "", address(0));
    }

    /// @inheritdoc IERC7857AgentNft
    function mintWithRole(address to, string calldata uri) external restricted nonReentrant returns (uint256) {
        return _make(to, _noData(), _noKeys(), uri, address(0));
    }

    /// @inheritdoc IERC7857AgentNft
    function mintWithRole(address to, string calldata uri, address creator)
        external
        restricted
        nonReentrant
        returns (uint256)
    {
        return _make(to, _noData(), _noKeys(), uri, creator);
    }

    /// @inheritdoc IERC7857AgentNft
    function mintWithRole(IntelligentData[] calldata data, address to)
        external
        restricted
        nonReentrant
        returns (uint256)
    {
        return _make(to, data, _noKeys(), "", address(0));
    }

    /// @inheritdoc IERC7857AgentNft
    function mintWithRole(IntelligentData[] calldata data, address to, address creator)
        external
        restricted
        nonReentrant
        returns (uint256)
    {
        return _make(to, data, _noKeys(), "", creator);
    }

    function _make(
        address to,
        IntelligentData[] calldata data,
        bytes[] calldata sealedKeys,
        string memory uri,
        address creator
    ) private returns (uint256 tokenId) {
        tokenId = _newId();
        _mintAgent(to, tokenId, data, sealedKeys);
        _announceMint(to, tokenId, data, sealedKeys);
        if (data.length != 0) emit Updated(tokenId, new IntelligentData[](0), data);
        if (bytes(uri).length != 0) _setUri(tokenId, uri);
        if (creator != address(0)) _setCreator(tokenId, creator);
        _askReceiver(address(0), to, tokenId);
    }

    function _noKeys() private pure returns (bytes[] calldata none) {
        assembly ("memory-safe") {
            none.offset := 0
            none.length := 0
        }
    }

    function _noData() private pure returns (IntelligentData[] calldata none) {
        assembly ("memory-safe") {
            none.offset := 0
            none.length := 0
        }
    }

    // ------------------------------------------------------------------ owner's

    /// @inheritdoc IERC7857AgentNft
    function update(uint256 tokenId, IntelligentData[] calldata data) external nonReentrant {
        require(data.length != 0, "Empty data array");
        IntelligentData[] memory before = AgentStore.data(tokenId);
        _replaceData(_requireEditor(tokenId), tokenId, data, _noKeys());
        emit Updated(tokenId, before, data);
    }

    /// @inheritdoc IERC7857AgentNft
    function batchAuthorizeUsage(uint256 tokenId, address[] calldata users) external {
        address owner = _requireTokenOwner(tokenId);
        require(users.length != 0, "Empty users array");
        for (uint256 i = 0; i < users.length; ++i) {
            require(users[i] != address(0), "Zero address in users");
            _addUser(owner, tokenId, users[i]);
        }
    }

    /// @inheritdoc IERC7857AgentNft
    function clearAuthorizedUsers(uint256 tokenId) external {
        _clearUsers(_requireTokenOwner(tokenId), tokenId);
    }

    /// @inheritdoc IERC7857AgentNft
    function setTokenURI(uint256 tokenId, string calldata uri) external whenNotPaused {
        _requireTokenOwner(tokenId);
        _setUri(tokenId, uri);
    }

    function _setUri(uint256 tokenId, string memory uri) private {
        AgentStore.load().uris[tokenId] = uri;
        emit TokenURIUpdated(tokenId, uri);
        emit IERC4906.MetadataUpdate(tokenId);
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IERC7857AgentNft
    function setCreator(uint256 tokenId, address creator) external restricted {
        require(_ownerOf(tokenId) != address(0), "Token does not exist");
        _setCreator(tokenId, creator);
    }

    /// @inheritdoc IERC7857AgentNft
    function setBaseURI(string calldata base) external restricted {
        AgentStore.Layout storage $ = AgentStore.load();
        emit BaseURIUpdated($.baseUri, base);
        $.baseUri = base;
        emit IERC4906.BatchMetadataUpdate(0, type(uint256).max);
    }

    /// @inheritdoc IERC7857AgentNft
    function setStorageInfo(string calldata info) external restricted {
        _nft().storageInfo = info;
    }

    /// @inheritdoc IERC7857AgentNft
    function updateVerifier(address newVerifier) external restricted {
        emit VerifierUpdated(address(AgentStore.load().verifier), newVerifier);
        _setVerifier(IDataVerifier(newVerifier));
    }

    /// @inheritdoc IERC7857AgentNft
    function setMintFee(uint256 fee) external restricted {
        NftStorage storage $ = _nft();
        emit MintFeeUpdated($.mintFee, fee);
        $.mintFee = SafeCast.toUint128(fee);
    }

    /// @inheritdoc IERC7857AgentNft
    function withdrawFees() external restricted nonReentrant {
        NftStorage storage $ = _nft();
        uint256 earned = $.earned;
        $.earned = 0;
        _send(earned);
    }

    function _send(uint256 amount) private {
        (bool sent,) = _msgSender().call{value: amount}("");
        require(sent, SendFailed(_msgSender(), amount));
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IERC7857AgentNft
    function intelligentDatasOf(uint256 tokenId) external view returns (IntelligentData[] memory) {
        _requireOwned(tokenId);
        return AgentStore.data(tokenId);
    }

    /// @inheritdoc IERC7857AgentNft
    function getMintFee() external view returns (uint256) {
        return _nft().mintFee;
    }

    /// @inheritdoc IERC7857AgentNft
    function storageInfo() external view returns (string memory) {
        return _nft().storageInfo;
    }

    /// @inheritdoc IERC7857AgentNft
    function admin() external view returns (address) {
        return authority();
    }
}
