// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {TwoStepFixture} from "../support/TwoStepFixture.sol";

contract TwoStepSubmissionPayRewardTest is TwoStepFixture {
    /// The worked example: 128 IDE per block over 64 slots is 2 IDE per sequence; stakes of 200K, 500K
    /// and 300K IDE earn 0.4, 1.0 and 0.6 IDE.
    function test_payReward_workedExampleOf128IdePerBlockOver64Slots() public {
        vm.assertEq(REWARD, uint256(128 ether) / 64, "reward of a sequence");
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        commitAs(carol, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
        settleAs(bob, theProof());
        settleAs(carol, theProof());
        submission.payReward(id, alice);
        submission.payReward(id, bob);
        vm.assertEq(ide.balanceOf(alice), FUNDS - 200_000 ether + 0.4 ether, "alice");
        vm.assertEq(ide.balanceOf(bob), FUNDS - 500_000 ether + 1.0 ether, "bob");
        vm.assertEq(ide.balanceOf(carol), FUNDS - 300_000 ether + 0.6 ether, "carol");
        vm.assertEq(submission.sequence(id).rewardLeft, 0, "rewardLeft");
    }

    /// Stake added or taken back after the commit moves no share: the weights are those at commit.
    function test_payReward_weighsTheStakeAtCommit() public {
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        commitAs(carol, theProof());
        stakeAs(alice, 5_000_000 ether);
        vm.prank(bob);
        submission.requestWithdrawal(400_000 ether);
        vm.roll(T + 11);
        uint256 aliceBefore = ide.balanceOf(alice);
        uint256 bobBefore = ide.balanceOf(bob);
        revealAs(alice, theProof());
        settleAs(bob, theProof());
        settleAs(carol, theProof());
        submission.payReward(id, alice);
        submission.payReward(id, bob);
        assertPaid(alice, aliceBefore, 0.4 ether);
        assertPaid(bob, bobBefore, 1 ether);
    }

    function test_payReward_goesToTheProverWhoeverCalls() public {
        proveWithAliceAndBob();
        settleAs(bob, theProof());
        uint256 before = ide.balanceOf(alice);
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.RewardPaid(id, alice, REWARD - REWARD * 5 / 7);
        vm.prank(thief);
        submission.payReward(id, alice);
        assertPaid(alice, before, REWARD - REWARD * 5 / 7);
    }

    function test_payReward_isDueWhenTheSettlementPeriodIsOver() public {
        proveWithAliceAndBob();
        vm.roll(T + 11 + SETTLEMENT);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RewardNotDue.selector, id, alice));
        submission.payReward(id, alice);
        vm.roll(T + 11 + SETTLEMENT + 1);
        uint256 before = ide.balanceOf(alice);
        submission.payReward(id, alice);
        assertPaid(alice, before, REWARD);
    }

    function test_payReward_revertsTheSecondTime() public {
        proveWithAliceAndBob();
        settleAs(bob, theProof());
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RewardNotDue.selector, id, bob));
        submission.payReward(id, bob);
        submission.payReward(id, alice);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RewardNotDue.selector, id, alice));
        submission.payReward(id, alice);
    }

    function test_payReward_revertsForWhoeverDidNotSettle() public {
        proveWithAliceAndBob();
        vm.roll(T + 11 + SETTLEMENT + 1);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RewardNotDue.selector, id, bob));
        submission.payReward(id, bob);
        submission.slash(id, 1, bob);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RewardNotDue.selector, id, bob));
        submission.payReward(id, bob);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RewardNotDue.selector, id, thief));
        submission.payReward(id, thief);
    }

    function test_payReward_revertsBeforeTheProof() public {
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RewardNotDue.selector, id, alice));
        submission.payReward(id, alice);
        commitAs(alice, theProof());
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RewardNotDue.selector, id, alice));
        submission.payReward(id, alice);
    }

    /// A reward smaller than the number of provers: shares of nothing, but never more than was funded.
    function test_payReward_ofOneUnitGoesToTheLastPayee() public {
        id = openAs(requester, 2, 1, EXPIRY);
        proveWithAliceAndBob();
        settleAs(bob, theProof());
        vm.assertEq(submission.sequence(id).rewardLeft, 1, "bob's share rounds down to nothing");
        uint256 before = ide.balanceOf(alice);
        submission.payReward(id, alice);
        assertPaid(alice, before, 1);
    }

    /// Any stakes, any reward, any order of payment: each share within one unit per payee of
    /// reward × stake / total, and the sum exactly the reward.
    function test_fuzz_payReward_paysExactlyWhatWasFunded(uint256[3] memory more, uint256 reward, uint256 order)
        public
    {
        reward = bound(reward, 1, 1_000_000 ether);
        address[3] memory provers = [alice, bob, carol];
        uint256[3] memory stakes;
        uint256 total;
        id = openAs(requester, 2, reward, EXPIRY);
        for (uint256 i = 0; i < 3; i++) {
            stakeAs(provers[i], bound(more[i], 1, 1_000_000 ether));
            commitAs(provers[i], theProof());
            stakes[i] = activeStake(provers[i]);
            total += stakes[i];
        }
        vm.roll(T + 11);
        uint256 held = ide.balanceOf(address(submission));
        uint256[3] memory before;
        for (uint256 i = 0; i < 3; i++) {
            before[i] = ide.balanceOf(provers[i]);
        }
        revealAs(provers[order % 3], theProof());
        settleAs(provers[(order % 3 + 1) % 3], theProof());
        settleAs(provers[(order % 3 + 2) % 3], theProof()); // is paid here
        submission.payReward(id, provers[(order % 3 + order / 3 % 2) % 3]);
        submission.payReward(id, provers[(order % 3 + 1 - order / 3 % 2) % 3]);

        for (uint256 i = 0; i < 3; i++) {
            uint256 paid = ide.balanceOf(provers[i]) - before[i];
            vm.assertApproxEqAbs(paid, reward * stakes[i] / total, 3, "share");
        }
        vm.assertEq(held - ide.balanceOf(address(submission)), reward, "paid = funded");
    }

    function proveWithAliceAndBob() private {
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
    }
}
