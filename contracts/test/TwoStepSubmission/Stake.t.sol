// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {TwoStepFixture} from "../support/TwoStepFixture.sol";

contract TwoStepSubmissionStakeTest is TwoStepFixture {
    function test_stake_addsToTheCallersStake() public {
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.Staked(alice, 7);
        stakeAs(alice, 7);
        vm.assertEq(submission.prover(alice).stake, 200_000 ether + 7, "stake");
        vm.assertEq(submission.prover(bob).stake, 500_000 ether, "another prover's stake");
        vm.assertEq(ide.balanceOf(alice), FUNDS - 200_000 ether - 7, "balance");
    }

    function test_stake_revertsOnZero() public {
        vm.expectRevert(ITwoStepSubmission.InvalidParameters.selector);
        stakeAs(alice, 0);
    }

    function test_requestWithdrawal_stopsCountingAtOnce() public {
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.WithdrawalRequested(alice, 150_000 ether, T + WITHDRAWAL);
        request(alice, 150_000 ether);
        ITwoStepSubmission.Prover memory p = submission.prover(alice);
        vm.assertEq(p.stake, 200_000 ether, "stake is still held");
        vm.assertEq(p.withdrawing, 150_000 ether, "withdrawing");
        vm.assertEq(p.withdrawableFrom, T + WITHDRAWAL, "withdrawableFrom");
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.StakeTooLow.selector, alice, 50_000 ether, MIN_STAKE));
        commitAs(alice, theProof());
    }

    function test_requestWithdrawal_addsUpAndRestartsTheDelay() public {
        request(alice, 1 ether);
        vm.roll(T + 50);
        request(alice, 2 ether);
        vm.assertEq(submission.prover(alice).withdrawing, 3 ether, "withdrawing");
        vm.assertEq(submission.prover(alice).withdrawableFrom, T + 50 + WITHDRAWAL, "withdrawableFrom");
    }

    function test_requestWithdrawal_revertsOnZero() public {
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NothingToWithdraw.selector, alice));
        request(alice, 0);
    }

    function test_requestWithdrawal_revertsAboveTheStake() public {
        vm.expectRevert(
            abi.encodeWithSelector(ITwoStepSubmission.StakeTooLow.selector, alice, 200_000 ether, 200_000 ether + 1)
        );
        request(alice, 200_000 ether + 1);
    }

    function test_requestWithdrawal_cannotTakeTheBond() public {
        commitAs(alice, theProof());
        uint256 free = 200_000 ether - BOND;
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.StakeTooLow.selector, alice, free, free + 1));
        request(alice, free + 1);
        request(alice, free);
    }

    function test_requestWithdrawal_cannotTakeTheSameStakeTwice() public {
        request(alice, 150_000 ether);
        vm.expectRevert(
            abi.encodeWithSelector(ITwoStepSubmission.StakeTooLow.selector, alice, 50_000 ether, 50_000 ether + 1)
        );
        request(alice, 50_000 ether + 1);
    }

    function test_withdraw_paysFromTheFirstBlockAfterTheDelay() public {
        request(alice, 150_000 ether);
        vm.roll(T + WITHDRAWAL - 1);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.WithdrawalTooEarly.selector, alice, T + WITHDRAWAL));
        withdrawAs(alice);
        vm.roll(T + WITHDRAWAL);
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.Withdrawn(alice, 150_000 ether);
        withdrawAs(alice);
        vm.assertEq(ide.balanceOf(alice), FUNDS - 50_000 ether, "balance");
        vm.assertEq(submission.prover(alice).stake, 50_000 ether, "stake");
        vm.assertEq(submission.prover(alice).withdrawing, 0, "withdrawing");
    }

    function test_withdraw_revertsWithoutARequest() public {
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NothingToWithdraw.selector, alice));
        withdrawAs(alice);
    }

    function test_withdraw_cannotBeDoneTwice() public {
        request(alice, 1 ether);
        vm.roll(T + WITHDRAWAL);
        withdrawAs(alice);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NothingToWithdraw.selector, alice));
        withdrawAs(alice);
    }

    function test_withdraw_isBlockedWhileACommitmentIsUnsettled() public {
        request(alice, 1 ether);
        commitAs(alice, theProof());
        vm.roll(T + WITHDRAWAL);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.WithdrawalBlocked.selector, alice, 1));
        withdrawAs(alice);
        submission.slash(id, 1, alice);
        withdrawAs(alice);
        vm.assertEq(submission.prover(alice).stake, 200_000 ether - SLASH_NO_PROOF - 1 ether, "stake");
    }

    /// Stake goes in, waits out the delay and comes out whole, whatever the amounts.
    function test_fuzz_withdraw_returnsWhatWasStaked(uint256 more, uint256 amount, uint256 wait) public {
        more = bound(more, 1, FUNDS - 200_000 ether);
        amount = bound(amount, 1, 200_000 ether + more);
        wait = bound(wait, WITHDRAWAL, type(uint64).max - T);
        stakeAs(alice, more);
        request(alice, amount);
        vm.roll(T + wait);
        withdrawAs(alice);
        vm.assertEq(ide.balanceOf(alice) + submission.prover(alice).stake, FUNDS, "nothing lost, nothing made");
        vm.assertEq(submission.prover(alice).stake, 200_000 ether + more - amount, "stake");
    }

    function request(address prover, uint256 amount) private {
        vm.prank(prover);
        submission.requestWithdrawal(amount);
    }

    function withdrawAs(address prover) private {
        vm.prank(prover);
        submission.withdraw();
    }
}
