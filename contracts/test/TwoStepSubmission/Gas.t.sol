// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {TwoStepFixture} from "../support/TwoStepFixture.sol";

/// Gas of whole transactions, each with cold storage as on a chain, kept in snapshots/. The verifier
/// here costs next to nothing; what a real one costs is in the snapshot of its own test.
/// forge-config: default.isolate = true
contract TwoStepSubmissionGasTest is TwoStepFixture {
    string private constant GROUP = "TwoStepSubmission";

    function test_gas_stakeAndWithdraw() public {
        stakeAs(alice, 1 ether);
        vm.snapshotGasLastCall(GROUP, "stake");
        vm.prank(alice);
        submission.requestWithdrawal(1 ether);
        vm.snapshotGasLastCall(GROUP, "requestWithdrawal");
        vm.roll(T + WITHDRAWAL);
        vm.prank(alice);
        submission.withdraw();
        vm.snapshotGasLastCall(GROUP, "withdraw");
    }

    function test_gas_openAndReclaim() public {
        openAs(requester, 2, REWARD, EXPIRY);
        vm.snapshotGasLastCall(GROUP, "open");
        vm.roll(EXPIRY + 1);
        vm.prank(requester);
        submission.reclaim(id);
        vm.snapshotGasLastCall(GROUP, "reclaim");
    }

    function test_gas_commitRevealSettlePay() public {
        commitAs(alice, theProof());
        vm.snapshotGasLastCall(GROUP, "commit, first of the round");
        commitAs(bob, theProof());
        vm.snapshotGasLastCall(GROUP, "commit, later");
        commitAs(carol, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.snapshotGasLastCall(GROUP, "reveal, first proof");
        revealAs(bob, theProof());
        vm.snapshotGasLastCall(GROUP, "reveal, verified digest");
        settleAs(carol, theProof());
        vm.snapshotGasLastCall(GROUP, "settle, last of the round, paid");
        submission.payReward(id, alice);
        vm.snapshotGasLastCall(GROUP, "payReward");
    }

    function test_gas_revealAlone() public {
        commitAs(alice, theProof());
        vm.roll(T + 11);
        revealAs(alice, theProof());
        vm.snapshotGasLastCall(GROUP, "reveal, only prover, paid");
    }

    function test_gas_slash() public {
        commitAs(alice, theProof());
        vm.roll(T + 21);
        submission.slash(id, 1, alice);
        vm.snapshotGasLastCall(GROUP, "slash");
    }
}
