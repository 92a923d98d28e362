// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IProofVerifier} from "../../src/interfaces/IProofVerifier.sol";

/// @title The smallest proof system: a proof shows that its maker knows the preimage of the claim.
/// @notice Proof = 32 bytes of preimage ‖ any salt. Two salts are two valid proofs of one claim, as in
/// a proof system with randomness; no salt is a deterministic one.
contract PreimageVerifier is IProofVerifier {
    error WrongPreimage();

    function verify(bytes32 claim, bytes calldata proof) external pure {
        if (proof.length < 32 || keccak256(proof[:32]) != claim) revert WrongPreimage();
    }
}
