// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Tokens that do what a plain ERC-20 does not.
/// @notice Keeps one unit of a thousand of each transfer.
contract FeeToken is ERC20 {
    constructor(uint256 supply) ERC20("Fee", "FEE") {
        _mint(msg.sender, supply);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(to, address(1), value / 1000);
    }
}

/// @notice Adds one unit of a thousand to each transfer, as a token that rebases in the middle of one seems to do.
contract GenerousToken is ERC20 {
    constructor(uint256 supply) ERC20("Generous", "GEN") {
        _mint(msg.sender, supply);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(address(0), to, value / 1000);
    }
}

/// @notice Refuses empty transfers, as some old tokens do.
contract NoEmptyTransferToken is ERC20 {
    error EmptyTransfer();

    constructor(uint256 supply) ERC20("NoEmptyTransfer", "NET") {
        _mint(msg.sender, supply);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (value == 0) revert EmptyTransfer();
        super._update(from, to, value);
    }
}

interface ITransferHook {
    function onTransfer() external;
}

/// @notice Calls both ends of every transfer that have code and asked for it, as ERC-777 does.
contract HookToken is ERC20 {
    mapping(address account => bool) public hooked;

    constructor(uint256 supply) ERC20("Hook", "HOOK") {
        _mint(msg.sender, supply);
    }

    function hook() external {
        hooked[msg.sender] = true;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (hooked[from]) ITransferHook(from).onTransfer();
        super._update(from, to, value);
        if (hooked[to]) ITransferHook(to).onTransfer();
    }
}
