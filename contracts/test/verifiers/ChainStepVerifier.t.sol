// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ChainStepVerifier} from "../../src/verifiers/ChainStepVerifier.sol";
import {Groth16Verifier} from "../../src/verifiers/Groth16Verifier.sol";
import {Test} from "../support/Test.sol";
import {ChainStepFixtures} from "./ChainStepFixtures.sol";

contract ChainStepVerifierTest is Test {
    uint256 private constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;
    uint256 private constant HEAD_BYTES = 64;
    uint256 private constant BATCH_BYTES = 11 * 32;

    ChainStepVerifier private verifier = new ChainStepVerifier();

    // Accepted

    function test_verify_acceptsOneBatch() public {
        verifier.verify(ChainStepFixtures.ONE_CLAIM, ChainStepFixtures.ONE_PROOF);
        vm.snapshotGasLastCall("ChainStepVerifier", "verify_1_batch");
    }

    function test_verify_acceptsThreeBatches() public {
        verifier.verify(ChainStepFixtures.THREE_CLAIM, ChainStepFixtures.THREE_PROOF);
        vm.snapshotGasLastCall("ChainStepVerifier", "verify_3_batches");
    }

    function test_claim_isTheHashOfEndsAndPublics() public pure {
        assert(_claim(_batches(ChainStepFixtures.ONE_PROOF)) == ChainStepFixtures.ONE_CLAIM);
        assert(_claim(_batches(ChainStepFixtures.THREE_PROOF)) == ChainStepFixtures.THREE_CLAIM);
    }

    function test_verify_acceptsAPrefixForItsOwnClaim() public view {
        ChainStepVerifier.Batch[] memory prefix = _without(_three(), 2);
        verifier.verify(_claim(prefix), abi.encode(prefix));
    }

    // Claim

    function testFuzz_verify_rejectsAnotherClaim(bytes32 claim) public {
        vm.assume(claim != ChainStepFixtures.THREE_CLAIM);
        _expect(ChainStepVerifier.ClaimMismatch.selector, ChainStepFixtures.THREE_CLAIM);
        verifier.verify(claim, ChainStepFixtures.THREE_PROOF);
    }

    function test_verify_rejectsTheClaimOfAnotherSequence() public {
        _expect(ChainStepVerifier.ClaimMismatch.selector, ChainStepFixtures.THREE_CLAIM);
        verifier.verify(ChainStepFixtures.ONE_CLAIM, ChainStepFixtures.THREE_PROOF);
    }

    // Chaining; the claim is always made to fit, so that only the chaining can refuse.

    function test_verify_rejectsSwappedBatches() public {
        ChainStepVerifier.Batch[] memory batches = _three();
        (batches[0], batches[1]) = (batches[1], batches[0]);
        _expectAt(ChainStepVerifier.BrokenChain.selector, 1);
        verifier.verify(_claim(batches), abi.encode(batches));
    }

    function test_verify_rejectsADroppedBatch() public {
        ChainStepVerifier.Batch[] memory batches = _without(_three(), 1);
        _expectAt(ChainStepVerifier.BrokenChain.selector, 1);
        verifier.verify(_claim(batches), abi.encode(batches));
    }

    function test_verify_rejectsADroppedLastBatchForTheWholeClaim() public {
        ChainStepVerifier.Batch[] memory batches = _without(_three(), 2);
        _expect(ChainStepVerifier.ClaimMismatch.selector, _claim(batches));
        verifier.verify(ChainStepFixtures.THREE_CLAIM, abi.encode(batches));
    }

    function test_verify_rejectsARepeatedBatch() public {
        ChainStepVerifier.Batch[] memory batches = _three();
        batches[2] = batches[1];
        _expectAt(ChainStepVerifier.BrokenChain.selector, 2);
        verifier.verify(_claim(batches), abi.encode(batches));
    }

    function test_verify_rejectsBatchesOfTwoSequencesThatDoNotMeet() public {
        ChainStepVerifier.Batch[] memory batches = _three();
        batches[1] = _batches(ChainStepFixtures.ONE_PROOF)[0];
        _expectAt(ChainStepVerifier.BrokenChain.selector, 1);
        verifier.verify(_claim(batches), abi.encode(batches));
    }

    // Soundness; claim and chaining are made to fit, so that only the proof of that batch can refuse.

    function test_verify_rejectsAForgedPostOfTheLastBatch() public {
        ChainStepVerifier.Batch[] memory batches = _three();
        batches[2].publics[1] = addmod(batches[2].publics[1], 1, R);
        _expectAt(ChainStepVerifier.InvalidProof.selector, 2);
        verifier.verify(_claim(batches), abi.encode(batches));
    }

    function test_verify_rejectsAForgedStateBetweenBatches() public {
        ChainStepVerifier.Batch[] memory batches = _three();
        batches[0].publics[1] = batches[1].publics[0] = 7;
        _expectAt(ChainStepVerifier.InvalidProof.selector, 0);
        verifier.verify(_claim(batches), abi.encode(batches));
    }

    function testFuzz_verify_checksTheProofOfEveryBatch(uint256 batch, uint256 digest) public {
        batch = bound(batch, 0, 2);
        ChainStepVerifier.Batch[] memory batches = _three();
        digest = bound(digest, 0, R - 1);
        vm.assume(digest != batches[batch].publics[2]);
        batches[batch].publics[2] = digest;
        _expectAt(ChainStepVerifier.InvalidProof.selector, batch);
        verifier.verify(_claim(batches), abi.encode(batches));
    }

    function test_verify_rejectsTheProofOfAnotherBatch() public {
        ChainStepVerifier.Batch[] memory batches = _three();
        (batches[1].a, batches[1].b, batches[1].c) = (batches[2].a, batches[2].b, batches[2].c);
        _expectAt(ChainStepVerifier.InvalidProof.selector, 1);
        verifier.verify(_claim(batches), abi.encode(batches));
    }

    /// The pitfall of the generated verifier: its assembly returns from the whole call. If it ran inside
    /// the adapter, this proof would pass, because nothing would be left to look at the answer.
    function test_verify_readsTheAnswerOfTheGeneratedVerifier() public {
        ChainStepVerifier.Batch[] memory batches = _batches(ChainStepFixtures.ONE_PROOF);
        batches[0].c = batches[0].a;
        Groth16Verifier groth16 = verifier.groth16();
        assert(!groth16.verifyProof(batches[0].a, batches[0].b, batches[0].c, batches[0].publics));
        _expectAt(ChainStepVerifier.InvalidProof.selector, 0);
        verifier.verify(ChainStepFixtures.ONE_CLAIM, abi.encode(batches));
    }

    // Altered bytes: each class of the encoding, then any bit at all.

    function test_verify_rejectsAnAlteredWordOfEachClass() public {
        verifier.verify{gas: 1_000_000}(ChainStepFixtures.THREE_CLAIM, ChainStepFixtures.THREE_PROOF);
        uint256 words = ChainStepFixtures.THREE_PROOF.length / 32;
        for (uint256 i = 0; i < words; ++i) {
            bytes memory proof = ChainStepFixtures.THREE_PROOF;
            proof[32 * i + 31] ^= 0x01;
            _expectRejected(proof);
        }
    }

    function testFuzz_verify_rejectsAnyAlteredBit(uint256 bit) public {
        bytes memory proof = ChainStepFixtures.THREE_PROOF;
        bit = bound(bit, 0, proof.length * 8 - 1);
        proof[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        _expectRejected(proof);
    }

    // Strict encoding

    function test_verify_rejectsEmptyBytes() public {
        _expect(ChainStepVerifier.InvalidEncoding.selector);
        verifier.verify(ChainStepFixtures.ONE_CLAIM, "");
    }

    function test_verify_rejectsAnEmptyList() public {
        _expectAt(ChainStepVerifier.InvalidBatchCount.selector, 0);
        verifier.verify(ChainStepFixtures.ONE_CLAIM, abi.encode(new ChainStepVerifier.Batch[](0)));
    }

    function test_verify_rejectsMoreThan64Batches() public {
        _expectAt(ChainStepVerifier.InvalidBatchCount.selector, 65);
        verifier.verify(ChainStepFixtures.ONE_CLAIM, abi.encode(new ChainStepVerifier.Batch[](65)));
    }

    function test_verify_rejectsACountThatOverflows() public {
        bytes memory proof = abi.encodePacked(uint256(32), type(uint256).max / BATCH_BYTES + 1);
        _expectAt(ChainStepVerifier.InvalidBatchCount.selector, type(uint256).max / BATCH_BYTES + 1);
        verifier.verify(ChainStepFixtures.ONE_CLAIM, proof);
    }

    function testFuzz_verify_rejectsTrailingBytes(bytes calldata more) public {
        vm.assume(more.length > 0);
        _expect(ChainStepVerifier.InvalidEncoding.selector);
        verifier.verify(ChainStepFixtures.ONE_CLAIM, bytes.concat(ChainStepFixtures.ONE_PROOF, more));
    }

    function testFuzz_verify_rejectsACutOffProof(uint256 length) public {
        bytes memory proof = ChainStepFixtures.ONE_PROOF;
        length = bound(length, 0, proof.length - 1);
        assembly ("memory-safe") {
            mstore(proof, length)
        }
        _expect(ChainStepVerifier.InvalidEncoding.selector);
        verifier.verify(ChainStepFixtures.ONE_CLAIM, proof);
    }

    function test_verify_rejectsAnotherOffsetOfTheList() public {
        bytes memory body = ChainStepFixtures.ONE_PROOF;
        assembly ("memory-safe") {
            mstore(add(body, 32), 64)
        }
        _expect(ChainStepVerifier.InvalidEncoding.selector);
        verifier.verify(ChainStepFixtures.ONE_CLAIM, body);
    }

    function test_verify_rejectsPublicsThatAreNotReduced() public {
        for (uint256 i = 0; i < 3; ++i) {
            ChainStepVerifier.Batch[] memory batches = _batches(ChainStepFixtures.ONE_PROOF);
            batches[0].publics[i] += R;
            _expectAt(ChainStepVerifier.OutsideField.selector, 0);
            verifier.verify(_claim(batches), abi.encode(batches));
        }
    }

    function test_verify_rejectsCoordinatesThatAreNotReduced() public {
        for (uint256 i = 0; i < 8; ++i) {
            bytes memory proof = ChainStepFixtures.ONE_PROOF;
            assembly ("memory-safe") {
                let at := add(proof, add(96, mul(i, 32)))
                mstore(at, add(mload(at), Q))
            }
            _expectAt(ChainStepVerifier.OutsideField.selector, 0);
            verifier.verify(ChainStepFixtures.ONE_CLAIM, proof);
        }
    }

    /// The order of a field is the second name of zero.
    function test_verify_rejectsTheOrdersOfTheFields() public {
        for (uint256 i = 0; i < 3; ++i) {
            ChainStepVerifier.Batch[] memory batches = _batches(ChainStepFixtures.ONE_PROOF);
            batches[0].publics[i] = R;
            _expectAt(ChainStepVerifier.OutsideField.selector, 0);
            verifier.verify(_claim(batches), abi.encode(batches));
        }
        for (uint256 i = 0; i < 8; ++i) {
            bytes memory proof = ChainStepFixtures.ONE_PROOF;
            assembly ("memory-safe") {
                mstore(add(proof, add(96, mul(i, 32))), Q)
            }
            _expectAt(ChainStepVerifier.OutsideField.selector, 0);
            verifier.verify(ChainStepFixtures.ONE_CLAIM, proof);
        }
    }

    /// The generated verifier takes a.y and a.y - q (modulo 2^256) for the same coordinate.
    function test_verify_rejectsTheSecondNameOfACoordinate() public {
        ChainStepVerifier.Batch[] memory batches = _batches(ChainStepFixtures.ONE_PROOF);
        unchecked {
            batches[0].a[1] -= Q;
        }
        Groth16Verifier groth16 = verifier.groth16();
        assert(groth16.verifyProof(batches[0].a, batches[0].b, batches[0].c, batches[0].publics));
        _expectAt(ChainStepVerifier.OutsideField.selector, 0);
        verifier.verify(ChainStepFixtures.ONE_CLAIM, abi.encode(batches));
    }

    function test_verify_rejectsTooLittleGasRatherThanAccepting() public view {
        for (uint256 gas = 20_000; gas < 250_000; gas += 10_000) {
            try verifier.verify{gas: gas}(ChainStepFixtures.ONE_CLAIM, ChainStepFixtures.ONE_PROOF) {
                assert(gas > 200_000);
            } catch {}
        }
    }

    function _batches(bytes memory proof) private pure returns (ChainStepVerifier.Batch[] memory) {
        return abi.decode(proof, (ChainStepVerifier.Batch[]));
    }

    function _three() private pure returns (ChainStepVerifier.Batch[] memory) {
        return _batches(ChainStepFixtures.THREE_PROOF);
    }

    function _without(ChainStepVerifier.Batch[] memory batches, uint256 index)
        private
        pure
        returns (ChainStepVerifier.Batch[] memory rest)
    {
        rest = new ChainStepVerifier.Batch[](batches.length - 1);
        for (uint256 i = 0; i < rest.length; ++i) {
            rest[i] = batches[i < index ? i : i + 1];
        }
    }

    /// @dev The layout of the claim once more, byte by byte, so that it cannot change unnoticed.
    function _claim(ChainStepVerifier.Batch[] memory batches) private pure returns (bytes32) {
        bytes memory text = abi.encodePacked(
            batches[0].publics[0], batches[batches.length - 1].publics[1], uint256(96), batches.length
        );
        for (uint256 i = 0; i < batches.length; ++i) {
            text = abi.encodePacked(text, batches[i].publics[0], batches[i].publics[1], batches[i].publics[2]);
        }
        return keccak256(text);
    }

    function _expect(bytes4 selector) private {
        vm.expectRevert(abi.encodePacked(selector));
    }

    function _expect(bytes4 selector, bytes32 detail) private {
        vm.expectRevert(abi.encodeWithSelector(selector, detail));
    }

    function _expectAt(bytes4 selector, uint256 batch) private {
        vm.expectRevert(abi.encodeWithSelector(selector, batch));
    }

    /// @dev With bounded gas, ample for a good proof: a point off the curve burns all that it is given.
    function _expectRejected(bytes memory proof) private {
        vm.expectRevert();
        verifier.verify{gas: 1_000_000}(ChainStepFixtures.THREE_CLAIM, proof);
    }
}
