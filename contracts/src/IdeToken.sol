// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title The stake and reward token of development chains and tests.
/// @notice Its whole supply belongs to whoever deploys it, so it has no worth anywhere else: a real
/// deployment gives `TwoStepSubmission` the address of its own token.
contract IdeToken is ERC20, ERC20Permit {
    /// @param supply in units of 1e-18 IDE, all of it minted to the deployer.
    constructor(uint256 supply)
        ERC20("IDE (development chains only)", "IDE")
        ERC20Permit("IDE (development chains only)")
    {
        _mint(msg.sender, supply);
    }
}
