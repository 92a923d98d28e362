// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {TwoStepFixture} from "../support/TwoStepFixture.sol";

contract TwoStepSubmissionCommitTest is TwoStepFixture {
    function test_commit_startsTheFirstRound() public {
        bytes32 proofHash = hashFor(alice, theProof());
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.ProofHashCommitted(id, alice, 1, proofHash, T);
        commitAs(alice, theProof());

        ITwoStepSubmission.Sequence memory s = submission.sequence(id);
        vm.assertEq(s.round, 1, "round");
        vm.assertEq(s.firstCommitBlock, T, "firstCommitBlock");
        vm.assertEq(s.committedCount, 1, "committedCount");
        ITwoStepSubmission.Commitment memory c = submission.commitment(id, 1, alice);
        vm.assertEq(uint256(c.state), uint256(ITwoStepSubmission.CommitmentState.Committed), "state");
        vm.assertEq(c.proofHash, proofHash, "proofHash");
        vm.assertEq(c.stake, 200_000 ether, "stake");
        ITwoStepSubmission.Prover memory p = submission.prover(alice);
        vm.assertEq(p.bonded, BOND, "bonded");
        vm.assertEq(p.unsettled, 1, "unsettled");
    }

    function test_commit_joinsTheRunningRound() public {
        commitAs(alice, theProof());
        vm.roll(T + 4);
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.ProofHashCommitted(id, bob, 1, hashFor(bob, theProof()), T);
        commitAs(bob, theProof());
        vm.assertEq(submission.sequence(id).committedCount, 2, "committedCount");
        vm.assertEq(submission.sequence(id).firstCommitBlock, T, "firstCommitBlock stays");
    }

    function test_commit_revertsWithAlreadyCommitted() public {
        commitAs(alice, theProof());
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.AlreadyCommitted.selector, id, 1, alice));
        commitAs(alice, saltedProof("another"));
    }

    function test_commit_revertsOnAnUnknownSequence() public {
        bytes32 unknown = keccak256("unknown");
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceNotOpen.selector, unknown));
        vm.prank(alice);
        submission.commit(unknown, bytes32(0));
    }

    function test_commit_revertsOnceProven() public {
        commitAs(alice, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceNotOpen.selector, id));
        commitAs(bob, theProof());
    }

    function test_commit_revertsOnceReclaimed() public {
        vm.roll(EXPIRY + 1);
        vm.prank(requester);
        submission.reclaim(id);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceNotOpen.selector, id));
        commitAs(bob, theProof());
    }

    function test_commit_startsARoundThroughTheExpiryBlockOnly() public {
        vm.roll(EXPIRY + 1);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceExpired.selector, id, EXPIRY));
        commitAs(alice, theProof());
        vm.roll(EXPIRY);
        commitAs(alice, theProof());
        vm.roll(EXPIRY + T1);
        commitAs(bob, theProof()); // joining is not starting
        vm.roll(EXPIRY + T1 + T2 + 1);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceExpired.selector, id, EXPIRY));
        commitAs(carol, theProof());
    }

    function test_commit_reopensALostRound() public {
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        vm.roll(T + 21);
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.ProofHashCommitted(id, carol, 2, hashFor(carol, theProof()), T + 21);
        commitAs(carol, theProof());
        ITwoStepSubmission.Sequence memory s = submission.sequence(id);
        vm.assertEq(s.round, 2, "round");
        vm.assertEq(s.firstCommitBlock, T + 21, "firstCommitBlock");
        vm.assertEq(s.committedCount, 1, "commitments of the lost round do not count");
        vm.assertEq(commitmentState(1, alice), uint256(ITwoStepSubmission.CommitmentState.Committed), "kept");
    }

    function test_commit_acceptsAProverOfALostRoundAgain() public {
        commitAs(alice, theProof());
        vm.roll(T + 21);
        commitAs(alice, theProof());
        vm.assertEq(submission.prover(alice).unsettled, 2, "unsettled");
        vm.assertEq(submission.prover(alice).bonded, 2 * BOND, "bonded");
    }

    function test_commit_revertsBelowTheThreshold() public {
        address dave = account("dave");
        require(ide.transfer(dave, MIN_STAKE));
        vm.prank(dave);
        ide.approve(address(submission), MIN_STAKE);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.StakeTooLow.selector, dave, 0, MIN_STAKE));
        commitAs(dave, theProof());
        stakeAs(dave, MIN_STAKE - 1);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.StakeTooLow.selector, dave, MIN_STAKE - 1, MIN_STAKE));
        commitAs(dave, theProof());
        stakeAs(dave, 1);
        commitAs(dave, theProof());
    }

    /// 200K of stake covers twenty bonds of 10K: the twenty-first commitment could not be slashed.
    function test_commit_needsAnUnbondedBond() public {
        uint64 covered = 20;
        vm.assertEq(covered * BOND, 200_000 ether, "bonds that alice covers");
        for (uint64 i = 0; i <= covered; i++) {
            bytes32 next = openAs(requester, 100 + i, 1, EXPIRY);
            if (i == covered) {
                vm.expectRevert(
                    abi.encodeWithSelector(
                        ITwoStepSubmission.StakeTooLow.selector, alice, 200_000 ether, 200_000 ether + BOND
                    )
                );
            }
            vm.prank(alice);
            submission.commit(next, hashFor(alice, theProof()));
        }
        vm.assertEq(submission.prover(alice).bonded, 200_000 ether, "all of the stake is bonded");
    }

    /// The weight is the active stake at commit; what changes later does not count.
    function test_commit_takesASnapshotOfTheActiveStake() public {
        vm.prank(alice);
        submission.requestWithdrawal(50_000 ether);
        commitAs(alice, theProof());
        stakeAs(alice, 1_000_000 ether);
        vm.prank(alice);
        submission.requestWithdrawal(10_000 ether);
        vm.assertEq(submission.commitment(id, 1, alice).stake, 150_000 ether, "snapshot");
    }

    /// T + T1 and T + T1 + 1 for any windows, at any block number.
    function test_fuzz_commit_closesAfterT1(uint256 firstCommit, uint256 later) public {
        firstCommit = bound(firstCommit, T, EXPIRY);
        later = bound(later, firstCommit, firstCommit + T1 + T2);
        vm.roll(firstCommit);
        commitAs(alice, theProof());
        vm.roll(later);
        bool closed = later > firstCommit + T1;
        if (closed) {
            vm.expectRevert(
                abi.encodeWithSelector(ITwoStepSubmission.CommitWindowClosed.selector, id, firstCommit + T1)
            );
        }
        commitAs(bob, theProof());
        vm.assertEq(submission.sequence(id).committedCount, closed ? 1 : 2, "committedCount");
    }
}
