// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";

/// @title Contracts with the selector of `IProofVerifier.verify` that abuse being called.
/// @notice Calls the submission contract back and accepts the proof only if every call failed.
contract ReenteringVerifier {
    error Reentered(uint256 index);

    bytes[] private _calls;

    function prepare(bytes[] memory calls) external {
        _calls = calls;
    }

    function verify(bytes32, bytes calldata) external {
        for (uint256 i = 0; i < _calls.length; i++) {
            (bool ok,) = msg.sender.call(_calls[i]);
            if (ok) revert Reentered(i);
        }
    }
}

/// @notice Tries to keep state between calls, which would let it change its mind.
contract CountingVerifier {
    uint256 public count;

    function verify(bytes32, bytes calldata) external {
        count += 1;
    }
}

/// @notice Burns all gas it is given.
contract GasBurningVerifier {
    function verify(bytes32, bytes calldata) external pure {
        assembly ("memory-safe") {
            invalid()
        }
    }
}

/// @notice Accepts every proof, and answers with a megabyte that nobody asked for.
contract ReturnBombVerifier {
    function verify(bytes32, bytes calldata) external pure {
        assembly ("memory-safe") {
            return(0, 1000000)
        }
    }
}

/// @notice Reads the submission contract while it is verifying.
contract ReadingVerifier {
    error AlreadyProven();

    bytes32 public sequenceId;

    function prepare(bytes32 id) external {
        sequenceId = id;
    }

    function verify(bytes32, bytes calldata) external view {
        ITwoStepSubmission.Sequence memory s = ITwoStepSubmission(msg.sender).sequence(sequenceId);
        if (s.state != ITwoStepSubmission.SequenceState.Open) revert AlreadyProven();
    }
}
