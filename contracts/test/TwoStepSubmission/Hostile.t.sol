// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {TwoStepSubmission} from "../../src/TwoStepSubmission.sol";
import {IProofVerifier} from "../../src/interfaces/IProofVerifier.sol";
import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {FeeToken, GenerousToken, HookToken, ITransferHook, NoEmptyTransferToken} from "../support/HostileTokens.sol";
import {
    CountingVerifier,
    GasBurningVerifier,
    ReadingVerifier,
    ReenteringVerifier,
    ReturnBombVerifier
} from "../support/HostileVerifiers.sol";
import {TwoStepFixture} from "../support/TwoStepFixture.sol";

/// @dev A prover and requester in one contract that, whenever the token calls it, tries every function
/// of the submission contract and counts the calls that got in.
contract ReenteringAccount is ITransferHook {
    bytes private constant REFUSED =
        abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);

    TwoStepSubmission private immutable _submission;
    HookToken private immutable _token;
    bytes[] private _calls;
    uint256 public hooks;
    uint256 public entered;
    uint256 public otherErrors;

    constructor(TwoStepSubmission submission, HookToken token) {
        _submission = submission;
        _token = token;
        token.approve(address(submission), type(uint256).max);
    }

    /// From now on the token calls `onTransfer`, and that tries `calls`.
    function arm(bytes[] memory calls) external {
        _calls = calls;
        _token.hook();
    }

    function act(bytes memory call) external returns (bytes memory) {
        (bool ok, bytes memory result) = address(_submission).call(call);
        require(ok, "call failed");
        return result;
    }

    function onTransfer() external {
        hooks += 1;
        for (uint256 i = 0; i < _calls.length; i++) {
            (bool ok, bytes memory result) = address(_submission).call(_calls[i]);
            if (ok) entered += 1;
            else if (keccak256(result) != keccak256(REFUSED)) otherErrors += 1;
        }
    }
}

