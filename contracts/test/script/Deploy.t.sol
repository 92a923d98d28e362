// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Deploy} from "../../script/Deploy.s.sol";
import {IdeToken} from "../../src/IdeToken.sol";
import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {Test} from "../support/Test.sol";

contract DeployTest is Test {
    string private constant FILE = "cache/deploy-test.json";

    /// One test, because the environment belongs to the whole process: first the defaults, then every
    /// parameter set, on the same chain.
    function test_run_readsTheEnvironmentAndWritesTheRecord() public {
        vm.roll(77);
        Deploy.Deployment memory d = new Deploy().run();
        ITwoStepSubmission.Windows memory w = d.submission.windows();
        vm.assertEq(w.commitBlocks, 10, "T1");
        vm.assertEq(w.revealBlocks, 10, "T2");
        vm.assertEq(w.settlementBlocks, 20, "settlement");
        vm.assertEq(w.withdrawalBlocks, 100, "withdrawal");
        vm.assertEq(d.submission.stakeTerms().minStake, 100_000 ether, "minStake");
        vm.assertEq(d.submission.stakeTerms().slashNoProof, 1_000 ether, "slashNoProof");
        vm.assertEq(d.submission.stakeTerms().slashIncorrectHash, 10_000 ether, "slashIncorrectHash");
        vm.assertEq(d.submission.token(), d.token, "token");
        vm.assertTrue(address(d.verifier).code.length != 0, "verifier");
        vm.assertEq(address(d.attestedVerifier), address(0), "no attested verifier without keys");

        IdeToken existing = new IdeToken(100 ether);
        address sender = msg.sender; // of the scripts' transactions
        require(existing.transfer(sender, 100 ether));
        vm.setEnv("CAIRN_TOKEN", vm.toString(address(existing)));
        vm.setEnv("CAIRN_COMMIT_BLOCKS", "3");
        vm.setEnv("CAIRN_REVEAL_BLOCKS", "4");
        vm.setEnv("CAIRN_SETTLEMENT_BLOCKS", "5");
        vm.setEnv("CAIRN_WITHDRAWAL_BLOCKS", "13");
        vm.setEnv("CAIRN_MIN_STAKE_WEI", "16");
        vm.setEnv("CAIRN_SLASH_NO_PROOF_WEI", "7");
        vm.setEnv("CAIRN_SLASH_INCORRECT_HASH_WEI", "8");
        vm.setEnv(
            "CAIRN_VERIFIER_KEYS",
            "0x0000000000000000000000000000000000000a11,0x0000000000000000000000000000000000000b0b"
        );
        vm.setEnv("CAIRN_VERIFIER_THRESHOLD", "2");
        vm.setEnv("CAIRN_VERIFIER_OWNER", vm.toString(address(this)));
        vm.setEnv("CAIRN_ROTATION_BLOCKS", "19");
        vm.setEnv(
            "CAIRN_DEV_ACCOUNTS",
            "0x0000000000000000000000000000000000000a11,0x0000000000000000000000000000000000000b0b"
        );
        vm.setEnv("CAIRN_DEV_FUNDS_WEI", "50000000000000000000");
        vm.setEnv("CAIRN_DEPLOYMENT_FILE", FILE);
        d = new Deploy().run();
        w = d.submission.windows();
        vm.assertEq(w.commitBlocks, 3, "T1");
        vm.assertEq(w.revealBlocks, 4, "T2");
        vm.assertEq(w.settlementBlocks, 5, "settlement");
        vm.assertEq(w.withdrawalBlocks, 13, "withdrawal");
        vm.assertEq(d.submission.stakeTerms().minStake, 16, "minStake");
        vm.assertEq(d.submission.stakeTerms().slashNoProof, 7, "slashNoProof");
        vm.assertEq(d.submission.stakeTerms().slashIncorrectHash, 8, "slashIncorrectHash");
        vm.assertEq(d.attestedVerifier.owner(), address(this), "owner of the attested verifier");
        vm.assertEq(d.attestedVerifier.rotationBlocks(), 19, "rotation");
        vm.assertEq(d.attestedVerifier.keySet(1).threshold, 2, "threshold");
        vm.assertEq(d.attestedVerifier.keySet(1).keys[1], address(0xb0b), "keys");
        vm.assertEq(d.token, address(existing), "token");
        vm.assertEq(existing.balanceOf(address(0xa11)), 50 ether, "first account");
        vm.assertEq(existing.balanceOf(address(0xb0b)), 50 ether, "second account");

        string memory json = vm.readFile(FILE);
        vm.assertEq(vm.parseJsonUint(json, ".chain_id"), block.chainid, "chain_id");
        vm.assertEq(vm.parseJsonUint(json, ".block"), 77, "block");
        vm.assertEq(vm.parseJsonAddress(json, ".token"), d.token, "token");
        vm.assertEq(vm.parseJsonAddress(json, ".verifier"), address(d.verifier), "verifier");
        vm.assertEq(vm.parseJsonAddress(json, ".submission"), address(d.submission), "submission");
        vm.assertEq(
            vm.parseJsonAddress(json, ".attested_verifier"), address(d.attestedVerifier), "attested_verifier"
        );
        vm.removeFile(FILE);
    }
}
