// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IdeToken} from "../../src/IdeToken.sol";
import {TwoStepSubmission} from "../../src/TwoStepSubmission.sol";
import {IProofVerifier} from "../../src/interfaces/IProofVerifier.sol";
import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {PreimageVerifier} from "./PreimageVerifier.sol";
import {Test} from "./Test.sol";

/// @title A deployed TwoStepSubmission with the default parameters, one open sequence and four provers.
/// @notice Tests start in block T and write blocks as T + n, as the interface does.
abstract contract TwoStepFixture is Test {
    uint64 internal constant T = 1000;
    uint64 internal constant T1 = 10;
    uint64 internal constant T2 = 10;
    uint64 internal constant SETTLEMENT = 20;
    uint64 internal constant WITHDRAWAL = 100;
    uint64 internal constant EXPIRY = T + 500;

    uint256 internal constant MIN_STAKE = 100_000 ether;
    uint256 internal constant SLASH_NO_PROOF = 1_000 ether;
    uint256 internal constant SLASH_INCORRECT_HASH = 10_000 ether;
    uint256 internal constant BOND = SLASH_INCORRECT_HASH;
    uint256 internal constant REWARD = 2 ether;
    uint256 internal constant FUNDS = 10_000_000 ether;

    bytes32 internal constant SECRET = keccak256("secret");
    bytes internal constant WRONG_PROOF = "not the preimage";
    address internal constant BURNED = 0x000000000000000000000000000000000000dEaD;

    IdeToken internal ide;
    TwoStepSubmission internal submission;
    PreimageVerifier internal verifier;
    bytes32 internal id;

    address internal requester = account("requester");
    address internal alice = account("alice");
    address internal bob = account("bob");
    address internal carol = account("carol");
    address internal thief = account("thief");

    function setUp() public virtual {
        vm.roll(T);
        ide = new IdeToken(1_000_000_000 ether);
        submission = deploy(address(ide), defaultStakeTerms());
        verifier = new PreimageVerifier();
        address[5] memory funded = [requester, alice, bob, carol, thief];
        for (uint256 i = 0; i < funded.length; i++) {
            require(ide.transfer(funded[i], FUNDS));
            vm.prank(funded[i]);
            ide.approve(address(submission), type(uint256).max);
        }
        stakeAs(alice, 200_000 ether);
        stakeAs(bob, 500_000 ether);
        stakeAs(carol, 300_000 ether);
        stakeAs(thief, 400_000 ether);
        id = openAs(requester, 1, REWARD, EXPIRY);
    }

    function defaultWindows() internal pure returns (ITwoStepSubmission.Windows memory) {
        return ITwoStepSubmission.Windows(T1, T2, SETTLEMENT, WITHDRAWAL);
    }

    function defaultStakeTerms() internal pure returns (ITwoStepSubmission.StakeTerms memory) {
        return ITwoStepSubmission.StakeTerms(MIN_STAKE, SLASH_NO_PROOF, SLASH_INCORRECT_HASH);
    }

    function deploy(address token, ITwoStepSubmission.StakeTerms memory terms) internal returns (TwoStepSubmission) {
        return new TwoStepSubmission(token, defaultWindows(), terms);
    }

    /// @dev The proof that a deterministic proof system makes: the same for every prover.
    function theProof() internal pure returns (bytes memory) {
        return abi.encodePacked(SECRET);
    }

    /// @dev One of the many proofs that a randomised proof system makes.
    function saltedProof(string memory salt) internal pure returns (bytes memory) {
        return abi.encodePacked(SECRET, salt);
    }

    function theClaim() internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(SECRET));
    }

    function hashFor(address prover, bytes memory proof) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(keccak256(proof), prover));
    }

    function stakeAs(address prover, uint256 amount) internal {
        vm.prank(prover);
        submission.stake(amount);
    }

    function openAs(address who, uint64 height, uint256 reward, uint64 expiry) internal returns (bytes32) {
        vm.prank(who);
        return submission.open(height, height, theClaim(), verifier, reward, expiry, "");
    }

    /// @dev An open sequence of its own verifier, so that the verifier can be hostile.
    function openWith(IProofVerifier hostile) internal returns (bytes32) {
        vm.prank(requester);
        return submission.open(7, 7, theClaim(), hostile, REWARD, EXPIRY, "");
    }

    function commitAs(address prover, bytes memory proof) internal {
        commitHashAs(prover, hashFor(prover, proof));
    }

    function commitHashAs(address prover, bytes32 proofHash) internal {
        vm.prank(prover);
        submission.commit(id, proofHash);
    }

    function revealAs(address prover, bytes memory proof) internal {
        vm.prank(prover);
        submission.reveal(id, proof);
    }

    function settleAs(address prover, bytes memory proof) internal {
        vm.prank(prover);
        submission.settle(id, keccak256(proof));
    }

    function activeStake(address prover) internal view returns (uint256) {
        ITwoStepSubmission.Prover memory p = submission.prover(prover);
        return p.stake - p.withdrawing;
    }

    function commitmentState(uint64 round, address prover) internal view returns (uint256) {
        return uint256(submission.commitment(id, round, prover).state);
    }

    function sequenceState() internal view returns (uint256) {
        return uint256(submission.sequence(id).state);
    }

    function assertPaid(address prover, uint256 balanceBefore, uint256 amount) internal view {
        vm.assertEq(ide.balanceOf(prover) - balanceBefore, amount, "paid");
    }
}
