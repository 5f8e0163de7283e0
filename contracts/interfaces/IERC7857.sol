// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC7857DataVerifier, TransferValidityProof} from "./IERC7857DataVerifier.sol";

/// @title Intelligent NFT, as in the Final ERC-7857
/// @notice ERC-165 id 0xee5a526e: names, order of parameters and the set of functions are frozen. The events
/// `Approval` and `ApprovalForAll` of the standard are those of ERC-721 and come with it.
interface IERC7857 {
    // ------------------------------------------------------------------ events

    /// @notice A user may use a token's agent.
    /// @param _from The owner who said so.
    /// @param _to The user.
    /// @param _tokenId The token.
    event Authorization(address indexed _from, address indexed _to, uint256 indexed _tokenId);

    /// @notice A user may no longer use a token's agent.
    /// @param _from The owner who said so.
    /// @param _to The user.
    /// @param _tokenId The token.
    event AuthorizationRevoked(address indexed _from, address indexed _to, uint256 indexed _tokenId);

    /// @notice A token moved with its data re-encrypted.
    /// @param _tokenId The token (not indexed, as in the standard).
    /// @param _from Owner before.
    /// @param _to Owner after.
    event Transferred(uint256 _tokenId, address indexed _from, address indexed _to);

    /// @notice A token was cloned.
    /// @param _tokenId The original.
    /// @param _newTokenId The clone.
    /// @param _from Owner of the original.
    /// @param _to Owner of the clone.
    event Cloned(uint256 indexed _tokenId, uint256 indexed _newTokenId, address _from, address _to);

    /// @notice The data keys of a token, sealed to its owner.
    /// @param _to The owner.
    /// @param _tokenId The token.
    /// @param _sealedKeys One per item of data, in the token's order.
    event PublishedSealedKey(address indexed _to, uint256 indexed _tokenId, bytes[] _sealedKeys);

    /// @notice A receiver named the address that may consent for them.
    /// @param _user The receiver.
    /// @param _assistant The assistant; zero for nobody.
    event DelegateAccess(address indexed _user, address indexed _assistant);

    // --------------------------------------------------------- private transfer

    /// @notice Move a token whose data was re-encrypted for the receiver.
    /// @param _to The receiver.
    /// @param _tokenId The token.
    /// @param _proofs One pair per item of data, in the token's order.
    function iTransfer(address _to, uint256 _tokenId, TransferValidityProof[] calldata _proofs) external;

    /// @notice Give the receiver a new token whose data is a re-encrypted copy; the original stays.
    /// @param _to The receiver.
    /// @param _tokenId The original.
    /// @param _proofs One pair per item of data, in the token's order.
    /// @return _newTokenId The clone.
    function iClone(address _to, uint256 _tokenId, TransferValidityProof[] calldata _proofs)
        external
        returns (uint256 _newTokenId);

    // ------------------------------------------------------------ authorisation

    /// @notice Let a user use the token's agent, without giving them a key.
    /// @param _tokenId The token.
    /// @param _user The user.
    function authorizeUsage(uint256 _tokenId, address _user) external;

    /// @notice Take a user's authorisation back.
    /// @param _tokenId The token.
    /// @param _user The user.
    function revokeAuthorization(uint256 _tokenId, address _user) external;

    /// @notice Who may use a token's agent.
    /// @param _tokenId The token.
    /// @return The users, in no particular order.
    function authorizedUsersOf(uint256 _tokenId) external view returns (address[] memory);

    // --------------------------------------------------------------- delegation

    /// @notice Name the address that may sign access proofs for the caller.
    /// @param _assistant The assistant; zero takes the right back.
    function delegateAccess(address _assistant) external;

    /// @notice Who may sign access proofs for a user.
    /// @param _user The user.
    /// @return The assistant; zero for nobody.
    function getDelegateAccess(address _user) external view returns (address);

    // ------------------------------------------------- verifier, ERC-721 subset

    /// @notice The verifier that checks this token's proofs.
    /// @return The verifier.
    function verifier() external view returns (IERC7857DataVerifier);

    /// @notice Let one address move one token.
    /// @param to The address; zero for nobody.
    /// @param tokenId The token.
    function approve(address to, uint256 tokenId) external;

    /// @notice Let an operator move all tokens of the caller.
    /// @param operator The operator.
    /// @param approved Whether they may.
    function setApprovalForAll(address operator, bool approved) external;

    /// @notice Who may move one token.
    /// @param tokenId The token.
    /// @return The approved address; zero for nobody.
    function getApproved(uint256 tokenId) external view returns (address);

    /// @notice Whether an operator may move all tokens of an owner.
    /// @param owner The owner.
    /// @param operator The operator.
    /// @return True when they may.
    function isApprovedForAll(address owner, address operator) external view returns (bool);

    /// @notice Who owns a token.
    /// @param tokenId The token.
    /// @return The owner.
    function ownerOf(uint256 tokenId) external view returns (address);
}
