// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {TwoStepFixture} from "../support/TwoStepFixture.sol";

/// Whoever sees somebody else's commitment or proof earns nothing with it.
contract TwoStepSubmissionThiefTest is TwoStepFixture {
    /// The proof is in the mempool: the thief pays for a place before it, in the same block.
    function test_thief_inFrontOfTheRevealInTheSameBlock() public {
        commitAs(alice, theProof());
        vm.roll(T + 11);
        thiefCannotCommit();
        thiefCannotReveal();
        uint256 before = ide.balanceOf(alice);
        revealAs(alice, theProof());
        assertPaid(alice, before, REWARD);
        thiefHasNothing();
    }

    function test_thief_behindTheRevealInTheSameBlock() public {
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceNotOpen.selector, id));
        commitAs(thief, theProof());
        thiefCannotReveal();
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NoCommitment.selector, id, 1, thief));
        settleAs(thief, theProof());
        thiefHasNothing();
    }

    /// The first block with a reveal is the first without commits, so a proof seen there is too late.
    function test_thief_inTheLastCommitBlockHasNoProofToSee() public {
        commitAs(alice, theProof());
        vm.roll(T + 10);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RevealTooEarly.selector, id, T + 11));
        revealAs(alice, theProof());
        vm.roll(T + 11);
        thiefCannotCommit();
    }

    /// The commitment of somebody else, copied byte for byte, binds the other's address.
    function test_thief_withACopiedProofHashIsSlashed() public {
        commitAs(alice, theProof());
        commitHashAs(thief, hashFor(alice, theProof()));
        vm.roll(T + 11);
        revealAs(alice, theProof());
        bytes memory mismatch = abi.encodeWithSelector(ITwoStepSubmission.ProofHashMismatch.selector, id, thief);
        vm.expectRevert(mismatch);
        revealAs(thief, theProof());
        vm.expectRevert(mismatch);
        settleAs(thief, theProof());
        vm.roll(T + 11 + SETTLEMENT + 1);
        submission.slash(id, 1, thief);
        vm.assertEq(submission.prover(thief).stake, 400_000 ether - SLASH_INCORRECT_HASH, "slashed");
        uint256 before = ide.balanceOf(alice);
        submission.payReward(id, alice);
        assertPaid(alice, before, REWARD);
        thiefHasNothing();
    }

    /// A thief that starts the round with a guess, to keep the honest out, only opens their window.
    function test_thief_thatCommitsFirstCannotKeepOthersOut() public {
        commitHashAs(thief, keccak256("a guess"));
        vm.roll(T + 10);
        commitAs(alice, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.roll(T + 11 + SETTLEMENT + 1);
        submission.slash(id, 1, thief);
        uint256 before = ide.balanceOf(alice);
        submission.payReward(id, alice);
        assertPaid(alice, before, REWARD);
        thiefHasNothing();
    }

    /// Splitting a stake over addresses earns what the whole stake earns.
    function test_sybil_earnsNoMoreThanOneAddress() public {
        uint256 fork = vm.snapshotState();
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        vm.roll(T + 11);
        revealAs(bob, theProof());
        uint256 before = ide.balanceOf(alice);
        settleAs(alice, theProof());
        uint256 whole = ide.balanceOf(alice) - before;
        vm.revertToState(fork);

        address[2] memory halves = [account("half 1"), account("half 2")];
        for (uint256 i = 0; i < 2; i++) {
            require(ide.transfer(halves[i], 100_000 ether));
            vm.prank(halves[i]);
            ide.approve(address(submission), 100_000 ether);
            stakeAs(halves[i], 100_000 ether);
            commitAs(halves[i], theProof());
        }
        commitAs(bob, theProof());
        vm.roll(T + 11);
        revealAs(bob, theProof());
        settleAs(halves[0], theProof());
        settleAs(halves[1], theProof());
        submission.payReward(id, halves[0]);
        vm.assertApproxEqAbs(ide.balanceOf(halves[0]) + ide.balanceOf(halves[1]), whole, 2, "split");
    }

    /// Stake cannot leave one address and come back at another in time for the same round.
    function test_sybil_cannotUseOneStakeTwiceInARound() public {
        commitAs(alice, theProof());
        vm.prank(alice);
        submission.requestWithdrawal(100_000 ether);
        vm.roll(T + T1 + T2 + SETTLEMENT);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.WithdrawalTooEarly.selector, alice, T + WITHDRAWAL));
        vm.prank(alice);
        submission.withdraw();
    }

    /// A requester that proves its own sequence moves its own money and nobody else's.
    function test_requester_asItsOwnProverGainsNothing() public {
        uint256 before = ide.balanceOf(requester);
        stakeAs(requester, MIN_STAKE);
        commitAs(requester, theProof());
        commitAs(alice, theProof());
        vm.roll(T + 11);
        revealAs(requester, theProof());
        settleAs(alice, theProof());
        submission.payReward(id, requester);
        uint256 share = REWARD - REWARD * 2 / 3;
        vm.assertEq(ide.balanceOf(requester), before - MIN_STAKE + share, "its share by stake");
        vm.assertEq(submission.prover(requester).stake, MIN_STAKE, "stake");
    }

    /// KNOWN LIMIT: a proof that is shown after its window is public, and the next round is open to
    /// whoever saw it. A sender must not broadcast a reveal that cannot be mined by T+20.
    function test_knownLimit_aProofShownTooLateCanBeCopied() public {
        commitAs(alice, theProof());
        vm.roll(T + 21);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RevealWindowClosed.selector, id, T + 20));
        revealAs(alice, theProof());
        commitAs(thief, theProof());
        vm.roll(T + 21 + 11);
        uint256 before = ide.balanceOf(thief);
        revealAs(thief, theProof());
        assertPaid(thief, before, REWARD);
    }

    function thiefCannotCommit() private {
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.CommitWindowClosed.selector, id, T + 10));
        commitAs(thief, theProof());
    }

    function thiefCannotReveal() private {
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NoCommitment.selector, id, 1, thief));
        revealAs(thief, theProof());
    }

    function thiefHasNothing() private {
        vm.assertEq(ide.balanceOf(thief), FUNDS - 400_000 ether, "thief's balance");
        vm.roll(T + 1000);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RewardNotDue.selector, id, thief));
        submission.payReward(id, thief);
    }
}
