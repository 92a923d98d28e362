// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IdeToken} from "../src/IdeToken.sol";
import {Test} from "./support/Test.sol";

contract IdeTokenTest is Test {
    function test_constructor_mintsTheSupplyToTheDeployer() public {
        IdeToken ide = new IdeToken(5 ether);
        vm.assertEq(ide.totalSupply(), 5 ether, "supply");
        vm.assertEq(ide.balanceOf(address(this)), 5 ether, "deployer");
    }

    function test_name_saysThatItIsForDevelopmentChains() public {
        IdeToken ide = new IdeToken(1);
        vm.assertEq(keccak256(bytes(ide.name())), keccak256("IDE (development chains only)"), "name");
        vm.assertEq(keccak256(bytes(ide.symbol())), keccak256("IDE"), "symbol");
        vm.assertEq(ide.decimals(), 18, "decimals");
    }

    function test_permit_approvesBySignature() public {
        IdeToken ide = new IdeToken(1 ether);
        uint256 key = 0xA11CE;
        address owner = vm.addr(key);
        address spender = account("spender");
        bytes32 permitType =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 message = keccak256(abi.encode(permitType, owner, spender, 7, ide.nonces(owner), type(uint256).max));
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encodePacked("\x19\x01", ide.DOMAIN_SEPARATOR(), message)));
        ide.permit(owner, spender, 7, type(uint256).max, v, r, s);
        vm.assertEq(ide.allowance(owner, spender), 7, "allowance");
    }
}
