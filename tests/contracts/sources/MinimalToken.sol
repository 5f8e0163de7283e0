// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice The smallest token that moves private data with two signatures, every rule sound. Each Flawed contract
/// overrides exactly one rule with the way a published reference has it.
contract MinimalToken {
    struct Act {
        uint8 op;
        uint256 id;
        address from;
        address to;
    }

    struct Proof {
        bytes32 oldHash;
        bytes32 newHash;
        bytes wantedKey;
        bytes accessNonce;
        bytes accessSignature;
        bytes sealedKey;
        bytes targetKey;
        bytes ownershipNonce;
        bytes ownershipSignature;
    }

    event PublishedSealedKey(address indexed to, uint256 indexed id, bytes sealedKey);

    error NotOwner();
    error StaleData();
    error WrongConsent(address signer);
    error WrongOracle(address signer);
    error WrongKey();
    error NonceUsed(bytes32 key);

    address private immutable _oracle;
    uint256 public minted;
    mapping(uint256 id => address) public ownerOf;
    mapping(uint256 id => bytes32) public hashOf;
    mapping(bytes32 key => uint256 time) public usedAt;

    constructor(address oracle_) {
        _oracle = oracle_;
    }

    function oracle() public view virtual returns (address) {
        return _oracle;
    }

    function mint(address to, bytes32 hash) public virtual returns (uint256 id) {
        id = ++minted;
        ownerOf[id] = to;
        hashOf[id] = hash;
    }

    function iTransfer(address to, uint256 id, Proof calldata proof) public virtual {
        _verify(Act(1, id, ownerOf[id], to), proof);
        hashOf[id] = proof.newHash;
        _move(to, id, proof.sealedKey);
    }

    function iClone(address to, uint256 id, Proof calldata proof) public virtual {
        _verify(Act(2, id, ownerOf[id], to), proof);
        mint(to, proof.newHash);
        emit PublishedSealedKey(to, minted, proof.sealedKey);
    }

    function accessDigest(Act memory act, Proof memory proof) public view virtual returns (bytes32) {
        bytes32 place = keccak256(abi.encode("access", block.chainid, address(this), act));
        return keccak256(abi.encode(place, proof.oldHash, proof.newHash, proof.wantedKey, proof.accessNonce));
    }

    function ownershipDigest(Act memory act, Proof memory proof) public view virtual returns (bytes32) {
        bytes32 place = keccak256(abi.encode("ownership", block.chainid, address(this), act));
        bytes32 keys = keccak256(abi.encode(proof.sealedKey, proof.targetKey));
        return keccak256(abi.encode(place, proof.oldHash, proof.newHash, keys, proof.ownershipNonce));
    }

    function nonceKey(uint8 half, address signer, bytes memory nonce) public view virtual returns (bytes32) {
        return keccak256(abi.encode(half, signer, nonce));
    }

    function _checkHashes(bytes32 current, Proof memory proof) internal view virtual {
        require(proof.oldHash == current && proof.newHash != current, StaleData());
    }

    function _move(address to, uint256 id, bytes memory sealedKey) internal virtual {
        ownerOf[id] = to;
        emit PublishedSealedKey(to, id, sealedKey);
    }

    function _verify(Act memory act, Proof memory proof) internal {
        require(msg.sender == act.from, NotOwner());
        _checkHashes(hashOf[act.id], proof);
        _burnNonces(act, proof);
        bytes memory key = proof.wantedKey;
        if (key.length == 0) {
            require(address(uint160(uint256(keccak256(proof.targetKey)))) == act.to, WrongKey());
        } else {
            require(keccak256(key) == keccak256(proof.targetKey), WrongKey());
        }
    }

    function _burnNonces(Act memory act, Proof memory proof) internal virtual {
        address signer = recover(accessDigest(act, proof), proof.accessSignature);
        require(signer == act.to, WrongConsent(signer));
        _burn(nonceKey(0, signer, proof.accessNonce));
        signer = recover(ownershipDigest(act, proof), proof.ownershipSignature);
        require(signer == oracle(), WrongOracle(signer));
        _burn(nonceKey(1, signer, proof.ownershipNonce));
    }

    function _burn(bytes32 key) internal {
        require(usedAt[key] == 0, NonceUsed(key));
        usedAt[key] = block.timestamp;
    }

    function recover(bytes32 digest, bytes memory signature) public pure returns (address) {
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        return ecrecover(digest, uint8(signature[64]), r, s);
    }
}
