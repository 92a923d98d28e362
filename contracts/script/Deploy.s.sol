// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {VM, Vm} from "../foundry/Vm.sol";
import {IdeToken} from "../src/IdeToken.sol";
import {TwoStepSubmission} from "../src/TwoStepSubmission.sol";
import {ITwoStepSubmission} from "../src/interfaces/ITwoStepSubmission.sol";
import {AttestedVerifier} from "../src/verifiers/AttestedVerifier.sol";
import {ChainStepVerifier} from "../src/verifiers/ChainStepVerifier.sol";

/// @title Deploys the token, the verifiers, and TwoStepSubmission.
/// @notice Parameters come from the environment, blocks in blocks and amounts in units of 1e-18:
///
///   CAIRN_TOKEN                     an existing token; without it an IdeToken is deployed
///   CAIRN_COMMIT_BLOCKS             T1, 10
///   CAIRN_REVEAL_BLOCKS             T2, 10
///   CAIRN_SETTLEMENT_BLOCKS         20
///   CAIRN_WITHDRAWAL_BLOCKS         100
///   CAIRN_MIN_STAKE_WEI             100,000 tokens
///   CAIRN_SLASH_NO_PROOF_WEI        1,000 tokens
///   CAIRN_SLASH_INCORRECT_HASH_WEI  10,000 tokens
///   CAIRN_VERIFIER_KEYS             addresses, separated by commas and in ascending order, whose signatures
///                                   the AttestedVerifier takes; without them none is deployed
///   CAIRN_VERIFIER_THRESHOLD        how many of them must sign, 1
///   CAIRN_VERIFIER_OWNER            who may replace them; without one the deployer
///   CAIRN_ROTATION_BLOCKS           from the announcement of new keys until they count, 7,200
///   CAIRN_DEV_ACCOUNTS              addresses, separated by commas, that get tokens from the deployer
///   CAIRN_DEV_FUNDS_WEI             how much each of them gets, 10,000,000 tokens
///   CAIRN_DEPLOYMENT_FILE           where the addresses go as JSON; without it nothing is written
contract Deploy {
    using SafeERC20 for IERC20;

    Vm private constant vm = VM;
    uint256 private constant DEV_SUPPLY = 1_000_000_000 ether;

    struct Deployment {
        address token;
        ChainStepVerifier verifier;
        AttestedVerifier attestedVerifier; // zero when it was not asked for
        TwoStepSubmission submission;
    }

    function run() external returns (Deployment memory d) {
        vm.startBroadcast();
        d.token = vm.envOr("CAIRN_TOKEN", address(0));
        if (d.token == address(0)) d.token = address(new IdeToken(DEV_SUPPLY));
        d.verifier = new ChainStepVerifier();
        d.attestedVerifier = attestedVerifier();
        d.submission = new TwoStepSubmission(d.token, windows(), stakeTerms());
        fundDevAccounts(d.token);
        vm.stopBroadcast();
        write(d);
    }

    function attestedVerifier() private returns (AttestedVerifier) {
        address[] memory keys = vm.envOr("CAIRN_VERIFIER_KEYS", ",", new address[](0));
        if (keys.length == 0) return AttestedVerifier(address(0));
        uint16 threshold = SafeCast.toUint16(vm.envOr("CAIRN_VERIFIER_THRESHOLD", uint256(1)));
        address owner = vm.envOr("CAIRN_VERIFIER_OWNER", msg.sender);
        return new AttestedVerifier(owner, keys, threshold, blocks("CAIRN_ROTATION_BLOCKS", 7_200));
    }

    function windows() private view returns (ITwoStepSubmission.Windows memory) {
        return ITwoStepSubmission.Windows({
            commitBlocks: blocks("CAIRN_COMMIT_BLOCKS", 10),
            revealBlocks: blocks("CAIRN_REVEAL_BLOCKS", 10),
            settlementBlocks: blocks("CAIRN_SETTLEMENT_BLOCKS", 20),
            withdrawalBlocks: blocks("CAIRN_WITHDRAWAL_BLOCKS", 100)
        });
    }

    function stakeTerms() private view returns (ITwoStepSubmission.StakeTerms memory) {
        return ITwoStepSubmission.StakeTerms({
            minStake: vm.envOr("CAIRN_MIN_STAKE_WEI", uint256(100_000 ether)),
            slashNoProof: vm.envOr("CAIRN_SLASH_NO_PROOF_WEI", uint256(1_000 ether)),
            slashIncorrectHash: vm.envOr("CAIRN_SLASH_INCORRECT_HASH_WEI", uint256(10_000 ether))
        });
    }

    function fundDevAccounts(address token) private {
        address[] memory accounts = vm.envOr("CAIRN_DEV_ACCOUNTS", ",", new address[](0));
        uint256 amount = vm.envOr("CAIRN_DEV_FUNDS_WEI", uint256(10_000_000 ether));
        for (uint256 i = 0; i < accounts.length; i++) {
            IERC20(token).safeTransfer(accounts[i], amount);
        }
    }

    /// @dev The keys are those of the record that `cairn up` keeps of its own deployments. The block is
    /// the one before the deployment: no event is older.
    function write(Deployment memory d) private {
        string memory path = vm.envOr("CAIRN_DEPLOYMENT_FILE", string(""));
        if (bytes(path).length == 0) return;
        vm.serializeUint("deployment", "chain_id", block.chainid);
        vm.serializeUint("deployment", "block", block.number);
        vm.serializeAddress("deployment", "token", d.token);
        vm.serializeAddress("deployment", "verifier", address(d.verifier));
        if (address(d.attestedVerifier) != address(0)) {
            vm.serializeAddress("deployment", "attested_verifier", address(d.attestedVerifier));
        }
        vm.writeJson(vm.serializeAddress("deployment", "submission", address(d.submission)), path);
    }

    function blocks(string memory name, uint256 fallback_) private view returns (uint64) {
        return SafeCast.toUint64(vm.envOr(name, fallback_));
    }
}
