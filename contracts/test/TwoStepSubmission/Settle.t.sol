// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IProofVerifier} from "../../src/interfaces/IProofVerifier.sol";
import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {TwoStepFixture} from "../support/TwoStepFixture.sol";

contract TwoStepSubmissionSettleTest is TwoStepFixture {
    function test_settle_needsNoBytesAndNoVerification() public {
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        vm.roll(T + 11);
        vm.expectCall(address(verifier), abi.encodeCall(IProofVerifier.verify, (theClaim(), theProof())), 1);
        revealAs(alice, theProof());
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.CommitmentSettled(id, bob, 1, keccak256(theProof()));
        settleAs(bob, theProof());
        vm.assertEq(commitmentState(1, bob), uint256(ITwoStepSubmission.CommitmentState.Settled), "state");
        vm.assertEq(submission.prover(bob).unsettled, 0, "unsettled");
        vm.assertEq(submission.prover(bob).bonded, 0, "bonded");
    }

    function test_settle_paysTheLastProverOfTheRoundAtOnce() public {
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
        uint256 before = ide.balanceOf(bob);
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.RewardPaid(id, bob, REWARD * 5 / 7);
        settleAs(bob, theProof());
        assertPaid(bob, before, REWARD * 5 / 7);
    }

    function test_settle_revertsBeforeTheProof() public {
        commitAs(alice, theProof());
        vm.roll(T + 11);
        bytes32 digest = keccak256(theProof());
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.DigestNotVerified.selector, id, digest));
        settleAs(alice, theProof());
    }

    function test_settle_revertsForADigestThatNobodyShowed() public {
        commitAs(alice, theProof());
        commitAs(bob, WRONG_PROOF);
        vm.roll(T + 11);
        revealAs(alice, theProof());
        bytes32 digest = keccak256(WRONG_PROOF);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.DigestNotVerified.selector, id, digest));
        settleAs(bob, WRONG_PROOF);
    }

    function test_settle_doesNotTakeADigestOfAnotherSequence() public {
        commitAs(alice, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
        id = openAs(requester, 2, REWARD, EXPIRY);
        commitAs(bob, theProof());
        vm.roll(T + 11 + 11);
        bytes32 digest = keccak256(theProof());
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.DigestNotVerified.selector, id, digest));
        settleAs(bob, theProof());
    }

    function test_settle_revertsWithProofHashMismatch() public {
        commitAs(alice, theProof());
        commitAs(bob, saltedProof("b"));
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.ProofHashMismatch.selector, id, bob));
        settleAs(bob, theProof());
    }

    function test_settle_revertsWithNoCommitment() public {
        commitAs(alice, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NoCommitment.selector, id, 1, thief));
        settleAs(thief, theProof());
    }

    function test_settle_revertsWithAlreadySettled() public {
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
        settleAs(bob, theProof());
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.AlreadySettled.selector, id, 1, bob));
        settleAs(bob, theProof());
    }

    function test_settle_revertsBelowTheThreshold() public {
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        vm.prank(bob);
        submission.requestWithdrawal(450_000 ether);
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.StakeTooLow.selector, bob, 50_000 ether, MIN_STAKE));
        settleAs(bob, theProof());
    }

    /// After T+20 and until the settlement period is over, both ways to settle still work.
    function test_settle_lateByDigestAndByAnotherValidProof() public {
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        commitAs(carol, saltedProof("c"));
        vm.roll(T + 20);
        revealAs(alice, theProof());
        vm.roll(T + 20 + SETTLEMENT);
        settleAs(bob, theProof());
        revealAs(carol, saltedProof("c"));
        vm.assertEq(submission.sequence(id).settledCount, 3, "settledCount");
    }

    function test_settle_closesWithTheSettlementPeriod() public {
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        commitAs(carol, saltedProof("c"));
        vm.roll(T + 13);
        revealAs(alice, theProof());
        vm.roll(T + 13 + SETTLEMENT + 1);
        bytes memory closed =
            abi.encodeWithSelector(ITwoStepSubmission.SettlementClosed.selector, id, T + 13 + SETTLEMENT);
        vm.expectRevert(closed);
        settleAs(bob, theProof());
        vm.expectRevert(closed);
        revealAs(carol, saltedProof("c"));
    }
}
