// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {TwoStepFixture} from "../support/TwoStepFixture.sol";

/// A reorganised chain: state goes back to a snapshot, and other blocks follow it.
contract TwoStepSubmissionReorgTest is TwoStepFixture {
    function test_reorg_ofTheCommitLeavesNothingToReveal() public {
        uint256 fork = vm.snapshotState();
        commitAs(alice, theProof());
        vm.roll(T + 3);
        vm.revertToState(fork);
        vm.roll(T + 11);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NoCommitment.selector, id, 0, alice));
        revealAs(alice, theProof());
        vm.assertEq(submission.prover(alice).bonded, 0, "bonded");
    }

    function test_reorg_thatMovesTheCommitMovesTheWindows() public {
        uint256 fork = vm.snapshotState();
        commitAs(alice, theProof());
        vm.revertToState(fork);
        vm.roll(T + 6);
        commitAs(alice, theProof());
        vm.roll(T + 11);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RevealTooEarly.selector, id, T + 17));
        revealAs(alice, theProof());
        vm.roll(T + 17);
        revealAs(alice, theProof());
    }

    function test_reorg_thatChangesTheFirstCommitterMovesTheWindows() public {
        uint256 fork = vm.snapshotState();
        vm.roll(T + 2);
        commitAs(alice, theProof());
        vm.assertEq(submission.sequence(id).firstCommitBlock, T + 2, "T");
        vm.revertToState(fork);
        vm.roll(T + 1);
        commitAs(bob, theProof());
        vm.roll(T + 2);
        commitAs(alice, theProof());
        vm.assertEq(submission.sequence(id).firstCommitBlock, T + 1, "T");
        vm.roll(T + 12);
        revealAs(alice, theProof());
    }

    /// A commit that comes back too late for its round lands in no round.
    function test_reorg_thatDelaysACommitPastItsWindowIsRefused() public {
        commitAs(bob, theProof());
        uint256 fork = vm.snapshotState();
        commitAs(alice, theProof());
        vm.revertToState(fork);
        vm.roll(T + 11);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.CommitWindowClosed.selector, id, T + 10));
        commitAs(alice, theProof());
        vm.assertEq(submission.prover(alice).unsettled, 0, "unsettled");
    }

    function test_reorg_ofTheRevealPaysOnce() public {
        commitAs(alice, theProof());
        vm.roll(T + 11);
        uint256 before = ide.balanceOf(alice);
        uint256 fork = vm.snapshotState();
        revealAs(alice, theProof());
        assertPaid(alice, before, REWARD);
        vm.revertToState(fork);
        assertPaid(alice, before, 0);
        vm.assertTrue(!submission.digestVerified(id, keccak256(theProof())), "digestVerified");
        vm.roll(T + 14);
        revealAs(alice, theProof());
        assertPaid(alice, before, REWARD);
        vm.assertEq(submission.sequence(id).provenBlock, T + 14, "provenBlock");
    }

    /// The proof was seen in the lost branch, but the commit window was over in both.
    function test_reorg_ofTheRevealGivesAThiefNothing() public {
        commitAs(alice, theProof());
        vm.roll(T + 11);
        uint256 fork = vm.snapshotState();
        revealAs(alice, theProof());
        vm.revertToState(fork);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.CommitWindowClosed.selector, id, T + 10));
        commitAs(thief, theProof());
    }

    function test_reorg_ofASlashSlashesOnce() public {
        commitAs(alice, theProof());
        vm.roll(T + 21);
        uint256 fork = vm.snapshotState();
        submission.slash(id, 1, alice);
        vm.revertToState(fork);
        vm.assertEq(ide.balanceOf(BURNED), 0, "nothing burned");
        submission.slash(id, 1, alice);
        vm.assertEq(submission.prover(alice).stake, 200_000 ether - SLASH_NO_PROOF, "stake");
    }

    /// KNOWN LIMIT: a reorganisation deeper than the distance from the reveal to T+10 reopens the
    /// commit window after the proof was shown. T1 is chosen longer than the chain's finality.
    function test_knownLimit_aReorgThatReachesTheCommitWindowShowsTheProof() public {
        commitAs(alice, theProof());
        uint256 fork = vm.snapshotState();
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.revertToState(fork);
        vm.roll(T + 10);
        commitAs(thief, theProof());
        vm.roll(T + 11);
        revealAs(thief, theProof());
        settleAs(alice, theProof());
        vm.assertEq(submission.sequence(id).settledCount, 2, "alice still earns her share");
    }
}
