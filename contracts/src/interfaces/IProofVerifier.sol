// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title A check that a proof shows a claim.
interface IProofVerifier {
    /// @notice Returns if and only if `proof` shows `claim`; otherwise reverts.
    /// @dev Returns nothing on purpose: there is no result that a caller could forget to read.
    /// @param claim Digest of the public statement; its layout belongs to the verifier.
    function verify(bytes32 claim, bytes calldata proof) external view;
}
