// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IProofVerifier} from "../../src/interfaces/IProofVerifier.sol";
import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {TwoStepFixture} from "../support/TwoStepFixture.sol";

contract TwoStepSubmissionOpenTest is TwoStepFixture {
    function test_open_recordsTheSequenceAndTakesTheReward() public {
        bytes32 claim = theClaim();
        bytes32 expected = keccak256(abi.encode(requester, uint64(5), uint64(9), claim, verifier));
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.SequenceOpened(expected, requester, 5, 9, claim, verifier, 3 ether, T + 1, "inputs");
        uint256 before = ide.balanceOf(requester);
        vm.prank(requester);
        bytes32 opened = submission.open(5, 9, claim, verifier, 3 ether, T + 1, "inputs");

        vm.assertEq(opened, expected, "id");
        vm.assertEq(before - ide.balanceOf(requester), 3 ether, "funded");
        ITwoStepSubmission.Sequence memory s = submission.sequence(opened);
        vm.assertEq(uint256(s.state), uint256(ITwoStepSubmission.SequenceState.Open), "state");
        vm.assertEq(s.requester, requester, "requester");
        vm.assertEq(s.startHeight, 5, "startHeight");
        vm.assertEq(s.endHeight, 9, "endHeight");
        vm.assertEq(s.expiry, T + 1, "expiry");
        vm.assertEq(s.round, 0, "round");
        vm.assertEq(s.claim, claim, "claim");
        vm.assertEq(address(s.verifier), address(verifier), "verifier");
        vm.assertEq(s.reward, 3 ether, "reward");
        vm.assertEq(s.rewardLeft, 3 ether, "rewardLeft");
    }

    function test_open_acceptsOneHeightAndExpiryInThisBlock() public {
        vm.prank(requester);
        submission.open(8, 8, theClaim(), verifier, 1, T, "");
    }

    function test_open_revertsWithInvalidRange() public {
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.InvalidRange.selector, 9, 8));
        vm.prank(requester);
        submission.open(9, 8, theClaim(), verifier, 1, EXPIRY, "");
    }

    function test_open_revertsWithSequenceExists() public {
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceExists.selector, id));
        openAs(requester, 1, REWARD, EXPIRY);
    }

    function test_open_revertsWithSequenceExistsAfterReclaim() public {
        vm.roll(EXPIRY + 1);
        reclaimAs(requester);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceExists.selector, id));
        openAs(requester, 1, REWARD, EXPIRY + 500);
    }

    /// Nobody can occupy another requester's id.
    function test_open_separatesRequesters() public {
        bytes32 other = openAs(bob, 1, REWARD, EXPIRY);
        vm.assertTrue(other != id, "ids differ");
    }

    function test_open_revertsWithSequenceExpired() public {
        bytes32 expected = keccak256(abi.encode(requester, uint64(8), uint64(8), theClaim(), verifier));
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceExpired.selector, expected, T - 1));
        vm.prank(requester);
        submission.open(8, 8, theClaim(), verifier, 1, T - 1, "");
    }

    function test_open_revertsWithoutAReward() public {
        vm.expectRevert(ITwoStepSubmission.InvalidParameters.selector);
        vm.prank(requester);
        submission.open(8, 8, theClaim(), verifier, 0, EXPIRY, "");
    }

    function test_open_revertsOnAVerifierWithoutCode() public {
        vm.expectRevert(ITwoStepSubmission.InvalidParameters.selector);
        vm.prank(requester);
        submission.open(8, 8, theClaim(), IProofVerifier(alice), 1, EXPIRY, "");
    }

    function test_reclaim_returnsTheRewardInTheFirstBlockAfterExpiry() public {
        uint256 before = ide.balanceOf(requester);
        vm.roll(EXPIRY);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceNotReclaimable.selector, id));
        reclaimAs(requester);
        vm.roll(EXPIRY + 1);
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.SequenceReclaimed(id, requester, REWARD);
        reclaimAs(requester);
        assertPaid(requester, before, REWARD);
        vm.assertEq(sequenceState(), uint256(ITwoStepSubmission.SequenceState.Reclaimed), "state");
        vm.assertEq(submission.sequence(id).rewardLeft, 0, "rewardLeft");
    }

    function test_reclaim_revertsTheSecondTime() public {
        vm.roll(EXPIRY + 1);
        reclaimAs(requester);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceNotReclaimable.selector, id));
        reclaimAs(requester);
    }

    function test_reclaim_revertsForAnybodyElse() public {
        vm.roll(EXPIRY + 1);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NotRequester.selector, thief));
        reclaimAs(thief);
    }

    function test_reclaim_revertsOnAnUnknownSequence() public {
        bytes32 unknown = keccak256("unknown");
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceNotReclaimable.selector, unknown));
        vm.prank(requester);
        submission.reclaim(unknown);
    }

    /// A round that started in the last possible block keeps its whole time.
    function test_reclaim_waitsForTheRunningRound() public {
        vm.roll(EXPIRY);
        commitAs(alice, theProof());
        vm.roll(EXPIRY + T1 + T2);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceNotReclaimable.selector, id));
        reclaimAs(requester);
        vm.roll(EXPIRY + T1 + T2 + 1);
        reclaimAs(requester);
        submission.slash(id, 1, alice);
        vm.assertEq(submission.prover(alice).stake, 200_000 ether - SLASH_NO_PROOF, "lost round is still slashed");
    }

    function test_reclaim_revertsOnceProven() public {
        commitAs(alice, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.roll(EXPIRY + 1);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceNotReclaimable.selector, id));
        reclaimAs(requester);
    }

    function reclaimAs(address who) private {
        vm.prank(who);
        submission.reclaim(id);
    }
}
