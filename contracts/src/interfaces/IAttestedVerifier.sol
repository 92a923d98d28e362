// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IProofVerifier} from "./IProofVerifier.sol";

/// @title A proof counts as checked when k of n registered verifiers say that they have checked it.
/// @notice For proofs that are too large for a transaction. Whoever holds a verifier key runs the proof
/// system's own verifier on the whole proof and then signs, by EIP-712 in this contract's domain,
///
///   Attestation(uint64 set,bytes32 claim,bytes32 proofDigest,string uri)
///
/// with the set of keys that it signs for, the SHA-256 of the proof, and where the proof can be had. What
/// this contract takes as the proof of a claim is
///
///   abi.encode(uint64 set, bytes32 proofDigest, string uri, bytes signatures)
///
/// with k to n signatures of 65 bytes (r ‖ s ‖ v, low s, v 27 or 28) by different keys of the set, in
/// ascending order of the signers' addresses, encoded in the one way that `abi.encode` has.
///
/// Trusted: fewer than k keys of a set are stolen or lie, and the owner. The owner can replace the set,
/// but a new set counts only `rotationBlocks` after it was announced, so that whoever does not like it
/// can leave; and the old one counts for `rotationBlocks` more, so that proofs that were committed to
/// under it still settle. The owner can also revoke a set at once, for keys that are stolen. Revoking
/// refuses proofs that were good: who has committed to one is slashed. An owner that renounces its
/// ownership leaves the set as it is for ever.
interface IAttestedVerifier is IProofVerifier {
    /// @param from first block in which the set counts @param through last one
    /// @param threshold k @param revoked it never counts again
    struct KeySet {
        uint64 from;
        uint64 through;
        uint16 threshold;
        bool revoked;
        address[] keys;
    }

    event SetAnnounced(uint64 indexed set, uint64 from, uint16 threshold, address[] keys);
    event SetRevoked(uint64 indexed set);

    /// @dev No keys or more than KEYS_MAX, a threshold of 0 or above their count, keys not in ascending
    /// order or repeated, the zero address, or a delay out of bounds.
    error InvalidParameters();
    error RotationPending(uint64 set);
    error UnknownSet(uint64 set);
    error AlreadyRevoked(uint64 set);

    /// @dev Not what `abi.encode` makes of any attestation, or a URI longer than URI_BYTES_MAX.
    error InvalidEncoding();
    error SetNotAccepted(uint64 set);
    error InvalidSignatureCount(uint256 count, uint256 threshold, uint256 keys);
    error InvalidSignature(uint256 index);
    error UnorderedSignature(uint256 index);
    error NotAVerifier(address signer);

    /// @notice Announces the set that follows the last one. It counts from `rotationBlocks` on, and the
    /// last one `rotationBlocks` longer. Only the owner; not while an announced set does not count yet.
    /// @param keys in ascending order
    function announce(address[] calldata keys, uint16 threshold) external returns (uint64 set);

    /// @notice No proof of this set is accepted from now on. Of a set that does not count yet: takes the
    /// announcement back, and the set before it goes on as if there had been none. Only the owner.
    function revoke(uint64 set) external;

    /// @notice The set to sign for now: the newest that counts. 0 when none does.
    /// @dev Looks through the sets from the newest on: for calls from outside the chain.
    function currentSet() external view returns (uint64 set);

    /// @notice All zero for a number that no set has. Numbers begin with 1 and are never used twice.
    function keySet(uint64 set) external view returns (KeySet memory);

    /// @notice Whether proofs of this set are accepted in this block.
    function accepted(uint64 set) external view returns (bool);

    function rotationBlocks() external view returns (uint64);

    /// @notice What a verifier key signs.
    function attestationDigest(uint64 set, bytes32 claim, bytes32 proofDigest, string calldata uri)
        external
        view
        returns (bytes32);
}
