// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {Groth16Verifier} from "./Groth16Verifier.sol";

/// @title Verifies sequences of the chain_step circuit: one Groth16 proof per batch, chained.
/// @notice For each batch the proof shows that someone knows a balance, a height and two amounts with
///
///   publics[0]  pre            = Poseidon(balance, height)
///   publics[1]  post           = Poseidon(balance + deposit - withdrawal, height + 1)
///   publics[2]  input digest   = Poseidon(deposit, withdrawal)
///
/// and this contract adds that each post is the next batch's pre.
///
///   proof = abi.encode(Batch[])
///   claim = keccak256(abi.encode(uint256 pre, uint256 post, uint256[3][] publics))
///
/// with the first batch's pre, the last batch's post, and the publics of all batches in order.
/// @dev The encoding is strict: a statement has one encoding of its publics, and no byte is ignored.
/// Groth16 proofs themselves can be re-randomised by anybody; the digest of a proof is no identity.
contract ChainStepVerifier is IProofVerifier {
    struct Batch {
        uint256[2] a;
        uint256[2][2] b;
        uint256[2] c;
        uint256[3] publics;
    }

    uint256 public constant BATCHES_MAX = 64;

    uint256 private constant SCALAR_FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant BASE_FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583;
    uint256 private constant HEAD_BYTES = 64;
    uint256 private constant BATCH_BYTES = 11 * 32;
    uint256 private constant COORDINATES = 8;

    /// @notice The verifier that snarkjs generated. A contract of its own, called from outside, because its
    /// assembly ends the whole call: called as an inherited function it would never return to us, and
    /// every proof would pass.
    Groth16Verifier public immutable groth16;

    error InvalidEncoding();
    error InvalidBatchCount(uint256 count);
    error OutsideField(uint256 batch);
    error BrokenChain(uint256 batch);
    error ClaimMismatch(bytes32 shown);
    error InvalidProof(uint256 batch);

    constructor() {
        groth16 = new Groth16Verifier();
    }

    /// @inheritdoc IProofVerifier
    function verify(bytes32 claim, bytes calldata proof) external view {
        Batch[] calldata batches = _decode(proof);
        uint256[3][] memory publics = new uint256[3][](batches.length);
        for (uint256 i = 0; i < batches.length; ++i) {
            _requireInFields(batches[i], i);
            publics[i] = batches[i].publics;
            if (i > 0 && publics[i][0] != publics[i - 1][1]) revert BrokenChain(i);
        }
        bytes32 shown = keccak256(abi.encode(publics[0][0], publics[batches.length - 1][1], publics));
        if (shown != claim) revert ClaimMismatch(shown);
        for (uint256 i = 0; i < batches.length; ++i) {
            Batch calldata batch = batches[i];
            if (!groth16.verifyProof(batch.a, batch.b, batch.c, batch.publics)) revert InvalidProof(i);
        }
    }

    /// @dev A view of `proof` as the array it encodes; its size must be exactly that of the array.
    function _decode(bytes calldata proof) private pure returns (Batch[] calldata batches) {
        if (proof.length < HEAD_BYTES || uint256(bytes32(proof[:32])) != 32) revert InvalidEncoding();
        uint256 count = uint256(bytes32(proof[32:HEAD_BYTES]));
        if (count == 0 || count > BATCHES_MAX) revert InvalidBatchCount(count);
        if (proof.length != HEAD_BYTES + count * BATCH_BYTES) revert InvalidEncoding();
        assembly ("memory-safe") {
            batches.offset := add(proof.offset, HEAD_BYTES)
            batches.length := count
        }
    }

    /// @dev The generated verifier reduces one coordinate modulo the field and so accepts two numbers for it.
    function _requireInFields(Batch calldata batch, uint256 index) private pure {
        for (uint256 i = 0; i < COORDINATES; ++i) {
            uint256 coordinate;
            assembly ("memory-safe") {
                coordinate := calldataload(add(batch, mul(i, 32)))
            }
            if (coordinate >= BASE_FIELD) revert OutsideField(index);
        }
        for (uint256 i = 0; i < 3; ++i) {
            if (batch.publics[i] >= SCALAR_FIELD) revert OutsideField(index);
        }
    }
}
