// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {TwoStepSubmission} from "../../src/TwoStepSubmission.sol";
import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {TwoStepFixture} from "../support/TwoStepFixture.sol";

contract TwoStepSubmissionConstructorTest is TwoStepFixture {
    function test_constructor_showsItsParameters() public view {
        ITwoStepSubmission.Windows memory w = submission.windows();
        vm.assertEq(w.commitBlocks, 10, "T1");
        vm.assertEq(w.revealBlocks, 10, "T2");
        vm.assertEq(w.settlementBlocks, 20, "settlement");
        vm.assertEq(w.withdrawalBlocks, 100, "withdrawal");
        ITwoStepSubmission.StakeTerms memory terms = submission.stakeTerms();
        vm.assertEq(terms.minStake, MIN_STAKE, "minStake");
        vm.assertEq(terms.slashNoProof, SLASH_NO_PROOF, "slashNoProof");
        vm.assertEq(terms.slashIncorrectHash, SLASH_INCORRECT_HASH, "slashIncorrectHash");
        vm.assertEq(submission.token(), address(ide), "token");
    }

    function test_constructor_refusesATokenWithoutCode() public {
        vm.expectRevert(ITwoStepSubmission.InvalidParameters.selector);
        new TwoStepSubmission(account("nobody"), defaultWindows(), defaultStakeTerms());
    }

    function test_constructor_refusesEmptyAndHugeWindows() public {
        uint64 huge = uint64(type(uint32).max) + 1;
        refuses(0, 10, 20, 100);
        refuses(huge, 10, 20, 4 * huge);
        refuses(10, 0, 20, 100);
        refuses(10, huge, huge, 4 * huge);
        refuses(10, 10, huge, 4 * huge);
        refuses(10, 10, 20, 4 * huge);
        refuses(type(uint64).max, type(uint64).max, type(uint64).max, type(uint64).max);
    }

    function test_constructor_refusesASettlementShorterThanTheRevealWindow() public {
        refuses(10, 10, 9, 100);
        new TwoStepSubmission(address(ide), ITwoStepSubmission.Windows(10, 10, 10, 100), defaultStakeTerms());
    }

    function test_constructor_refusesAWithdrawalDelayNotLongerThanARound() public {
        refuses(10, 10, 20, 40);
        new TwoStepSubmission(address(ide), ITwoStepSubmission.Windows(10, 10, 20, 41), defaultStakeTerms());
    }

    function test_constructor_refusesAFreeSlash() public {
        refuses(ITwoStepSubmission.StakeTerms(100, 0, 10));
        refuses(ITwoStepSubmission.StakeTerms(100, 10, 0));
    }

    function test_constructor_refusesAThresholdBelowTheBond() public {
        refuses(ITwoStepSubmission.StakeTerms(99, 100, 1));
        refuses(ITwoStepSubmission.StakeTerms(99, 1, 100));
        new TwoStepSubmission(address(ide), defaultWindows(), ITwoStepSubmission.StakeTerms(100, 1, 100));
    }

    function refuses(uint64 commitBlocks, uint64 revealBlocks, uint64 settlementBlocks, uint64 withdrawalBlocks)
        private
    {
        vm.expectRevert(ITwoStepSubmission.InvalidParameters.selector);
        new TwoStepSubmission(
            address(ide),
            ITwoStepSubmission.Windows(commitBlocks, revealBlocks, settlementBlocks, withdrawalBlocks),
            defaultStakeTerms()
        );
    }

    function refuses(ITwoStepSubmission.StakeTerms memory terms) private {
        vm.expectRevert(ITwoStepSubmission.InvalidParameters.selector);
        new TwoStepSubmission(address(ide), defaultWindows(), terms);
    }
}
