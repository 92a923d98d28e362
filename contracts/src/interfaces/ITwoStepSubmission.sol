// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IProofVerifier} from "./IProofVerifier.sol";

/// @title Proof submission in two steps, so that a proof cannot be stolen.
/// @notice A prover first commits to `keccak256(keccak256(proof) ‖ prover)`, and shows the proof only
/// when nobody can commit any more. With the first commitment of a round in block T:
///
///   blocks T … T+T1            commit    (T1 = commitBlocks, 10 by default)
///   blocks T+T1+1 … T+T1+T2    reveal    (T2 = revealBlocks, 10 by default)
///
/// No block accepts both. A round without a valid proof by T+T1+T2 is lost: each of its commitments is
/// slashable and the next commit starts the next round. Once one proof is valid the sequence is proven;
/// commitments of that round may settle until `settlementBlocks` after the proof. Whoever has not
/// settled by then committed to an incorrect hash and is slashable. Slashed stake is burned.
interface ITwoStepSubmission {
    enum SequenceState { None, Open, Proven, Reclaimed }
    enum CommitmentState { None, Committed, Settled, Slashed }
    enum SlashReason { NoProof, IncorrectHash }

    /// @param commitBlocks T1 @param revealBlocks T2 @param settlementBlocks after the proof, at least T2
    /// @param withdrawalBlocks delay of a withdrawal; longer than T1 + T2 + settlementBlocks
    struct Windows {
        uint64 commitBlocks;
        uint64 revealBlocks;
        uint64 settlementBlocks;
        uint64 withdrawalBlocks;
    }

    /// @param minStake below it a prover can neither commit nor reveal
    /// @param slashNoProof burned per commitment of a lost round
    /// @param slashIncorrectHash burned per commitment that no valid proof matched
    struct StakeTerms {
        uint256 minStake;
        uint256 slashNoProof;
        uint256 slashIncorrectHash;
    }

    struct Sequence {
        SequenceState state;
        address requester;
        uint64 startHeight;
        uint64 endHeight;
        uint64 expiry;            // last block that accepts a first commit of a round
        uint64 round;             // 0 before the first commit
        uint64 firstCommitBlock;  // T of the current round, 0 before the first commit
        uint64 provenBlock;       // 0 until proven
        uint64 committedCount;    // commitments of the current round
        uint64 settledCount;      // of them settled
        bytes32 claim;
        IProofVerifier verifier;
        uint256 reward;           // as funded
        uint256 rewardLeft;       // not yet paid
        uint256 settledStakeLeft; // snapshot stake of settled provers not yet paid
    }

    struct Commitment {
        CommitmentState state;
        bool paid;
        bytes32 proofHash;
        uint256 stake;            // of the prover when it committed: its weight in the split
    }

    struct Prover {
        uint256 stake;            // includes bonded and withdrawing stake
        uint256 bonded;           // locked by unsettled commitments
        uint256 withdrawing;      // no longer counted as active stake
        uint64 withdrawableFrom;  // first block in which `withdraw` succeeds
        uint64 unsettled;         // commitments neither settled nor slashed
    }

    event Staked(address indexed prover, uint256 amount);
    event WithdrawalRequested(address indexed prover, uint256 amount, uint64 withdrawableFrom);
    event Withdrawn(address indexed prover, uint256 amount);
    event SequenceOpened(
        bytes32 indexed sequenceId, address indexed requester, uint64 startHeight, uint64 endHeight,
        bytes32 claim, IProofVerifier verifier, uint256 reward, uint64 expiry, bytes data
    );
    event SequenceReclaimed(bytes32 indexed sequenceId, address indexed requester, uint256 reward);
    event ProofHashCommitted(
        bytes32 indexed sequenceId, address indexed prover, uint64 round, bytes32 proofHash, uint64 firstCommitBlock
    );
    event SequenceProven(bytes32 indexed sequenceId, address indexed prover, uint64 round, bytes32 proofDigest);
    event CommitmentSettled(bytes32 indexed sequenceId, address indexed prover, uint64 round, bytes32 proofDigest);
    event RewardPaid(bytes32 indexed sequenceId, address indexed prover, uint256 amount);
    event Slashed(
        bytes32 indexed sequenceId, address indexed prover, uint64 round, uint256 amount, SlashReason reason
    );

