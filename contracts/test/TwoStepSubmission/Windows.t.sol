// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {TwoStepSubmission} from "../../src/TwoStepSubmission.sol";
import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {TwoStepFixture} from "../support/TwoStepFixture.sol";

/// The first and the last block of each window: T, T+10, T+11, T+20, T+21.
contract TwoStepSubmissionWindowsTest is TwoStepFixture {
    function test_windows_atT_acceptsCommitsOnly() public {
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        expectTooEarly();
        revealAs(alice, theProof());
    }

    function test_windows_atT10_acceptsCommitsOnly() public {
        commitAs(alice, theProof());
        vm.roll(T + 10);
        commitAs(bob, theProof());
        expectTooEarly();
        revealAs(alice, theProof());
    }

    function test_windows_atT11_acceptsRevealsOnly() public {
        commitAs(alice, theProof());
        vm.roll(T + 11);
        expectCommitsClosed();
        commitAs(bob, theProof());
        revealAs(alice, theProof());
    }

    function test_windows_atT20_acceptsRevealsOnly() public {
        commitAs(alice, theProof());
        vm.roll(T + 20);
        expectCommitsClosed();
        commitAs(bob, theProof());
        revealAs(alice, theProof());
    }

    function test_windows_atT21_theRoundIsLost() public {
        commitAs(alice, theProof());
        vm.roll(T + 21);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RevealWindowClosed.selector, id, T + 20));
        revealAs(alice, theProof());
        commitAs(bob, theProof());
        vm.assertEq(submission.sequence(id).round, 2, "round");
        vm.assertEq(submission.sequence(id).firstCommitBlock, T + 21, "firstCommitBlock");
    }

    /// T is the first commitment's block: a later one neither extends nor shifts the windows.
    function test_windows_laterCommitsDoNotMoveThem() public {
        commitAs(alice, theProof());
        vm.roll(T + 10);
        commitAs(bob, theProof());
        vm.roll(T + 11);
        revealAs(bob, theProof());
    }

    /// Settlement runs through provenBlock + 20, whether the proof came first or last in its window.
    function test_windows_settlementEndsTwentyBlocksAfterTheProof() public {
        for (uint64 proven = T + 11; proven <= T + 20; proven += 9) {
            uint256 fork = vm.snapshotState();
            commitAs(alice, theProof());
            commitAs(bob, theProof());
            vm.roll(proven);
            revealAs(alice, theProof());
            vm.roll(proven + 21);
            vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SettlementClosed.selector, id, proven + 20));
            settleAs(bob, theProof());
            vm.roll(proven + 20);
            settleAs(bob, theProof());
            vm.revertToState(fork);
        }
    }

    /// No block accepts both a commit and a reveal, for any windows; after the round, commits reopen.
    function test_fuzz_windows_neverShareABlock(uint64 t1, uint64 t2, uint64 firstCommit, uint64 later) public {
        t1 = uint64(bound(t1, 1, type(uint32).max));
        t2 = uint64(bound(t2, 1, type(uint32).max));
        firstCommit = uint64(bound(firstCommit, T, 1 << 63));
        later = uint64(bound(later, firstCommit, uint256(firstCommit) + t1 + t2 + 2));
        submission = new TwoStepSubmission(
            address(ide), ITwoStepSubmission.Windows(t1, t2, t2, t1 + 2 * t2 + 1), defaultStakeTerms()
        );
        approveAndStake(alice);
        approveAndStake(bob);
        approveAndStake(requester);
        id = openAs(requester, 1, REWARD, type(uint64).max);

        vm.roll(firstCommit);
        commitAs(alice, theProof());
        vm.roll(later);
        bool commits = accepts(bob, abi.encodeCall(submission.commit, (id, bytes32(0))));
        bool reveals = accepts(alice, abi.encodeCall(submission.reveal, (id, theProof())));
        vm.assertEq(commits, later - firstCommit <= t1 || later - firstCommit > t1 + t2, "commits");
        vm.assertEq(reveals, later - firstCommit > t1 && later - firstCommit <= t1 + t2, "reveals");
        vm.assertTrue(!(commits && reveals), "shared block");
    }

    function accepts(address caller, bytes memory call) private returns (bool ok) {
        uint256 before = vm.snapshotState();
        vm.prank(caller);
        (ok,) = address(submission).call(call);
        vm.revertToState(before);
    }

    function approveAndStake(address who) private {
        vm.prank(who);
        ide.approve(address(submission), type(uint256).max);
        stakeAs(who, MIN_STAKE);
    }

    function expectTooEarly() private {
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RevealTooEarly.selector, id, T + 11));
    }

    function expectCommitsClosed() private {
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.CommitWindowClosed.selector, id, T + 10));
    }
}
