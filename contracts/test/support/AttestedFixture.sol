// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AttestedVerifier} from "../../src/verifiers/AttestedVerifier.sol";
import {Test} from "./Test.sol";

/// @title An AttestedVerifier of 2 of 4 keys, and what its keys sign.
abstract contract AttestedFixture is Test {
    uint64 internal constant START = 1000;
    uint64 internal constant ROTATION = 50;
    uint256 internal constant KEYS = 4;
    bytes32 internal constant CLAIM = keccak256("claim");
    bytes32 internal constant DIGEST = keccak256("digest of the proof");
    string internal constant URI = "https://proofs.example.org/proofs/2c26b46b";

    AttestedVerifier internal verifier;
    /// @dev In ascending order of their addresses: one to four in the first set, five to eight in the next.
    uint256[] internal secrets;

    function setUp() public virtual {
        vm.roll(START);
        for (uint256 i = 1; i <= 2 * KEYS; i++) {
            secrets.push(uint256(keccak256(abi.encode("verifier key", i))));
        }
        sort(0, KEYS);
        sort(KEYS, 2 * KEYS);
        verifier = new AttestedVerifier(address(this), addresses(0, KEYS), 2, ROTATION);
    }

    function addresses(uint256 from, uint256 to) internal view returns (address[] memory out) {
        out = new address[](to - from);
        for (uint256 i = from; i < to; i++) {
            out[i - from] = vm.addr(secrets[i]);
        }
    }

    function signatureOf(uint256 key, uint64 set, bytes32 claim) internal view returns (bytes memory) {
        return signed(secrets[key], verifier.attestationDigest(set, claim, DIGEST, URI));
    }

    function signed(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev Signed by keys `from` … `to - 1` for CLAIM.
    function proofOf(uint64 set, uint256 from, uint256 to) internal view returns (bytes memory) {
        bytes memory signatures;
        for (uint256 i = from; i < to; i++) {
            signatures = bytes.concat(signatures, signatureOf(i, set, CLAIM));
        }
        return encoded(set, signatures);
    }

    function encoded(uint64 set, bytes memory signatures) internal pure returns (bytes memory) {
        return abi.encode(set, DIGEST, URI, signatures);
    }

    function sort(uint256 from, uint256 to) private {
        for (uint256 i = from; i < to; i++) {
            for (uint256 j = i + 1; j < to; j++) {
                if (vm.addr(secrets[j]) < vm.addr(secrets[i])) (secrets[i], secrets[j]) = (secrets[j], secrets[i]);
            }
        }
    }
}