    error InvalidParameters();
    error InvalidRange(uint64 startHeight, uint64 endHeight);
    error SequenceExists(bytes32 sequenceId);
    error SequenceNotOpen(bytes32 sequenceId);
    error SequenceExpired(bytes32 sequenceId, uint64 expiry);
    error SequenceNotReclaimable(bytes32 sequenceId);
    error NotRequester(address caller);
    error StakeTooLow(address prover, uint256 active, uint256 required);
    error AlreadyCommitted(bytes32 sequenceId, uint64 round, address prover);
    error CommitWindowClosed(bytes32 sequenceId, uint64 lastBlock);
    error RevealTooEarly(bytes32 sequenceId, uint64 firstBlock);
    error RevealWindowClosed(bytes32 sequenceId, uint64 lastBlock);
    error SettlementClosed(bytes32 sequenceId, uint64 lastBlock);
    error NoCommitment(bytes32 sequenceId, uint64 round, address prover);
    error ProofHashMismatch(bytes32 sequenceId, address prover);
    error DigestNotVerified(bytes32 sequenceId, bytes32 proofDigest);
    error NotSlashable(bytes32 sequenceId, uint64 round, address prover);
    error RewardNotDue(bytes32 sequenceId, address prover);
    error NothingToWithdraw(address prover);
    error WithdrawalTooEarly(address prover, uint64 withdrawableFrom);
    error WithdrawalBlocked(address prover, uint64 unsettled);
    error AlreadySettled(bytes32 sequenceId, uint64 round, address prover);
    error TokenAmountMismatch(uint256 expected, uint256 received);

    /// @notice Adds `amount` of the token to the caller's stake.
    function stake(uint256 amount) external;
    /// @notice Starts the withdrawal of `amount` of unbonded stake; it stops counting at once.
    function requestWithdrawal(uint256 amount) external;
    /// @notice Pays a requested withdrawal after its delay, when no commitment of the caller is unsettled.
    function withdraw() external;

    /// @notice Opens a sequence and funds its reward from the caller.
    /// @param claim what the proof must show @param data what provers need to make it; only emitted
    /// @param expiry last block in which a round may start; from then on the reward can be reclaimed
    /// @return sequenceId keccak256(abi.encode(requester, startHeight, endHeight, claim, verifier))
    function open(
        uint64 startHeight, uint64 endHeight, bytes32 claim, IProofVerifier verifier,
        uint256 reward, uint64 expiry, bytes calldata data
    ) external returns (bytes32 sequenceId);
    /// @notice Returns the reward of an unproven, expired sequence without a running round to its requester.
    function reclaim(bytes32 sequenceId) external;

    /// @notice Step 1. One commitment per prover and round.
    function commit(bytes32 sequenceId, bytes32 proofHash) external;
    /// @notice Step 2. Verifies `proof` unless its digest is verified already, and settles the caller's
    /// commitment. The first valid proof proves the sequence. Pays the caller when the split is final.
    function reveal(bytes32 sequenceId, bytes calldata proof) external;
    /// @notice Step 2 without the bytes, for a digest that another prover's reveal already verified.
    function settle(bytes32 sequenceId, bytes32 proofDigest) external;
    /// @notice Pays `prover` its share once the split is final: all of the round settled, or the
    /// settlement period over. Anyone may call.
    function payReward(bytes32 sequenceId, address prover) external;
    /// @notice Burns the slash of a commitment of a lost round, or of one never matched by a valid
    /// proof when the settlement period is over. Anyone may call.
    function slash(bytes32 sequenceId, uint64 round, address prover) external;

    function windows() external view returns (Windows memory);
    function stakeTerms() external view returns (StakeTerms memory);
    function token() external view returns (address);
    function sequence(bytes32 sequenceId) external view returns (Sequence memory);
    function commitment(bytes32 sequenceId, uint64 round, address prover) external view returns (Commitment memory);
    function prover(address account) external view returns (Prover memory);
    function digestVerified(bytes32 sequenceId, bytes32 proofDigest) external view returns (bool);
}
