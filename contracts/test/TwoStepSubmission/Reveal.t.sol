// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IProofVerifier} from "../../src/interfaces/IProofVerifier.sol";
import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {PreimageVerifier} from "../support/PreimageVerifier.sol";
import {TwoStepFixture} from "../support/TwoStepFixture.sol";

contract TwoStepSubmissionRevealTest is TwoStepFixture {
    function test_reveal_provesSettlesAndPaysTheOnlyProver() public {
        commitAs(alice, theProof());
        vm.roll(T + 11);
        bytes32 digest = keccak256(theProof());
        uint256 before = ide.balanceOf(alice);
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.SequenceProven(id, alice, 1, digest);
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.CommitmentSettled(id, alice, 1, digest);
        vm.expectEmit(address(submission));
        emit ITwoStepSubmission.RewardPaid(id, alice, REWARD);
        revealAs(alice, theProof());

        assertPaid(alice, before, REWARD);
        ITwoStepSubmission.Sequence memory s = submission.sequence(id);
        vm.assertEq(uint256(s.state), uint256(ITwoStepSubmission.SequenceState.Proven), "state");
        vm.assertEq(s.provenBlock, T + 11, "provenBlock");
        vm.assertEq(s.settledCount, 1, "settledCount");
        vm.assertEq(s.rewardLeft, 0, "rewardLeft");
        vm.assertEq(s.settledStakeLeft, 0, "settledStakeLeft");
        vm.assertTrue(submission.digestVerified(id, digest), "digestVerified");
        vm.assertTrue(submission.commitment(id, 1, alice).paid, "paid");
        vm.assertEq(submission.prover(alice).bonded, 0, "bonded");
        vm.assertEq(submission.prover(alice).unsettled, 0, "unsettled");
    }

    function test_reveal_doesNotPayBeforeTheSplitIsFinal() public {
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        vm.roll(T + 11);
        uint256 before = ide.balanceOf(alice);
        revealAs(alice, theProof());
        assertPaid(alice, before, 0);
        vm.assertEq(submission.sequence(id).rewardLeft, REWARD, "rewardLeft");
        vm.assertEq(submission.sequence(id).settledStakeLeft, 200_000 ether, "settledStakeLeft");
    }

    /// A deterministic proof system pays all honest provers with one verification …
    function test_reveal_verifiesOncePerDistinctDigest() public {
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        vm.roll(T + 11);
        vm.expectCall(address(verifier), abi.encodeCall(IProofVerifier.verify, (theClaim(), theProof())), 1);
        revealAs(alice, theProof());
        revealAs(bob, theProof());
        vm.assertEq(submission.sequence(id).settledCount, 2, "settledCount");
    }

    /// … a randomised one verifies each.
    function test_reveal_verifiesEachDistinctDigest() public {
        commitAs(alice, saltedProof("a"));
        commitAs(bob, saltedProof("b"));
        vm.roll(T + 11);
        vm.expectCall(address(verifier), abi.encodeCall(IProofVerifier.verify, (theClaim(), saltedProof("a"))), 1);
        vm.expectCall(address(verifier), abi.encodeCall(IProofVerifier.verify, (theClaim(), saltedProof("b"))), 1);
        revealAs(alice, saltedProof("a"));
        revealAs(bob, saltedProof("b"));
        vm.assertEq(submission.sequence(id).settledCount, 2, "settledCount");
    }

    function test_reveal_emitsSequenceProvenOnce() public {
        commitAs(alice, saltedProof("a"));
        commitAs(bob, saltedProof("b"));
        vm.roll(T + 11);
        revealAs(alice, saltedProof("a"));
        vm.roll(T + 15);
        revealAs(bob, saltedProof("b"));
        vm.assertEq(submission.sequence(id).provenBlock, T + 11, "provenBlock stays");
    }

    function test_reveal_ofAWrongProofRevertsAndLeavesTheCommitmentSlashable() public {
        commitAs(alice, WRONG_PROOF);
        commitAs(bob, theProof());
        vm.roll(T + 11);
        vm.expectRevert(PreimageVerifier.WrongPreimage.selector);
        revealAs(alice, WRONG_PROOF);
        vm.assertTrue(!submission.digestVerified(id, keccak256(WRONG_PROOF)), "digestVerified");
        revealAs(bob, theProof());
        vm.expectRevert(PreimageVerifier.WrongPreimage.selector);
        revealAs(alice, WRONG_PROOF);
        vm.roll(T + 11 + SETTLEMENT + 1);
        submission.slash(id, 1, alice);
        vm.assertEq(submission.prover(alice).stake, 200_000 ether - SLASH_INCORRECT_HASH, "slashed");
    }

    function test_reveal_revertsOnAnUnknownSequence() public {
        id = keccak256("unknown");
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceNotOpen.selector, id));
        revealAs(alice, theProof());
    }

    function test_reveal_revertsOnAReclaimedSequence() public {
        commitAs(alice, theProof());
        vm.roll(EXPIRY + 1);
        vm.prank(requester);
        submission.reclaim(id);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.SequenceNotOpen.selector, id));
        revealAs(alice, theProof());
    }

    function test_reveal_revertsBeforeAnyCommit() public {
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NoCommitment.selector, id, 0, alice));
        revealAs(alice, theProof());
    }

    function test_reveal_revertsWithNoCommitment() public {
        commitAs(alice, theProof());
        vm.roll(T + 11);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NoCommitment.selector, id, 1, bob));
        revealAs(bob, theProof());
    }

    function test_reveal_revertsWithProofHashMismatch() public {
        commitAs(alice, saltedProof("committed"));
        vm.roll(T + 11);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.ProofHashMismatch.selector, id, alice));
        revealAs(alice, theProof());
    }

    function test_reveal_revertsWithAlreadySettled() public {
        commitAs(alice, theProof());
        commitAs(bob, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.AlreadySettled.selector, id, 1, alice));
        revealAs(alice, theProof());
    }

    function test_reveal_revertsBelowTheThreshold() public {
        commitAs(alice, theProof());
        vm.prank(alice);
        submission.requestWithdrawal(100_000 ether + 1);
        vm.roll(T + 11);
        vm.expectRevert(
            abi.encodeWithSelector(ITwoStepSubmission.StakeTooLow.selector, alice, MIN_STAKE - 1, MIN_STAKE)
        );
        revealAs(alice, theProof());
        stakeAs(alice, 1);
        revealAs(alice, theProof());
    }

    /// A commitment of a lost round is not a commitment of the next one.
    function test_reveal_revertsForACommitmentOfALostRound() public {
        commitAs(alice, theProof());
        vm.roll(T + 21);
        commitAs(bob, theProof());
        vm.roll(T + 21 + 11);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.NoCommitment.selector, id, 2, alice));
        revealAs(alice, theProof());
    }

    function test_fuzz_reveal_acceptsOnlyTheCommittedProof(bytes calldata proof) public {
        commitAs(alice, theProof());
        vm.roll(T + 11);
        vm.assume(keccak256(proof) != keccak256(theProof()));
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.ProofHashMismatch.selector, id, alice));
        revealAs(alice, proof);
    }

    /// Whatever was committed, only a proof that the verifier accepts proves the sequence.
    function test_fuzz_reveal_acceptsOnlyAValidProof(bytes calldata proof) public {
        vm.assume(proof.length < 32 || bytes32(proof[:32]) != SECRET);
        commitAs(alice, proof);
        vm.roll(T + 11);
        vm.expectRevert(PreimageVerifier.WrongPreimage.selector);
        revealAs(alice, proof);
        vm.assertEq(sequenceState(), uint256(ITwoStepSubmission.SequenceState.Open), "state");
    }
}
