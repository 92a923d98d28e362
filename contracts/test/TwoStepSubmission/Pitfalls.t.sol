// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {TwoStepSubmission} from "../../src/TwoStepSubmission.sol";
import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {Vm} from "../../foundry/Vm.sol";
import {PreimageVerifier} from "../support/PreimageVerifier.sol";
import {TwoStepFixture} from "../support/TwoStepFixture.sol";

/// One test per mistake that a deployed ancestor of this protocol made, named after the mistake.
contract TwoStepSubmissionPitfallsTest is TwoStepFixture {
    function test_pitfallA_oneBlockAcceptsBothHashAndReveal() public {
        commitAs(alice, theProof());
        for (uint64 n = T; n <= T + T1 + T2; n++) {
            vm.roll(n);
            uint256 before = vm.snapshotState();
            vm.prank(alice);
            (bool reveals,) = address(submission).call(abi.encodeCall(submission.reveal, (id, theProof())));
            vm.revertToState(before);
            vm.prank(bob);
            (bool commits,) = address(submission).call(abi.encodeCall(submission.commit, (id, bytes32(0))));
            vm.revertToState(before);
            vm.assertTrue(commits != reveals, "each block accepts exactly one of the two");
        }
    }

    function test_pitfallB_sameHashBytesOverwriteTheVictim() public {
        commitAs(alice, theProof());
        ITwoStepSubmission.Commitment memory mine = submission.commitment(id, 1, alice);
        commitHashAs(thief, hashFor(alice, theProof()));
        vm.assertEq(
            keccak256(abi.encode(submission.commitment(id, 1, alice))), keccak256(abi.encode(mine)), "untouched"
        );
        vm.roll(T + 21);
        submission.slash(id, 1, thief);
        submission.slash(id, 1, alice);
        vm.assertEq(submission.prover(alice).stake, 200_000 ether - SLASH_NO_PROOF, "alice");
        vm.assertEq(submission.prover(thief).stake, 400_000 ether - SLASH_NO_PROOF, "thief");
    }

    function test_pitfallC_windowsLongerThan255BlocksOverflow() public {
        submission =
            new TwoStepSubmission(address(ide), ITwoStepSubmission.Windows(200, 200, 300, 1000), defaultStakeTerms());
        vm.prank(alice);
        ide.approve(address(submission), MIN_STAKE);
        vm.prank(requester);
        ide.approve(address(submission), REWARD);
        stakeAs(alice, MIN_STAKE);
        id = openAs(requester, 1, REWARD, type(uint64).max);
        commitAs(alice, theProof());
        vm.roll(T + 400);
        revealAs(alice, theProof());
        vm.assertEq(submission.sequence(id).provenBlock, T + 400, "provenBlock");
    }

    /// The ancestor punished in a loop over everything unpunished. Here each action costs the same gas
    /// after two lost rounds and after seventeen.
    function test_pitfallD_unboundedLoopOverPenalties() public {
        loseARound(); // the first one also pays for slots that were zero
        (uint256 commitBefore, uint256 slashBefore) = loseARound();
        for (uint256 i = 0; i < 14; i++) {
            loseARound();
        }
        (uint256 commitAfter, uint256 slashAfter) = loseARound();
        // One more read of storage per lost round would be 1500 gas; a few gas are the test's own memory.
        vm.assertApproxEqAbs(commitAfter, commitBefore, 100, "gas of commit");
        vm.assertApproxEqAbs(slashAfter, slashBefore, 100, "gas of slash");
    }

    function test_pitfallE_slashedStakeStillCounts() public {
        commitAs(alice, theProof());
        vm.roll(T + 21);
        submission.slash(id, 1, alice);
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        vm.assertEq(submission.commitment(id, 2, alice).stake, 199_000 ether, "weight");
        vm.roll(T + 21 + 11);
        revealAs(bob, theProof());
        uint256 before = ide.balanceOf(alice);
        settleAs(alice, theProof());
        assertPaid(alice, before, REWARD * 199 / 699);
    }

    function test_pitfallF_withdrawBeforeThePenaltyIsDue() public {
        vm.prank(alice);
        submission.requestWithdrawal(200_000 ether - MIN_STAKE);
        vm.roll(T + WITHDRAWAL - 1);
        commitAs(alice, WRONG_PROOF);
        vm.startPrank(alice);
        // The delay is over, the penalty is not due yet.
        vm.roll(T + WITHDRAWAL);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.WithdrawalBlocked.selector, alice, 1));
        submission.withdraw();
        // Nor can the bond be asked for.
        vm.expectRevert(
            abi.encodeWithSelector(
                ITwoStepSubmission.StakeTooLow.selector, alice, MIN_STAKE - BOND, MIN_STAKE - BOND + 1
            )
        );
        submission.requestWithdrawal(MIN_STAKE - BOND + 1);
        vm.stopPrank();
        vm.roll(T + WITHDRAWAL + 20);
        submission.slash(id, 1, alice);
        vm.assertEq(ide.balanceOf(BURNED), SLASH_NO_PROOF, "burned");
    }

    /// The ancestor paid only accounts without code, and only while another contract was running.
    function test_pitfallG_provingNeedsAnAccountWithoutCode() public {
        vm.etch(alice, hex"00");
        commitAs(alice, theProof());
        vm.roll(T + 11);
        uint256 before = ide.balanceOf(alice);
        revealAs(alice, theProof());
        assertPaid(alice, before, REWARD);
    }

    /// The ancestor punished and reverted in one call, which undid the punishment. Here a wrong proof
    /// reverts alone, and the punishment is a call of its own that stands.
    function test_pitfallH_revertRollsThePunishmentBack() public {
        commitAs(alice, WRONG_PROOF);
        vm.roll(T + 11);
        vm.expectRevert(PreimageVerifier.WrongPreimage.selector);
        revealAs(alice, WRONG_PROOF);
        vm.assertEq(submission.prover(alice).unsettled, 1, "still slashable");
        vm.roll(T + 21);
        submission.slash(id, 1, alice);
        vm.assertEq(submission.prover(alice).stake, 200_000 ether - SLASH_NO_PROOF, "the punishment stands");
    }

    /// Another branch punished a wrong proof and went on to accept it.
    function test_pitfallH_punishedProofGoesThrough() public {
        commitAs(alice, WRONG_PROOF);
        commitAs(bob, theProof());
        vm.roll(T + 11);
        revealAs(bob, theProof());
        vm.roll(T + 11 + SETTLEMENT + 1);
        submission.slash(id, 1, alice);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.RewardNotDue.selector, id, alice));
        submission.payReward(id, alice);
    }

    /// A branch had a check of the caller the wrong way round. Here whoever has a right has it, and nobody else.
    function test_pitfallH_invertedCheckOfTheCaller() public {
        vm.roll(uint256(EXPIRY) + 1);
        address[4] memory others = [alice, bob, thief, address(submission)];
        for (uint256 i = 0; i < others.length; i++) {
            vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NotRequester.selector, others[i]));
            vm.prank(others[i]);
            submission.reclaim(id);
        }
        uint256 before = ide.balanceOf(requester);
        vm.prank(requester);
        submission.reclaim(id);
        assertPaid(requester, before, REWARD);
    }

    function test_pitfallI_oneSequencePerBlock() public {
        bytes32[] memory ids = new bytes32[](5);
        for (uint64 i = 0; i < 5; i++) {
            ids[i] = openAs(requester, 10 + i, REWARD, EXPIRY);
            vm.prank(bob);
            submission.commit(ids[i], hashFor(bob, theProof()));
        }
        vm.roll(T + 11);
        uint256 before = ide.balanceOf(bob);
        for (uint64 i = 0; i < 5; i++) {
            vm.prank(bob);
            submission.reveal(ids[i], theProof());
        }
        assertPaid(bob, before, 5 * REWARD);
    }

    /// The ancestor accepted a reveal of any range that ended like the committed one: here the range is
    /// part of the id, so a proof is for exactly one range.
    function test_pitfallRange_proofForAnotherRange() public {
        bytes32 longer = openRange(1, 2);
        vm.assertTrue(longer != openRange(2, 2) && longer != id, "ids differ");
        commitAs(alice, theProof());
        vm.roll(T + 11);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NoCommitment.selector, longer, 0, alice));
        vm.prank(alice);
        submission.reveal(longer, theProof());
    }

    /// The ancestor applied a penalty only when the prover acted again: who never acts again must be
    /// reachable as well.
    function test_pitfallLazy_proverThatNeverReturnsIsNotPunished() public {
        commitAs(alice, theProof());
        vm.roll(T + 1_000_000);
        vm.prank(account("anybody"));
        submission.slash(id, 1, alice);
        vm.assertEq(ide.balanceOf(BURNED), SLASH_NO_PROOF, "burned");
    }

    function openRange(uint64 startHeight, uint64 endHeight) private returns (bytes32) {
        vm.prank(requester);
        return submission.open(startHeight, endHeight, theClaim(), verifier, REWARD, EXPIRY, "");
    }

    /// The ancestor punished only as much as the balance was, so that a prover could risk one stake many times
    /// over. Here each commitment binds a stake of its own: every punishment is paid in full.
    function test_pitfallCap_punishmentStopsAtTheBalance() public {
        vm.prank(thief);
        submission.requestWithdrawal(400_000 ether - MIN_STAKE);
        bytes32[] memory ids = new bytes32[](MIN_STAKE / BOND + 1);
        for (uint64 i = 0; i < ids.length; i++) {
            ids[i] = openAs(requester, 100 + i, REWARD, EXPIRY);
            vm.prank(thief);
            if (i == ids.length - 1) {
                vm.expectRevert(
                    abi.encodeWithSelector(
                        ITwoStepSubmission.StakeTooLow.selector, thief, MIN_STAKE, MIN_STAKE + BOND
                    )
                );
            }
            submission.commit(ids[i], bytes32(uint256(1)));
        }
        vm.roll(T + 21);
        for (uint256 i = 0; i < ids.length - 1; i++) {
            submission.slash(ids[i], 1, thief);
        }
        vm.assertEq(ide.balanceOf(BURNED), (ids.length - 1) * SLASH_NO_PROOF, "burned");
    }

    /// The ancestor divided the reward by the count of provers before it multiplied by the stake: what did
    /// not divide was nobody's. Here the last unit is paid.
    function test_pitfallReward_dividedBeforeItMultiplied() public {
        id = openAs(requester, 100, 2, EXPIRY);
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        commitAs(carol, theProof());
        uint256 before = ide.balanceOf(alice) + ide.balanceOf(bob) + ide.balanceOf(carol);
        vm.roll(T + 11);
        revealAs(alice, theProof());
        settleAs(bob, theProof());
        settleAs(carol, theProof());
        submission.payReward(id, alice);
        submission.payReward(id, bob);
        vm.assertEq(ide.balanceOf(alice) + ide.balanceOf(bob) + ide.balanceOf(carol) - before, 2, "paid");
        vm.assertEq(submission.sequence(id).rewardLeft, 0, "rewardLeft");
    }

    /// The ancestor's events had nothing to filter by. Here sequence and prover are topics of each.
    function test_pitfallEvents_nothingIndexed() public {
        vm.recordLogs();
        commitAs(alice, theProof());
        commitAs(bob, WRONG_PROOF);
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.roll(T + 11 + SETTLEMENT + 1);
        submission.payReward(id, alice);
        submission.slash(id, 1, bob);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 ours = 0;
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter != address(submission)) continue;
            ours += 1;
            vm.assertEq(logs[i].topics.length, 3, "topics");
            vm.assertEq(logs[i].topics[1], id, "sequence");
            address prover = address(uint160(uint256(logs[i].topics[2])));
            vm.assertTrue(prover == alice || prover == bob, "prover");
        }
        vm.assertEq(ours, 6, "two commits, proven, settled, paid, slashed");
    }

    /// @dev Loses a round of three commitments of which one is slashed: the others pile up.
    function loseARound() private returns (uint256 commitGas, uint256 slashGas) {
        address[3] memory provers = [alice, bob, carol];
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(provers[i]);
            uint256 before = gasleft();
            submission.commit(id, keccak256("nothing"));
            commitGas = before - gasleft();
        }
        vm.roll(vm.getBlockNumber() + T1 + T2 + 1);
        uint64 round = submission.sequence(id).round;
        uint256 start = gasleft();
        submission.slash(id, round, carol);
        slashGas = start - gasleft();
    }
}
