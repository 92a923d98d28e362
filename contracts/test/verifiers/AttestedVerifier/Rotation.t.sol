// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {IAttestedVerifier} from "../../../src/interfaces/IAttestedVerifier.sol";
import {AttestedVerifier} from "../../../src/verifiers/AttestedVerifier.sol";
import {AttestedFixture} from "../../support/AttestedFixture.sol";

contract AttestedVerifierRotationTest is AttestedFixture {
    function test_constructor_makesTheFirstSet() public view {
        IAttestedVerifier.KeySet memory s = verifier.keySet(1);
        vm.assertEq(s.from, START, "from");
        vm.assertEq(s.through, type(uint64).max, "through");
        vm.assertEq(s.threshold, 2, "threshold");
        vm.assertEq(s.keys.length, KEYS, "keys");
        vm.assertEq(verifier.currentSet(), 1, "current");
        vm.assertEq(verifier.owner(), address(this), "owner");
        vm.assertEq(verifier.rotationBlocks(), ROTATION, "rotation");
    }

    function test_constructor_refusesWrongParameters() public {
        address[] memory keys = addresses(0, KEYS);
        expectInvalid(keys, 0, ROTATION);
        expectInvalid(keys, 5, ROTATION);
        expectInvalid(keys, 2, 0);
        expectInvalid(keys, 2, uint64(type(uint32).max) + 1);
        expectInvalid(new address[](0), 0, ROTATION);
        expectInvalid(new address[](1), 1, ROTATION);
        (keys[0], keys[1]) = (keys[1], keys[0]);
        expectInvalid(keys, 2, ROTATION);
        keys[0] = keys[1];
        expectInvalid(keys, 2, ROTATION);
        expectInvalid(new address[](65), 2, ROTATION);
    }

    function test_constructor_takesAsManyKeysAsItSays() public {
        address[] memory keys = new address[](64);
        for (uint256 i = 0; i < 64; i++) {
            keys[i] = address(uint160(i + 1));
        }
        AttestedVerifier all = new AttestedVerifier(address(this), keys, 64, ROTATION);
        vm.assertEq(all.keySet(1).keys.length, 64, "keys");
    }

    /// The blocks of a rotation announced in block A: the new set counts from A + ROTATION on, the old one
    /// through A + 2 ROTATION - 1.
    function test_announce_overlapsTheSets() public {
        bytes memory old = proofOf(1, 0, 2);
        bytes memory next = proofOf(2, 4, 6);
        vm.assertEq(verifier.announce(addresses(4, 8), 2), 2, "number");
        expectNotAccepted(2, next);
        vm.roll(START + ROTATION - 1);
        expectNotAccepted(2, next);
        verifier.verify(CLAIM, old);
        vm.assertEq(verifier.currentSet(), 1, "before");
        vm.roll(START + ROTATION);
        verifier.verify(CLAIM, next);
        verifier.verify(CLAIM, old);
        vm.assertEq(verifier.currentSet(), 2, "after");
        vm.roll(START + 2 * ROTATION - 1);
        verifier.verify(CLAIM, next);
        verifier.verify(CLAIM, old);
        vm.roll(START + 2 * ROTATION);
        verifier.verify(CLAIM, next);
        expectNotAccepted(1, old);
    }

    function test_announce_waitsForTheLastOne() public {
        verifier.announce(addresses(4, 8), 2);
        vm.roll(START + ROTATION - 1);
        vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.RotationPending.selector, 2));
        verifier.announce(addresses(0, 4), 2);
        vm.roll(START + ROTATION);
        vm.assertEq(verifier.announce(addresses(0, 4), 2), 3, "number");
    }

    function test_announce_keysOfOneSetDoNotCountInAnother() public {
        verifier.announce(addresses(4, 8), 2);
        vm.roll(START + ROTATION);
        bytes memory proof = proofOf(2, 0, 2);
        vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.NotAVerifier.selector, vm.addr(secrets[0])));
        verifier.verify(CLAIM, proof);
    }

    function test_revoke_stopsASetAtOnce() public {
        bytes memory proof = proofOf(1, 0, 2);
        verifier.verify(CLAIM, proof);
        vm.expectEmit(address(verifier));
        emit IAttestedVerifier.SetRevoked(1);
        verifier.revoke(1);
        expectNotAccepted(1, proof);
        vm.assertEq(verifier.currentSet(), 0, "none");
        // A new set takes as long as ever, and the revoked one does not come back meanwhile.
        verifier.announce(addresses(4, 8), 2);
        expectNotAccepted(1, proof);
        vm.roll(START + ROTATION);
        verifier.verify(CLAIM, proofOf(2, 4, 6));
        expectNotAccepted(1, proof);
    }

    function test_revoke_takesAnAnnouncementBack() public {
        verifier.announce(addresses(4, 8), 2);
        verifier.revoke(2);
        vm.roll(START + 10 * ROTATION);
        verifier.verify(CLAIM, proofOf(1, 0, 2));
        expectNotAccepted(2, proofOf(2, 4, 6));
        vm.assertEq(verifier.currentSet(), 1, "current");
        vm.assertEq(verifier.announce(addresses(4, 8), 2), 3, "numbers are never used twice");
        vm.assertEq(verifier.keySet(1).through, START + 12 * ROTATION - 1, "through");
    }

    function test_revoke_leavesTheOldSetItsOverlap() public {
        verifier.announce(addresses(4, 8), 2);
        vm.roll(START + ROTATION);
        verifier.revoke(2);
        vm.assertEq(verifier.currentSet(), 1, "the old set goes on for its overlap");
        verifier.verify(CLAIM, proofOf(1, 0, 2));
        vm.roll(START + 2 * ROTATION);
        expectNotAccepted(1, proofOf(1, 0, 2));
        vm.assertEq(verifier.currentSet(), 0, "none");
    }

    function test_revoke_refusesWhatIsNoSetOrRevoked() public {
        vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.UnknownSet.selector, 0));
        verifier.revoke(0);
        vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.UnknownSet.selector, 2));
        verifier.revoke(2);
        verifier.revoke(1);
        vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.AlreadyRevoked.selector, 1));
        verifier.revoke(1);
    }

    function testFuzz_onlyTheOwnerChangesSets(address anybody) public {
        vm.assume(anybody != address(this));
        address[] memory keys = addresses(4, 8);
        vm.startPrank(anybody);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, anybody));
        verifier.announce(keys, 2);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, anybody));
        verifier.revoke(1);
        vm.stopPrank();
    }

    function test_owner_isHandedOverInTwoSteps() public {
        address next = account("next owner");
        verifier.transferOwnership(next);
        vm.assertEq(verifier.owner(), address(this), "not yet");
        vm.prank(next);
        verifier.acceptOwnership();
        vm.assertEq(verifier.owner(), next, "handed over");
    }

    function test_owner_canLeaveTheSetAsItIs() public {
        verifier.renounceOwnership();
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        verifier.revoke(1);
        verifier.verify(CLAIM, proofOf(1, 0, 2));
    }

    function expectInvalid(address[] memory keys, uint16 threshold, uint64 rotation) private {
        vm.expectRevert(IAttestedVerifier.InvalidParameters.selector);
        new AttestedVerifier(address(this), keys, threshold, rotation);
    }

    function expectNotAccepted(uint64 set, bytes memory proof) private {
        vm.expectRevert(abi.encodeWithSelector(IAttestedVerifier.SetNotAccepted.selector, set));
        verifier.verify(CLAIM, proof);
    }
}
