// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {VM, Vm} from "../../foundry/Vm.sol";

/// @title What every test contract shares: cheat codes, named accounts, bounded fuzz inputs.
abstract contract Test {
    Vm internal constant vm = VM;

    function account(string memory name) internal returns (address a) {
        a = address(uint160(uint256(keccak256(bytes(name)))));
        vm.label(a, name);
    }

    /// @dev A number in [low, high] that depends on every bit of `x` and keeps small `x` as they are.
    function bound(uint256 x, uint256 low, uint256 high) internal pure returns (uint256) {
        if (x >= low && x <= high) return x;
        uint256 size = high - low + 1;
        return size == 0 ? x : low + x % size;
    }
}
