// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IAttestedVerifier} from "../interfaces/IAttestedVerifier.sol";

/// @title k of n verifier keys attest that a proof was checked. IAttestedVerifier says what is trusted.
/// @dev Chain and contract are in the domain and the set is in the message, so that no signature counts
/// on another chain, for another contract or for another set.
contract AttestedVerifier is IAttestedVerifier, Ownable2Step, EIP712 {
    uint256 public constant KEYS_MAX = 64;
    uint256 public constant URI_BYTES_MAX = 512;
    bytes32 public constant ATTESTATION_TYPEHASH =
        keccak256("Attestation(uint64 set,bytes32 claim,bytes32 proofDigest,string uri)");

    uint256 private constant SIGNATURE_BYTES = 65;
    /// @dev Bounds a block number plus two delays well below 2^64.
    uint64 private constant ROTATION_BLOCKS_MAX = type(uint32).max;

    uint64 public immutable rotationBlocks;

    /// @dev The newest set that was not taken back before it counted, and the one before it.
    uint64 private _last;
    uint64 private _previous;
    /// @dev Sets made so far, with those taken back.
    uint64 private _count;
    mapping(uint64 set => KeySet) private _sets;
    mapping(uint64 set => mapping(address key => bool)) private _isKey;

    /// @dev The first set counts at once.
    constructor(address owner_, address[] memory keys, uint16 threshold, uint64 rotationBlocks_)
        Ownable(owner_)
        EIP712("Cairn AttestedVerifier", "1")
    {
        if (rotationBlocks_ == 0 || rotationBlocks_ > ROTATION_BLOCKS_MAX) revert InvalidParameters();
        rotationBlocks = rotationBlocks_;
        _last = _add(keys, threshold, _blockNumber());
    }

    /// @inheritdoc IAttestedVerifier
    function announce(address[] calldata keys, uint16 threshold) external onlyOwner returns (uint64 set) {
        KeySet storage last = _sets[_last];
        uint64 now_ = _blockNumber();
        if (now_ < last.from) revert RotationPending(_last);
        last.through = now_ + 2 * rotationBlocks - 1;
        _previous = _last;
        set = _add(keys, threshold, now_ + rotationBlocks);
        _last = set;
    }

    /// @inheritdoc IAttestedVerifier
    function revoke(uint64 set) external onlyOwner {
        if (set == 0 || set > _count) revert UnknownSet(set);
        KeySet storage s = _sets[set];
        if (s.revoked) revert AlreadyRevoked(set);
        s.revoked = true;
        if (_blockNumber() < s.from) {
            _last = _previous;
            _sets[_last].through = type(uint64).max;
        }
        emit SetRevoked(set);
    }

    /// @notice Returns if and only if `proof` is an attestation of `claim`, as IAttestedVerifier says.
    function verify(bytes32 claim, bytes calldata proof) external view {
        (uint64 set, bytes32 proofDigest, string calldata uri, bytes calldata signatures) = _decode(proof);
        if (!accepted(set)) revert SetNotAccepted(set);
        _checkSignatures(set, attestationDigest(set, claim, proofDigest, uri), signatures);
    }

    /// @inheritdoc IAttestedVerifier
    function currentSet() external view returns (uint64 set) {
        for (set = _count; set != 0 && !accepted(set);) {
            --set;
        }
    }

    /// @inheritdoc IAttestedVerifier
    function keySet(uint64 set) external view returns (KeySet memory) {
        return _sets[set];
    }

    /// @inheritdoc IAttestedVerifier
    function accepted(uint64 set) public view returns (bool) {
        KeySet storage s = _sets[set];
        return s.threshold != 0 && !s.revoked && s.from <= _blockNumber() && _blockNumber() <= s.through;
    }

    /// @inheritdoc IAttestedVerifier
    function attestationDigest(uint64 set, bytes32 claim, bytes32 proofDigest, string calldata uri)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(
            keccak256(abi.encode(ATTESTATION_TYPEHASH, set, claim, proofDigest, keccak256(bytes(uri))))
        );
    }

    function _add(address[] memory keys, uint16 threshold, uint64 from) private returns (uint64 set) {
        if (keys.length > KEYS_MAX || threshold == 0 || threshold > keys.length) revert InvalidParameters();
        set = ++_count;
        address before;
        for (uint256 i = 0; i < keys.length; ++i) {
            if (keys[i] <= before) revert InvalidParameters();
            before = keys[i];
            _isKey[set][before] = true;
        }
        _sets[set] = KeySet(from, type(uint64).max, threshold, false, keys);
        emit SetAnnounced(set, from, threshold, keys);
    }

    function _checkSignatures(uint64 set, bytes32 digest, bytes calldata signatures) private view {
        uint256 count = signatures.length / SIGNATURE_BYTES;
        KeySet storage s = _sets[set];
        if (count < s.threshold || count > s.keys.length || signatures.length % SIGNATURE_BYTES != 0) {
            revert InvalidSignatureCount(count, s.threshold, s.keys.length);
        }
        address before;
        for (uint256 i = 0; i < count; ++i) {
            (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(
                digest, signatures[i * SIGNATURE_BYTES:(i + 1) * SIGNATURE_BYTES]
            );
            if (failure != ECDSA.RecoverError.NoError) revert InvalidSignature(i);
            if (!_isKey[set][signer]) revert NotAVerifier(signer);
            if (signer <= before) revert UnorderedSignature(i);
            before = signer;
        }
    }

    /// @dev The parts of `proof` where they lie. Their places are fixed by the sizes, so that an
    /// attestation has one encoding and no byte is ignored: head, URI, signatures, padded with zeros.
    function _decode(bytes calldata proof)
        private
        pure
        returns (uint64 set, bytes32 proofDigest, string calldata uri, bytes calldata signatures)
    {
        // Five words at the least: the four of the head and the length of the URI.
        if (proof.length < 160 || uint256(bytes32(proof[:32])) > type(uint64).max) revert InvalidEncoding();
        set = uint64(uint256(bytes32(proof[:32])));
        proofDigest = bytes32(proof[32:64]);
        if (uint256(bytes32(proof[64:96])) != 128) revert InvalidEncoding();
        uint256 uriBytes = uint256(bytes32(proof[128:160]));
        if (uriBytes > URI_BYTES_MAX) revert InvalidEncoding();
        uint256 tail = 160 + _padded(uriBytes);
        if (proof.length < tail + 32 || uint256(bytes32(proof[96:128])) != tail) revert InvalidEncoding();
        uint256 signatureBytes = uint256(bytes32(proof[tail:tail + 32]));
        if (signatureBytes > KEYS_MAX * SIGNATURE_BYTES) revert InvalidEncoding();
        if (proof.length != tail + 32 + _padded(signatureBytes)) revert InvalidEncoding();
        uri = string(proof[160:160 + uriBytes]);
        signatures = proof[tail + 32:tail + 32 + signatureBytes];
        if (!_zero(proof[160 + uriBytes:tail])) revert InvalidEncoding();
        if (!_zero(proof[tail + 32 + signatureBytes:])) revert InvalidEncoding();
    }

    function _padded(uint256 size) private pure returns (uint256) {
        return (size + 31) / 32 * 32;
    }

    /// @dev Whether `padding`, less than a word, is zero: the conversion fills it up with zeros.
    function _zero(bytes calldata padding) private pure returns (bool) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return bytes32(padding) == 0;
    }

    function _blockNumber() private view returns (uint64) {
        return uint64(block.number);
    }
}
