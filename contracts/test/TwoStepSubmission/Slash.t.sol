// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {TwoStepFixture} from "../support/TwoStepFixture.sol";

contract TwoStepSubmissionSlashTest is TwoStepFixture {
    function test_slash_burnsForALostRound() public {
        commitAs(alice, theProof());
        vm.roll(T + 21);
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.Slashed(id, alice, 1, SLASH_NO_PROOF, ITwoStepSubmission.SlashReason.NoProof);
        vm.prank(bob);
        submission.slash(id, 1, alice);
        vm.assertEq(ide.balanceOf(BURNED), SLASH_NO_PROOF, "burned");
        ITwoStepSubmission.Prover memory p = submission.prover(alice);
        vm.assertEq(p.stake, 200_000 ether - SLASH_NO_PROOF, "stake");
        vm.assertEq(p.bonded, 0, "the rest of the bond is free again");
        vm.assertEq(p.unsettled, 0, "unsettled");
        vm.assertEq(commitmentState(1, alice), uint256(ITwoStepSubmission.CommitmentState.Slashed), "state");
    }

    function test_slash_burnsForAnIncorrectHash() public {
        commitAs(alice, theProof());
        commitAs(bob, WRONG_PROOF);
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.roll(T + 11 + SETTLEMENT + 1);
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.Slashed(id, bob, 1, SLASH_INCORRECT_HASH, ITwoStepSubmission.SlashReason.IncorrectHash);
        submission.slash(id, 1, bob);
        vm.assertEq(ide.balanceOf(BURNED), SLASH_INCORRECT_HASH, "burned");
        vm.assertEq(submission.prover(bob).stake, 500_000 ether - SLASH_INCORRECT_HASH, "stake");
    }

    function test_slash_waitsForTheEndOfTheRound() public {
        commitAs(alice, theProof());
        vm.roll(T + 20);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NotSlashable.selector, id, 1, alice));
        submission.slash(id, 1, alice);
        vm.roll(T + 21);
        submission.slash(id, 1, alice);
    }

    function test_slash_waitsForTheEndOfTheSettlementPeriod() public {
        commitAs(alice, theProof());
        commitAs(bob, WRONG_PROOF);
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.roll(T + 11 + SETTLEMENT);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NotSlashable.selector, id, 1, bob));
        submission.slash(id, 1, bob);
        vm.roll(T + 11 + SETTLEMENT + 1);
        submission.slash(id, 1, bob);
    }

    function test_slash_revertsForASettledCommitment() public {
        commitAs(alice, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.roll(T + 1000);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NotSlashable.selector, id, 1, alice));
        submission.slash(id, 1, alice);
    }

    function test_slash_revertsTheSecondTime() public {
        commitAs(alice, theProof());
        vm.roll(T + 21);
        submission.slash(id, 1, alice);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NotSlashable.selector, id, 1, alice));
        submission.slash(id, 1, alice);
    }

    function test_slash_revertsWithoutACommitment() public {
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NotSlashable.selector, id, 0, alice));
        submission.slash(id, 0, alice);
        commitAs(alice, theProof());
        vm.roll(T + 21);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NotSlashable.selector, id, 1, bob));
        submission.slash(id, 1, bob);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NotSlashable.selector, id, 2, alice));
        submission.slash(id, 2, alice);
    }

    /// A lost round stays slashable while the next one runs, and after that one is proven.
    function test_slash_reachesEveryLostRound() public {
        commitAs(alice, theProof());
        commitAs(carol, theProof());
        vm.roll(T + 21);
        commitAs(bob, theProof());
        submission.slash(id, 1, alice);
        vm.roll(T + 21 + 11);
        revealAs(bob, theProof());
        submission.slash(id, 1, carol);
        vm.assertEq(ide.balanceOf(BURNED), 2 * SLASH_NO_PROOF, "both for no proof");
    }

    /// Every bond can be burned, even when the stake is bonded to the last unit.
    function test_slash_isAlwaysCollectable() public {
        uint64 covered = 20;
        vm.assertEq(covered * BOND, 200_000 ether, "bonds that alice covers");
        bytes32[] memory ids = new bytes32[](covered);
        for (uint64 i = 0; i < covered; i++) {
            ids[i] = openAs(requester, 100 + i, 1, EXPIRY);
            vm.prank(alice);
            submission.commit(ids[i], hashFor(alice, WRONG_PROOF));
            vm.prank(bob);
            submission.commit(ids[i], hashFor(bob, theProof()));
        }
        vm.roll(T + 11);
        for (uint64 i = 0; i < covered; i++) {
            vm.prank(bob);
            submission.reveal(ids[i], theProof());
        }
        vm.roll(T + 11 + SETTLEMENT + 1);
        for (uint64 i = 0; i < covered; i++) {
            submission.slash(ids[i], 1, alice);
        }
        vm.assertEq(submission.prover(alice).stake, 0, "all burned");
        vm.assertEq(ide.balanceOf(BURNED), 200_000 ether, "burned");
    }

    /// When the larger slash is the one for a lost round, the bond covers that one.
    function test_fuzz_slash_neverExceedsTheBond(uint256 noProof, uint256 incorrectHash) public {
        noProof = bound(noProof, 1, 200_000 ether);
        incorrectHash = bound(incorrectHash, 1, 200_000 ether);
        redeploy(noProof, incorrectHash);
        commitAs(alice, theProof());
        uint256 bond = noProof > incorrectHash ? noProof : incorrectHash;
        vm.assertEq(submission.prover(alice).bonded, bond, "bonded");
        vm.roll(T + 21);
        submission.slash(id, 1, alice);
        vm.assertEq(submission.prover(alice).stake, 200_000 ether - noProof, "stake");
        vm.assertEq(submission.prover(alice).bonded, 0, "bonded");
    }

    function redeploy(uint256 noProof, uint256 incorrectHash) private {
        submission = deploy(address(ide), ITwoStepSubmission.StakeTerms(200_000 ether, noProof, incorrectHash));
        vm.prank(requester);
        ide.approve(address(submission), REWARD);
        vm.prank(alice);
        ide.approve(address(submission), 200_000 ether);
        stakeAs(alice, 200_000 ether);
        id = openAs(requester, 1, REWARD, EXPIRY);
    }
}
