// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IdeToken} from "../../src/IdeToken.sol";
import {TwoStepSubmission} from "../../src/TwoStepSubmission.sol";
import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {Test} from "../support/Test.sol";
import {TwoStepHandler} from "../support/TwoStepHandler.sol";

/// What holds after any sequence of calls by anybody (the ancestor had no such test: pitfall J).
contract TwoStepSubmissionInvariantsTest is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    uint64 private constant T1 = 5;
    uint64 private constant T2 = 6;
    uint64 private constant SETTLEMENT = 8;
    uint64 private constant WITHDRAWAL = 20;
    uint256 private constant MIN_STAKE = 100 ether;
    uint256 private constant SLASH_NO_PROOF = 11 ether;
    uint256 private constant SLASH_INCORRECT_HASH = 30 ether;
    uint256 private constant BOND = 30 ether;

    IdeToken private ide;
    TwoStepSubmission private submission;
    TwoStepHandler private handler;

    function setUp() public {
        vm.roll(1000);
        ide = new IdeToken(type(uint128).max);
        submission = new TwoStepSubmission(
            address(ide),
            ITwoStepSubmission.Windows(T1, T2, SETTLEMENT, WITHDRAWAL),
            ITwoStepSubmission.StakeTerms(MIN_STAKE, SLASH_NO_PROOF, SLASH_INCORRECT_HASH)
        );
        handler = new TwoStepHandler(ide, submission);
        for (uint256 i = 0; i < handler.PROVERS(); i++) {
            fund(handler.provers(i));
            handler.stake(i, 300 ether - i);
        }
        fund(handler.requesters(0));
        fund(handler.requesters(1));
        handler.open(0, 2 ether, 100);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// Commits and reveals are drawn more often than the rest, so that rounds come to an end both ways.
    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), actions());
    }

    /// One campaign checks all rules after each call; a campaign per rule would repeat the same walk.
    function invariant_everyRuleHolds() public view {
        stakeInIsStakeOutPlusBurnedPlusHeld();
        rewardsFundedArePaidReclaimedOrHeld();
        theBalanceIsStakePlusRewardsLeft();
        onlyAValidSettledCommitmentIsPaid();
        sharesAreInProportionToStake();
        bondsAreCoveredAndCountTheUnsettled();
        countsOfTheCurrentRoundMatch();
    }

    function stakeInIsStakeOutPlusBurnedPlusHeld() private view {
        uint256 held;
        for (uint256 i = 0; i < handler.PROVERS(); i++) {
            held += submission.prover(handler.provers(i)).stake;
        }
        uint256 burned = ide.balanceOf(handler.BURNED());
        vm.assertEq(handler.stakedIn(), handler.stakedOut() + burned + held, "stake");
    }

    function rewardsFundedArePaidReclaimedOrHeld() private view {
        uint256 held;
        for (uint256 i = 0; i < handler.idCount(); i++) {
            bytes32 id = handler.ids(i);
            ITwoStepSubmission.Sequence memory s = submission.sequence(id);
            held += s.rewardLeft;
            bool reclaimed = s.state == ITwoStepSubmission.SequenceState.Reclaimed;
            vm.assertEq(handler.paidOf(id) + s.rewardLeft, reclaimed ? 0 : s.reward, "reward of one sequence");
        }
        vm.assertEq(handler.funded(), handler.rewardsPaid() + handler.reclaimed() + held, "rewards");
    }

    function theBalanceIsStakePlusRewardsLeft() private view {
        uint256 owed;
        for (uint256 i = 0; i < handler.PROVERS(); i++) {
            owed += submission.prover(handler.provers(i)).stake;
        }
        for (uint256 i = 0; i < handler.idCount(); i++) {
            owed += submission.sequence(handler.ids(i)).rewardLeft;
        }
        vm.assertEq(ide.balanceOf(address(submission)), owed, "balance");
    }

    function onlyAValidSettledCommitmentIsPaid() private view {
        for (uint256 i = 0; i < handler.idCount(); i++) {
            bytes32 id = handler.ids(i);
            ITwoStepSubmission.Sequence memory s = submission.sequence(id);
            for (uint256 j = 0; j < handler.PROVERS(); j++) {
                address p = handler.provers(j);
                ITwoStepSubmission.Commitment memory c = submission.commitment(id, s.round, p);
                TwoStepHandler.Hash kind = handler.hashOf(id, s.round, p);
                bool valid = kind == TwoStepHandler.Hash.Honest || kind == TwoStepHandler.Hash.Salted;
                bool settled = c.state == ITwoStepSubmission.CommitmentState.Settled;
                vm.assertTrue(valid || !settled, "settled without a valid proof");
                vm.assertTrue(settled || !c.paid, "paid without being settled");
                vm.assertTrue(c.paid || handler.paidTo(id, p) == 0, "money without a share");
            }
        }
    }

    /// Each share is the reward × stake / settled stake, within one unit per payee.
    function sharesAreInProportionToStake() private view {
        for (uint256 i = 0; i < handler.idCount(); i++) {
            bytes32 id = handler.ids(i);
            ITwoStepSubmission.Sequence memory s = submission.sequence(id);
            uint256 total;
            for (uint256 j = 0; j < handler.PROVERS(); j++) {
                ITwoStepSubmission.Commitment memory c = submission.commitment(id, s.round, handler.provers(j));
                if (c.state == ITwoStepSubmission.CommitmentState.Settled) total += c.stake;
            }
            for (uint256 j = 0; j < handler.PROVERS(); j++) {
                ITwoStepSubmission.Commitment memory c = submission.commitment(id, s.round, handler.provers(j));
                if (!c.paid) continue;
                uint256 share = s.reward * c.stake / total;
                vm.assertApproxEqAbs(handler.paidTo(id, handler.provers(j)), share, handler.PROVERS(), "share");
            }
        }
    }

    function bondsAreCoveredAndCountTheUnsettled() private view {
        for (uint256 j = 0; j < handler.PROVERS(); j++) {
            ITwoStepSubmission.Prover memory p = submission.prover(handler.provers(j));
            uint256 unsettled;
            for (uint256 i = 0; i < handler.idCount(); i++) {
                unsettled += count(i, j, ITwoStepSubmission.CommitmentState.Committed);
            }
            vm.assertEq(p.unsettled, unsettled, "unsettled");
            vm.assertEq(p.bonded, BOND * unsettled, "bonded");
            vm.assertGe(p.stake, p.bonded + p.withdrawing, "bonds are covered");
        }
    }

    function countsOfTheCurrentRoundMatch() private view {
        for (uint256 i = 0; i < handler.idCount(); i++) {
            ITwoStepSubmission.Sequence memory s = submission.sequence(handler.ids(i));
            uint256 committed;
            uint256 settled;
            uint256 unpaidStake;
            for (uint256 j = 0; j < handler.PROVERS(); j++) {
                ITwoStepSubmission.Commitment memory c =
                    submission.commitment(handler.ids(i), s.round, handler.provers(j));
                if (c.state != ITwoStepSubmission.CommitmentState.None) committed += 1;
                if (c.state != ITwoStepSubmission.CommitmentState.Settled) continue;
                settled += 1;
                if (!c.paid) unpaidStake += c.stake;
            }
            vm.assertEq(s.committedCount, committed, "committedCount");
            vm.assertEq(s.settledCount, settled, "settledCount");
            vm.assertEq(s.settledStakeLeft, unpaidStake, "settledStakeLeft");
            bool proven = s.state == ITwoStepSubmission.SequenceState.Proven;
            vm.assertTrue(proven == (settled != 0), "proven with the first settled commitment");
        }
    }

    /// No sequence is blocked for ever and no money stays behind: from wherever the run ended, every
    /// open sequence can be proven by a newcomer or reclaimed, every share paid, every lost commitment
    /// slashed and every stake withdrawn, down to an empty contract.
    function afterInvariant() public {
        drain();
    }

    /// Pitfall J: a fuzzer whose calls are all refused would find nothing. This walk is the same every
    /// time, and it must get every action through, and money out of both ends.
    function test_pitfallJ_noFuzzOrInvariantTestReachesTheRules() public {
        bytes4[] memory choices = actions();
        uint256[] memory accepted = new uint256[](uint256(type(TwoStepHandler.Action).max) + 1);
        uint256 paid;
        uint256 burned;
        for (uint256 run = 0; run < 8; run++) {
            uint256 start = vm.snapshotState();
            walk(choices, 400, run);
            invariant_everyRuleHolds();
            for (uint256 a = 0; a < accepted.length; a++) {
                accepted[a] += handler.accepted(TwoStepHandler.Action(a));
            }
            paid += handler.rewardsPaid();
            burned += ide.balanceOf(handler.BURNED());
            drain();
            vm.revertToState(start);
        }
        for (uint256 a = 0; a < accepted.length; a++) {
            vm.assertGe(accepted[a], 10, "an action that hardly ever went through");
        }
        vm.assertGt(paid, 0, "rewards paid");
        vm.assertGt(burned, 0, "stake burned");
    }

    function walk(bytes4[] memory choices, uint256 steps, uint256 seed) private {
        for (uint256 step = 0; step < steps; step++) {
            bytes32 a = keccak256(abi.encode(seed, step));
            bytes32 b = keccak256(abi.encode(a));
            bytes32 c = keccak256(abi.encode(b));
            bytes4 action = choices[uint256(keccak256(abi.encode(c))) % choices.length];
            (bool ok,) = address(handler).call(abi.encodePacked(action, a, b, c));
            vm.assertTrue(ok, "the handler itself does not fail");
        }
    }

    function drain() private {
        address newcomer = account("newcomer");
        fund(newcomer);
        vm.prank(newcomer);
        submission.stake(1000 ether);
        for (uint256 i = 0; i < handler.idCount(); i++) {
            bytes32 id = handler.ids(i);
            if (submission.sequence(id).state == ITwoStepSubmission.SequenceState.Open) finish(i, id, newcomer);
        }
        vm.roll(vm.getBlockNumber() + SETTLEMENT + 1);
        for (uint256 i = 0; i < handler.idCount(); i++) {
            payAndSlash(i, newcomer);
        }
        for (uint256 j = 0; j < handler.PROVERS(); j++) {
            withdrawAll(handler.provers(j));
        }
        withdrawAll(newcomer);
        vm.assertEq(ide.balanceOf(address(submission)), 0, "left behind");
    }

    /// @dev Proves or reclaims an open sequence whose current round may still run.
    function finish(uint256 index, bytes32 id, address newcomer) private {
        ITwoStepSubmission.Sequence memory s = submission.sequence(id);
        uint256 roundOver = s.round == 0 ? 0 : s.firstCommitBlock + T1 + T2 + 1;
        if (vm.getBlockNumber() < roundOver) vm.roll(roundOver);
        if (vm.getBlockNumber() > s.expiry) {
            vm.prank(s.requester);
            submission.reclaim(id);
            return;
        }
        bytes memory proof = handler.proofOf(index, newcomer, TwoStepHandler.Hash.Honest);
        vm.prank(newcomer);
        submission.commit(id, keccak256(abi.encodePacked(keccak256(proof), newcomer)));
        vm.roll(vm.getBlockNumber() + T1 + 1);
        vm.prank(newcomer);
        submission.reveal(id, proof);
    }

    function payAndSlash(uint256 index, address newcomer) private {
        bytes32 id = handler.ids(index);
        uint64 last = submission.sequence(id).round;
        for (uint256 j = 0; j <= handler.PROVERS(); j++) {
            address p = j == handler.PROVERS() ? newcomer : handler.provers(j);
            for (uint64 round = 1; round <= last; round++) {
                ITwoStepSubmission.Commitment memory c = submission.commitment(id, round, p);
                if (c.state == ITwoStepSubmission.CommitmentState.Committed) submission.slash(id, round, p);
                if (c.state == ITwoStepSubmission.CommitmentState.Settled && !c.paid) submission.payReward(id, p);
            }
        }
        vm.assertEq(submission.sequence(id).rewardLeft, 0, "rewardLeft");
    }

    function withdrawAll(address p) private {
        ITwoStepSubmission.Prover memory books = submission.prover(p);
        if (books.stake == 0) return;
        vm.startPrank(p);
        if (books.stake > books.withdrawing) submission.requestWithdrawal(books.stake - books.withdrawing);
        vm.roll(vm.getBlockNumber() + WITHDRAWAL);
        submission.withdraw();
        vm.stopPrank();
        vm.assertEq(submission.prover(p).stake, 0, "stake");
    }

    function count(uint256 i, uint256 j, ITwoStepSubmission.CommitmentState state) private view returns (uint256 n) {
        bytes32 id = handler.ids(i);
        uint64 last = submission.sequence(id).round;
        for (uint64 round = 1; round <= last; round++) {
            if (submission.commitment(id, round, handler.provers(j)).state == state) n += 1;
        }
    }

    function actions() private view returns (bytes4[] memory selectors) {
        selectors = new bytes4[](18);
        selectors[0] = handler.stake.selector;
        selectors[1] = handler.requestWithdrawal.selector;
        selectors[2] = handler.withdraw.selector;
        selectors[3] = handler.open.selector;
        selectors[4] = handler.payReward.selector;
        selectors[5] = handler.settle.selector;
        selectors[6] = handler.settle.selector;
        selectors[7] = handler.payReward.selector;
        selectors[8] = handler.slash.selector;
        selectors[9] = handler.slash.selector;
        selectors[10] = handler.reclaim.selector;
        for (uint256 i = 11; i < 14; i++) {
            selectors[i] = handler.commit.selector;
        }
        for (uint256 i = 14; i < 16; i++) {
            selectors[i] = handler.reveal.selector;
        }
        for (uint256 i = 16; i < 18; i++) {
            selectors[i] = handler.roll.selector;
        }
    }

    function fund(address who) private {
        require(ide.transfer(who, 1e30));
        vm.prank(who);
        ide.approve(address(submission), type(uint256).max);
    }
}
