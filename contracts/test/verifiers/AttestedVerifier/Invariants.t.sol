// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {AttestedHandler} from "../../support/AttestedHandler.sol";
import {Test} from "../../support/Test.sol";

/// What holds whatever the owner does: a set counts exactly in its blocks, and only by its own keys.
contract AttestedVerifierInvariantsTest is Test {
    AttestedHandler private handler;

    function setUp() public {
        vm.roll(1000);
        handler = new AttestedHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_setsCountInTheirBlocksByTheirKeys() public view {
        uint64 newest;
        uint64 last = uint64(handler.setCount());
        // Older ones are over: a set ends two delays after the next one was announced.
        for (uint64 set = last > 12 ? last - 12 : 1; set <= last; set++) {
            bool must = handler.mustCount(set);
            vm.assertEq(handler.counts(set, set), must, "counts");
            vm.assertEq(handler.verifier().accepted(set), must, "accepted");
            vm.assertEq(handler.counts(set, set == 1 ? 2 : set - 1), false, "a key of another set");
            if (must) newest = set;
        }
        vm.assertEq(handler.verifier().currentSet(), newest, "current");
        vm.assertEq(handler.verifier().accepted(last + 1), false, "a set that nobody made");
    }

    /// A walk that is the same every time: it must get every action through.
    function test_walk_reachesEveryAction() public {
        for (uint256 step = 0; step < 600; step++) {
            uint256 dice = uint256(keccak256(abi.encode(step)));
            if (dice % 8 < 4) handler.roll(dice / 8);
            else if (dice % 8 < 7) handler.announce();
            else handler.revoke(dice / 8);
            if (step % 8 == 0) invariant_setsCountInTheirBlocksByTheirKeys();
        }
        vm.assertGt(handler.rotations(), 20, "rotations");
        vm.assertGt(handler.revocations(), 10, "revocations");
        vm.assertGt(handler.takenBack(), 3, "announcements taken back");
    }
}
