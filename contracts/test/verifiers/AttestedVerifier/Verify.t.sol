// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IAttestedVerifier} from "../../../src/interfaces/IAttestedVerifier.sol";
import {AttestedVerifier} from "../../../src/verifiers/AttestedVerifier.sol";
import {AttestedFixture} from "../../support/AttestedFixture.sol";

contract AttestedVerifierVerifyTest is AttestedFixture {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    // Accepted

    function test_verify_acceptsTheThreshold() public {
        verifier.verify(CLAIM, proofOf(1, 0, 2));
        vm.snapshotGasLastCall("AttestedVerifier", "verify_2_of_4");
    }

    function test_verify_acceptsAllKeys() public {
        verifier.verify(CLAIM, proofOf(1, 0, 4));
        vm.snapshotGasLastCall("AttestedVerifier", "verify_4_of_4");
    }

    function testFuzz_verify_acceptsAnyTwoKeys(uint256 a, uint256 b) public view {
        a = bound(a, 0, KEYS - 2);
        b = bound(b, a + 1, KEYS - 1);
        verifier.verify(CLAIM, encoded(1, bytes.concat(signatureOf(a, 1, CLAIM), signatureOf(b, 1, CLAIM))));
    }

    function testFuzz_verify_acceptsWhatWasSigned(bytes32 claim, bytes32 digest, bytes calldata letters) public view {
        vm.assume(letters.length <= verifier.URI_BYTES_MAX());
        string memory uri = string(letters);
        bytes32 message = verifier.attestationDigest(1, claim, digest, uri);
        bytes memory signatures = bytes.concat(signed(secrets[1], message), signed(secrets[3], message));
        verifier.verify(claim, abi.encode(uint64(1), digest, uri, signatures));
    }

    /// The typed data once more, byte by byte, so that it cannot change unnoticed.
    function test_attestationDigest_isThatOfEip712() public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Cairn AttestedVerifier"),
                keccak256("1"),
                block.chainid,
                address(verifier)
            )
        );
        bytes32 message = keccak256(
            abi.encode(
                keccak256("Attestation(uint64 set,bytes32 claim,bytes32 proofDigest,string uri)"),
                uint256(7),
                CLAIM,
                DIGEST,
                keccak256(bytes(URI))
            )
        );
        vm.assertEq(
            verifier.attestationDigest(7, CLAIM, DIGEST, URI),
            keccak256(abi.encodePacked(hex"1901", domain, message)),
            "digest"
        );
    }

    // What is signed

    function testFuzz_verify_refusesAnotherClaim(bytes32 claim) public {
        vm.assume(claim != CLAIM);
        expectRefused(claim, proofOf(1, 0, 2));
    }

    function testFuzz_verify_refusesAnotherProof(bytes32 digest) public {
        vm.assume(digest != DIGEST);
        bytes memory signatures = bytes.concat(signatureOf(0, 1, CLAIM), signatureOf(1, 1, CLAIM));
        expectRefused(CLAIM, abi.encode(uint64(1), digest, URI, signatures));
    }

    function testFuzz_verify_refusesAnotherPlace(string calldata uri) public {
        vm.assume(keccak256(bytes(uri)) != keccak256(bytes(URI)));
        vm.assume(bytes(uri).length <= verifier.URI_BYTES_MAX());
        bytes memory signatures = bytes.concat(signatureOf(0, 1, CLAIM), signatureOf(1, 1, CLAIM));
        expectRefused(CLAIM, abi.encode(uint64(1), DIGEST, uri, signatures));
    }

    function test_verify_refusesASignatureForAnotherContract() public {
        AttestedVerifier other = new AttestedVerifier(address(this), addresses(0, KEYS), 2, ROTATION);
        bytes memory proof = proofOf(1, 0, 2);
        vm.expectRevert();
        other.verify(CLAIM, proof);
    }

    function test_verify_refusesASignatureForAnotherChain() public {
        bytes memory proof = proofOf(1, 0, 2);
        vm.chainId(block.chainid + 1);
        expectRefused(CLAIM, proof);
    }

    function test_verify_refusesASignatureForAnotherSet() public {
        verifier.announce(addresses(0, KEYS), 2);
        vm.roll(START + ROTATION);
        bytes memory signatures = bytes.concat(signatureOf(0, 1, CLAIM), signatureOf(1, 1, CLAIM));
        expectRefused(CLAIM, encoded(2, signatures));
        verifier.verify(CLAIM, encoded(1, signatures));
    }

    // Who signs

    function test_verify_refusesFewerThanTheThreshold() public {
        for (uint256 count = 0; count < 2; count++) {
            bytes memory proof = proofOf(1, 0, count);
            vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.InvalidSignatureCount.selector, count, 2, 4));
            verifier.verify(CLAIM, proof);
        }
    }

    function test_verify_refusesMoreThanThereAreKeys() public {
        bytes memory one = signatureOf(0, 1, CLAIM);
        vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.InvalidSignatureCount.selector, 5, 2, 4));
        verifier.verify(CLAIM, encoded(1, bytes.concat(one, one, one, one, one)));
    }

    function test_verify_refusesAKeyTwice() public {
        bytes memory one = signatureOf(2, 1, CLAIM);
        vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.UnorderedSignature.selector, 1));
        verifier.verify(CLAIM, encoded(1, bytes.concat(one, one)));
    }

    function testFuzz_verify_refusesAnyOtherOrder(uint256 a, uint256 b) public {
        a = bound(a, 1, KEYS - 1);
        b = bound(b, 0, a - 1);
        bytes memory proof = encoded(1, bytes.concat(signatureOf(a, 1, CLAIM), signatureOf(b, 1, CLAIM)));
        vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.UnorderedSignature.selector, 1));
        verifier.verify(CLAIM, proof);
    }

    function testFuzz_verify_refusesAStranger(uint256 secret) public {
        secret = bound(secret, 1, ORDER - 1);
        address stranger = vm.addr(secret);
        for (uint256 i = 0; i < KEYS; i++) {
            vm.assume(vm.addr(secrets[i]) != stranger);
        }
        bytes memory theirs = signed(secret, verifier.attestationDigest(1, CLAIM, DIGEST, URI));
        bytes memory proof = encoded(1, bytes.concat(signatureOf(0, 1, CLAIM), theirs));
        vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.NotAVerifier.selector, stranger));
        verifier.verify(CLAIM, proof);
    }

    function test_verify_refusesAHighS() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secrets[1], verifier.attestationDigest(1, CLAIM, DIGEST, URI));
        bytes memory twin = abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        bytes memory proof = encoded(1, bytes.concat(signatureOf(0, 1, CLAIM), twin));
        vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.InvalidSignature.selector, 1));
        verifier.verify(CLAIM, proof);
    }

    function test_verify_refusesASignatureOfNobody() public {
        bytes memory proof = encoded(1, bytes.concat(signatureOf(0, 1, CLAIM), new bytes(65)));
        vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.InvalidSignature.selector, 1));
        verifier.verify(CLAIM, proof);
    }

    function testFuzz_verify_refusesSignaturesOfOddLength(uint256 length) public {
        length = bound(length, 131, 194);
        bytes memory signatures = bytes.concat(signatureOf(0, 1, CLAIM), signatureOf(1, 1, CLAIM), new bytes(64));
        assembly ("memory-safe") {
            mstore(signatures, length)
        }
        vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.InvalidSignatureCount.selector, 2, 2, 4));
        verifier.verify(CLAIM, encoded(1, signatures));
    }

    // One encoding

    /// Every bit of a proof counts: whichever is flipped, the proof is refused.
    function testFuzz_verify_ignoresNoBit(uint256 bit) public {
        bytes memory proof = proofOf(1, 0, 2);
        bit = bound(bit, 0, proof.length * 8 - 1);
        proof[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        expectRefused(CLAIM, proof);
    }

    function testFuzz_verify_refusesACutProof(uint256 length) public {
        bytes memory proof = proofOf(1, 0, 2);
        length = bound(length, 0, proof.length - 1);
        assembly ("memory-safe") {
            mstore(proof, length)
        }
        vm.expectRevert(IAttestedVerifier.InvalidEncoding.selector);
        verifier.verify(CLAIM, proof);
    }

    function testFuzz_verify_refusesTrailingBytes(bytes calldata more) public {
        vm.assume(more.length != 0);
        bytes memory proof = bytes.concat(proofOf(1, 0, 2), more);
        vm.expectRevert(IAttestedVerifier.InvalidEncoding.selector);
        verifier.verify(CLAIM, proof);
    }

    function testFuzz_verify_refusesNoise(bytes calldata noise) public {
        expectRefused(CLAIM, noise);
    }

    function test_verify_refusesAUriThatIsTooLong() public {
        string memory uri = string(new bytes(verifier.URI_BYTES_MAX() + 1));
        bytes32 message = verifier.attestationDigest(1, CLAIM, DIGEST, uri);
        bytes memory signatures = bytes.concat(signed(secrets[0], message), signed(secrets[1], message));
        vm.expectRevert(IAttestedVerifier.InvalidEncoding.selector);
        verifier.verify(CLAIM, abi.encode(uint64(1), DIGEST, uri, signatures));
    }

    function test_verify_refusesASetThatNobodyMade() public {
        for (uint64 set = 0; set < 4; set += 2) {
            bytes memory proof = proofOf(set, 0, 2);
            vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.SetNotAccepted.selector, set));
            verifier.verify(CLAIM, proof);
        }
    }

    function test_verify_refusesTooLittleGasRatherThanAccepting() public view {
        bytes memory proof = proofOf(1, 0, 2);
        for (uint256 gas = 2_000; gas < 60_000; gas += 2_000) {
            try verifier.verify{gas: gas}(CLAIM, proof) {
                assert(gas > 15_000);
            } catch {}
        }
    }

    function expectRefused(bytes32 claim, bytes memory proof) private {
        vm.expectRevert();
        verifier.verify(claim, proof);
    }
}
