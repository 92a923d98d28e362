// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AttestedVerifier} from "../../src/verifiers/AttestedVerifier.sol";
import {Test} from "./Test.sol";

/// @title The owner of an AttestedVerifier in a random mood; keeps its own books of what must count.
/// @notice Each set is signed by one key of its own, and by nobody else.
contract AttestedHandler is Test {
    uint64 public constant ROTATION = 7;
    bytes32 public constant CLAIM = keccak256("claim");

    struct Book {
        uint64 announced; // block
        uint64 replaced;  // block of the announcement of the next one, or 0
        bool revoked;
    }

    AttestedVerifier public immutable verifier;
    Book[] public books; // of set i + 1
    uint256 public rotations;
    uint256 public revocations;
    uint256 public takenBack;
    uint64 private standing = 1; // the last set that was not taken back

    constructor() {
        address[] memory keys = new address[](1);
        keys[0] = vm.addr(secretOf(1));
        verifier = new AttestedVerifier(address(this), keys, 1, ROTATION);
        books.push(Book(0, 0, false));
    }

    function roll(uint256 blocks) external {
        vm.roll(vm.getBlockNumber() + bound(blocks, 1, ROTATION));
    }

    function announce() external {
        address[] memory keys = new address[](1);
        keys[0] = vm.addr(secretOf(books.length + 1));
        bool pending = vm.getBlockNumber() < startOf(standing);
        try verifier.announce(keys, 1) returns (uint64 set) {
            vm.assertTrue(!pending, "announced while another is pending");
            vm.assertEq(set, books.length + 1, "number");
            books[standing - 1].replaced = uint64(vm.getBlockNumber());
            books.push(Book(uint64(vm.getBlockNumber()), 0, false));
            standing = set;
            rotations += 1;
        } catch {
            vm.assertTrue(pending, "refused without a reason");
        }
    }

    function revoke(uint256 which) external {
        uint64 set = uint64(bound(which, 1, books.length));
        // Mostly one of the newest: an old one hardly ever counts any more.
        // forge-lint: disable-next-line(unsafe-typecast)
        if (which % 2 == 0 && books.length > 1) set = uint64(books.length - which / 2 % 2);
        try verifier.revoke(set) {
            vm.assertTrue(!books[set - 1].revoked, "revoked twice");
            books[set - 1].revoked = true;
            revocations += 1;
            if (vm.getBlockNumber() >= startOf(set)) return;
            takenBack += 1;
            for (standing = set - 1; books[standing - 1].replaced != books[set - 1].announced; standing--) {}
            books[standing - 1].replaced = 0;
        } catch {
            vm.assertTrue(books[set - 1].revoked, "refused without a reason");
        }
    }

    function setCount() external view returns (uint256) {
        return books.length;
    }

    /// @dev Whether the set must count now, by the rule as people read it.
    function mustCount(uint64 set) external view returns (bool) {
        Book memory b = books[set - 1];
        bool begun = vm.getBlockNumber() >= startOf(set);
        bool over = b.replaced != 0 && vm.getBlockNumber() >= b.replaced + 2 * ROTATION;
        return begun && !over && !b.revoked;
    }

    function counts(uint64 set, uint64 signer) external view returns (bool) {
        bytes32 digest = verifier.attestationDigest(set, CLAIM, bytes32(0), "");
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secretOf(signer), digest);
        try verifier.verify(CLAIM, abi.encode(set, bytes32(0), "", abi.encodePacked(r, s, v))) {
            return true;
        } catch {
            return false;
        }
    }

    function startOf(uint64 set) private view returns (uint64) {
        return set == 1 ? 0 : books[set - 1].announced + ROTATION;
    }

    function secretOf(uint256 set) private pure returns (uint256) {
        return uint256(keccak256(abi.encode("set", set)));
    }
}