/// Tokens and verifiers that call back, lie about amounts or burn gas.
contract TwoStepSubmissionHostileTest is TwoStepFixture {
    function test_reentrancy_throughTheTokenIsRefusedByEveryFunction() public {
        HookToken token = new HookToken(1_000_000 ether);
        submission = deploy(address(token), defaultStakeTerms());
        ReenteringAccount hostile = new ReenteringAccount(submission, token);
        require(token.transfer(address(hostile), 500_000 ether));
        hostile.arm(everyCall(address(hostile)));

        hostile.act(abi.encodeCall(submission.stake, (200_000 ether)));
        bytes memory proven =
            hostile.act(abi.encodeCall(submission.open, (1, 1, theClaim(), verifier, 4 ether, EXPIRY, "")));
        id = abi.decode(proven, (bytes32));
        hostile.act(abi.encodeCall(submission.commit, (id, hashFor(address(hostile), theProof()))));
        vm.roll(T + 11);
        hostile.act(abi.encodeCall(submission.reveal, (id, theProof())));
        bytes memory unproven =
            hostile.act(abi.encodeCall(submission.open, (2, 2, theClaim(), verifier, 4 ether, T + 11, "")));
        hostile.act(abi.encodeCall(submission.requestWithdrawal, (200_000 ether)));
        vm.roll(T + 11 + WITHDRAWAL);
        hostile.act(abi.encodeCall(submission.reclaim, (abi.decode(unproven, (bytes32)))));
        hostile.act(abi.encodeCall(submission.withdraw, ()));

        vm.assertEq(hostile.hooks(), 6, "stake, two opens, reward, reclaim, withdrawal");
        vm.assertEq(hostile.entered(), 0, "calls that got in");
        vm.assertEq(hostile.otherErrors(), 0, "all refused by the guard");
        vm.assertEq(token.balanceOf(address(hostile)), 500_000 ether, "got back exactly what it put in");
        vm.assertEq(token.balanceOf(address(submission)), 0, "nothing left");
    }

    function test_reentrancy_throughPayRewardPaysOnce() public {
        HookToken token = new HookToken(2_000_000 ether);
        submission = deploy(address(token), defaultStakeTerms());
        ReenteringAccount[2] memory hostile =
            [new ReenteringAccount(submission, token), new ReenteringAccount(submission, token)];
        token.approve(address(submission), 4 ether);
        id = submission.open(1, 1, theClaim(), verifier, 4 ether, EXPIRY, "");
        bytes[] memory calls = new bytes[](1);
        for (uint256 i = 0; i < 2; i++) {
            calls[0] = abi.encodeCall(submission.payReward, (id, address(hostile[i])));
            require(token.transfer(address(hostile[i]), 100_000 ether));
            hostile[i].act(abi.encodeCall(submission.stake, (100_000 ether)));
            hostile[i].act(abi.encodeCall(submission.commit, (id, hashFor(address(hostile[i]), theProof()))));
            hostile[i].arm(calls);
        }
        vm.roll(T + 11);
        hostile[0].act(abi.encodeCall(submission.reveal, (id, theProof())));
        hostile[1].act(abi.encodeCall(submission.settle, (id, keccak256(theProof()))));
        submission.payReward(id, address(hostile[0]));
        for (uint256 i = 0; i < 2; i++) {
            vm.assertEq(token.balanceOf(address(hostile[i])), 2 ether, "half each");
            vm.assertEq(hostile[i].entered(), 0, "calls that got in");
        }
    }

    function test_reentrancy_throughTheVerifierIsRefused() public {
        ReenteringVerifier hostile = new ReenteringVerifier();
        id = openWith(IProofVerifier(address(hostile)));
        hostile.prepare(everyCall(alice));
        commitAs(alice, theProof());
        vm.roll(T + 11);
        uint256 before = ide.balanceOf(alice);
        revealAs(alice, theProof());
        assertPaid(alice, before, REWARD);
    }

    /// Even where the token's hook would be allowed in, the verifier runs in a static call.
    function test_verifier_cannotWriteState() public {
        CountingVerifier hostile = new CountingVerifier();
        id = openWith(IProofVerifier(address(hostile)));
        commitAs(alice, theProof());
        vm.roll(T + 11);
        vm.expectRevert();
        revealAs(alice, theProof());
        vm.assertEq(hostile.count(), 0, "count");
    }

    function test_verifier_seesTheSequenceStillOpen() public {
        ReadingVerifier reading = new ReadingVerifier();
        id = openWith(IProofVerifier(address(reading)));
        reading.prepare(id);
        commitAs(alice, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
    }

    /// Burning gas keeps its own sequence unproven and touches nothing else.
    function test_verifier_thatBurnsGasHurtsOnlyItsSequence() public {
        bytes32 healthy = id;
        commitAs(alice, theProof());
        id = openWith(IProofVerifier(address(new GasBurningVerifier())));
        commitAs(alice, theProof());
        vm.roll(T + 11);
        vm.prank(alice);
        (bool ok,) = address(submission).call{gas: 1_000_000}(abi.encodeCall(submission.reveal, (id, theProof())));
        vm.assertTrue(!ok, "reveal of the hostile sequence");
        id = healthy;
        revealAs(alice, theProof());
        vm.assertEq(sequenceState(), uint256(ITwoStepSubmission.SequenceState.Proven), "healthy sequence");
    }

    function test_verifier_thatReturnsAMegabyteCostsTheRevealerNoCopy() public {
        id = openWith(IProofVerifier(address(new ReturnBombVerifier())));
        commitAs(alice, theProof());
        vm.roll(T + 11);
        vm.prank(alice);
        // The verifier pays about 2M gas for its own memory; copying it out would cost as much again.
        submission.reveal{gas: 3_500_000}(id, theProof());
    }

    function test_feeToken_isRefusedForStakeAndReward() public {
        FeeToken token = new FeeToken(1_000_000 ether);
        submission = deploy(address(token), defaultStakeTerms());
        token.approve(address(submission), type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.TokenAmountMismatch.selector, 1000 ether, 999 ether));
        submission.stake(1000 ether);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.TokenAmountMismatch.selector, 1000 ether, 999 ether));
        submission.open(1, 1, theClaim(), verifier, 1000 ether, EXPIRY, "");
    }

    function test_generousToken_isRefusedForStakeAndReward() public {
        GenerousToken token = new GenerousToken(1_000_000 ether);
        submission = deploy(address(token), defaultStakeTerms());
        token.approve(address(submission), type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.TokenAmountMismatch.selector, 1000 ether, 1001 ether));
        submission.stake(1000 ether);
        vm.expectRevert(abi.encodeWithSelector(ITwoStepSubmission.TokenAmountMismatch.selector, 1000 ether, 1001 ether));
        submission.open(1, 1, theClaim(), verifier, 1000 ether, EXPIRY, "");
    }

    /// A share that rounds to nothing is not transferred, so it cannot keep its prover from settling.
    function test_noEmptyTransferToken_doesNotKeepAProverFromSettling() public {
        NoEmptyTransferToken token = new NoEmptyTransferToken(1_000_000 ether);
        submission = deploy(address(token), defaultStakeTerms());
        token.approve(address(submission), type(uint256).max);
        id = submission.open(1, 1, theClaim(), verifier, 1, EXPIRY, "");
        address[2] memory provers = [alice, bob];
        for (uint256 i = 0; i < 2; i++) {
            require(token.transfer(provers[i], MIN_STAKE));
            vm.prank(provers[i]);
            token.approve(address(submission), MIN_STAKE);
            stakeAs(provers[i], MIN_STAKE);
            commitAs(provers[i], theProof());
        }
        vm.roll(T + 11);
        revealAs(alice, theProof());
        settleAs(bob, theProof());
        vm.assertEq(token.balanceOf(bob), 0, "half a unit rounds to nothing");
        submission.payReward(id, alice);
        vm.assertEq(token.balanceOf(alice), 1, "the remainder");
    }

    /// @dev One well-formed call of each state-changing function.
    function everyCall(address prover) private view returns (bytes[] memory calls) {
        calls = new bytes[](10);
        calls[0] = abi.encodeCall(submission.stake, (1));
        calls[1] = abi.encodeCall(submission.requestWithdrawal, (1));
        calls[2] = abi.encodeCall(submission.withdraw, ());
        calls[3] = abi.encodeCall(submission.open, (1, 1, theClaim(), verifier, 1, EXPIRY, ""));
        calls[4] = abi.encodeCall(submission.reclaim, (id));
        calls[5] = abi.encodeCall(submission.commit, (id, bytes32(0)));
        calls[6] = abi.encodeCall(submission.reveal, (id, theProof()));
        calls[7] = abi.encodeCall(submission.settle, (id, keccak256(theProof())));
        calls[8] = abi.encodeCall(submission.payReward, (id, prover));
        calls[9] = abi.encodeCall(submission.slash, (id, 1, prover));
    }
}
