// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IProofVerifier} from "./interfaces/IProofVerifier.sol";
import {ITwoStepSubmission} from "./interfaces/ITwoStepSubmission.sol";

/// @title Proof submission in two steps, with stake and rewards in one ERC-20.
/// @dev Holds, at all times, the stake of every prover plus the reward not yet paid of every sequence:
///   stake ≥ bonded + withdrawing         for every prover, so a bond can always be burned
///   bonded = bond × unsettled            for every prover
///   settledCount ≤ committedCount        for every sequence
/// No function loops: whatever concerns many provers is one call per prover.
contract TwoStepSubmission is ITwoStepSubmission, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Receives slashed stake. A transfer to it works with every ERC-20; `burn` does not.
    address public constant BURN_ADDRESS = 0x000000000000000000000000000000000000dEaD;

    /// @dev Upper bound of each window: the sum of a block number and four of them fits a uint64.
    uint64 private constant MAX_WINDOW_BLOCKS = type(uint32).max;

    IERC20 private immutable _token;
    uint64 private immutable _commitBlocks;
    uint64 private immutable _revealBlocks;
    uint64 private immutable _settlementBlocks;
    uint64 private immutable _withdrawalBlocks;
    uint256 private immutable _minStake;
    uint256 private immutable _slashNoProof;
    uint256 private immutable _slashIncorrectHash;
    /// @dev Locked by each unsettled commitment: the larger of the two slashes.
    uint256 private immutable _bond;

    mapping(address account => Prover) private _provers;
    mapping(bytes32 sequenceId => Sequence) private _sequences;
    mapping(bytes32 sequenceId => mapping(uint64 round => mapping(address prover => Commitment))) private _commitments;
    mapping(bytes32 sequenceId => mapping(bytes32 proofDigest => bool)) private _verified;

    /// @dev Every parameter is final. A slash of zero would make blocking a sequence free; a settlement
    /// period shorter than the reveal window would let an early proof cut the others' time.
    /// @param stakeAndRewardToken an ERC-20 without fees on transfer and without rebasing
    constructor(address stakeAndRewardToken, Windows memory w, StakeTerms memory terms) {
        uint256 bond = Math.max(terms.slashNoProof, terms.slashIncorrectHash);
        if (stakeAndRewardToken.code.length == 0) revert InvalidParameters();
        if (w.commitBlocks == 0 || w.commitBlocks > MAX_WINDOW_BLOCKS) revert InvalidParameters();
        if (w.revealBlocks == 0 || w.revealBlocks > MAX_WINDOW_BLOCKS) revert InvalidParameters();
        if (w.settlementBlocks < w.revealBlocks || w.settlementBlocks > MAX_WINDOW_BLOCKS) revert InvalidParameters();
        uint64 longestRound = w.commitBlocks + w.revealBlocks + w.settlementBlocks;
        if (w.withdrawalBlocks <= longestRound || w.withdrawalBlocks > 4 * MAX_WINDOW_BLOCKS) {
            revert InvalidParameters();
        }
        if (terms.slashNoProof == 0 || terms.slashIncorrectHash == 0) revert InvalidParameters();
        if (terms.minStake < bond) revert InvalidParameters();

        _token = IERC20(stakeAndRewardToken);
        _commitBlocks = w.commitBlocks;
        _revealBlocks = w.revealBlocks;
        _settlementBlocks = w.settlementBlocks;
        _withdrawalBlocks = w.withdrawalBlocks;
        _minStake = terms.minStake;
        _slashNoProof = terms.slashNoProof;
        _slashIncorrectHash = terms.slashIncorrectHash;
        _bond = bond;
    }

    /// @inheritdoc ITwoStepSubmission
    function stake(uint256 amount) external nonReentrant {
        if (amount == 0) revert InvalidParameters();
        _provers[msg.sender].stake += amount;
        emit Staked(msg.sender, amount);
        _collect(amount);
    }

    /// @inheritdoc ITwoStepSubmission
    function requestWithdrawal(uint256 amount) external nonReentrant {
        Prover storage p = _provers[msg.sender];
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        uint256 available = p.stake - p.withdrawing - p.bonded;
        if (amount > available) revert StakeTooLow(msg.sender, available, amount);
        p.withdrawing += amount;
        p.withdrawableFrom = _blockNumber() + _withdrawalBlocks;
        emit WithdrawalRequested(msg.sender, amount, p.withdrawableFrom);
    }

    /// @inheritdoc ITwoStepSubmission
    function withdraw() external nonReentrant {
        Prover storage p = _provers[msg.sender];
        uint256 amount = p.withdrawing;
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        if (_blockNumber() < p.withdrawableFrom) revert WithdrawalTooEarly(msg.sender, p.withdrawableFrom);
        if (p.unsettled != 0) revert WithdrawalBlocked(msg.sender, p.unsettled);
        p.stake -= amount;
        p.withdrawing = 0;
        emit Withdrawn(msg.sender, amount);
        _token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc ITwoStepSubmission
    function open(
        uint64 startHeight,
        uint64 endHeight,
        bytes32 claim,
        IProofVerifier verifier,
        uint256 reward,
        uint64 expiry,
        bytes calldata data
    ) external nonReentrant returns (bytes32 sequenceId) {
        if (startHeight > endHeight) revert InvalidRange(startHeight, endHeight);
        // A verifier without code fails every proof: its only use would be to have provers slashed.
        if (reward == 0 || address(verifier).code.length == 0) revert InvalidParameters();
        sequenceId = keccak256(abi.encode(msg.sender, startHeight, endHeight, claim, verifier));
        Sequence storage s = _sequences[sequenceId];
        if (s.state != SequenceState.None) revert SequenceExists(sequenceId);
        if (expiry < _blockNumber()) revert SequenceExpired(sequenceId, expiry);

        s.state = SequenceState.Open;
        s.requester = msg.sender;
        s.startHeight = startHeight;
        s.endHeight = endHeight;
        s.expiry = expiry;
        s.claim = claim;
        s.verifier = verifier;
        s.reward = reward;
        s.rewardLeft = reward;
        emit SequenceOpened(sequenceId, msg.sender, startHeight, endHeight, claim, verifier, reward, expiry, data);
        _collect(reward);
    }

    /// @inheritdoc ITwoStepSubmission
    function reclaim(bytes32 sequenceId) external nonReentrant {
        Sequence storage s = _sequences[sequenceId];
        if (s.state != SequenceState.Open) revert SequenceNotReclaimable(sequenceId);
        if (msg.sender != s.requester) revert NotRequester(msg.sender);
        if (_blockNumber() <= s.expiry || _roundRuns(s)) revert SequenceNotReclaimable(sequenceId);
        uint256 amount = s.rewardLeft;
        s.state = SequenceState.Reclaimed;
        s.rewardLeft = 0;
        emit SequenceReclaimed(sequenceId, msg.sender, amount);
        _token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc ITwoStepSubmission
    function commit(bytes32 sequenceId, bytes32 proofHash) external nonReentrant {
        Sequence storage s = _sequences[sequenceId];
        if (s.state != SequenceState.Open) revert SequenceNotOpen(sequenceId);
        if (!_roundRuns(s)) {
            if (_blockNumber() > s.expiry) revert SequenceExpired(sequenceId, s.expiry);
            s.round += 1;
            s.firstCommitBlock = _blockNumber();
            s.committedCount = 0;
        } else if (_blockNumber() > _lastCommitBlock(s)) {
            revert CommitWindowClosed(sequenceId, _lastCommitBlock(s));
        }
        Commitment storage c = _commitments[sequenceId][s.round][msg.sender];
        if (c.state != CommitmentState.None) revert AlreadyCommitted(sequenceId, s.round, msg.sender);

        Prover storage p = _provers[msg.sender];
        uint256 active = p.stake - p.withdrawing;
        uint256 required = Math.max(_minStake, p.bonded + _bond);
        if (active < required) revert StakeTooLow(msg.sender, active, required);
        p.bonded += _bond;
        p.unsettled += 1;
        c.state = CommitmentState.Committed;
        c.proofHash = proofHash;
        c.stake = active;
        s.committedCount += 1;
        emit ProofHashCommitted(sequenceId, msg.sender, s.round, proofHash, s.firstCommitBlock);
    }

    /// @inheritdoc ITwoStepSubmission
    function reveal(bytes32 sequenceId, bytes calldata proof) external nonReentrant {
        Sequence storage s = _sequences[sequenceId];
        bytes32 proofDigest = keccak256(proof);
        Commitment storage c = _settleable(sequenceId, s, proofDigest);
        if (!_verified[sequenceId][proofDigest]) {
            s.verifier.verify(s.claim, proof);
            _verified[sequenceId][proofDigest] = true;
        }
        if (s.state == SequenceState.Open) {
            s.state = SequenceState.Proven;
            s.provenBlock = _blockNumber();
            emit SequenceProven(sequenceId, msg.sender, s.round, proofDigest);
        }
        _settle(sequenceId, s, c, proofDigest);
    }

    /// @inheritdoc ITwoStepSubmission
    function settle(bytes32 sequenceId, bytes32 proofDigest) external nonReentrant {
        // A verified digest exists only in a proven sequence.
        if (!_verified[sequenceId][proofDigest]) revert DigestNotVerified(sequenceId, proofDigest);
        Sequence storage s = _sequences[sequenceId];
        _settle(sequenceId, s, _settleable(sequenceId, s, proofDigest), proofDigest);
    }

    /// @inheritdoc ITwoStepSubmission
    function payReward(bytes32 sequenceId, address account) external nonReentrant {
        Sequence storage s = _sequences[sequenceId];
        Commitment storage c = _commitments[sequenceId][s.round][account];
        bool due = s.state == SequenceState.Proven && c.state == CommitmentState.Settled && !c.paid
            && (s.settledCount == s.committedCount || _blockNumber() > _lastSettlementBlock(s));
        if (!due) revert RewardNotDue(sequenceId, account);
        _pay(sequenceId, s, c, account);
    }

    /// @inheritdoc ITwoStepSubmission
    function slash(bytes32 sequenceId, uint64 round, address account) external nonReentrant {
        Sequence storage s = _sequences[sequenceId];
        Commitment storage c = _commitments[sequenceId][round][account];
        if (c.state != CommitmentState.Committed) revert NotSlashable(sequenceId, round, account);
        bool proven = round == s.round && s.state == SequenceState.Proven;
        bool over = round < s.round || (proven ? _blockNumber() > _lastSettlementBlock(s) : !_roundRuns(s));
        if (!over) revert NotSlashable(sequenceId, round, account);
        (uint256 amount, SlashReason reason) =
            proven ? (_slashIncorrectHash, SlashReason.IncorrectHash) : (_slashNoProof, SlashReason.NoProof);

        c.state = CommitmentState.Slashed;
        Prover storage p = _provers[account];
        p.stake -= amount;
        p.bonded -= _bond;
        p.unsettled -= 1;
        emit Slashed(sequenceId, account, round, amount, reason);
        _token.safeTransfer(BURN_ADDRESS, amount);
    }

    /// @inheritdoc ITwoStepSubmission
    function windows() external view returns (Windows memory) {
        return Windows(_commitBlocks, _revealBlocks, _settlementBlocks, _withdrawalBlocks);
    }

    /// @inheritdoc ITwoStepSubmission
    function stakeTerms() external view returns (StakeTerms memory) {
        return StakeTerms(_minStake, _slashNoProof, _slashIncorrectHash);
    }

    /// @inheritdoc ITwoStepSubmission
    function token() external view returns (address) {
        return address(_token);
    }

    /// @inheritdoc ITwoStepSubmission
    function sequence(bytes32 sequenceId) external view returns (Sequence memory) {
        return _sequences[sequenceId];
    }

    /// @inheritdoc ITwoStepSubmission
    function commitment(bytes32 sequenceId, uint64 round, address account) external view returns (Commitment memory) {
        return _commitments[sequenceId][round][account];
    }

    /// @inheritdoc ITwoStepSubmission
    function prover(address account) external view returns (Prover memory) {
        return _provers[account];
    }

    /// @inheritdoc ITwoStepSubmission
    function digestVerified(bytes32 sequenceId, bytes32 proofDigest) external view returns (bool) {
        return _verified[sequenceId][proofDigest];
    }

    /// @dev The caller's commitment, if it may settle in this block with a proof of this digest.
    function _settleable(bytes32 sequenceId, Sequence storage s, bytes32 proofDigest)
        private
        view
        returns (Commitment storage c)
    {
        if (s.state == SequenceState.Proven) {
            uint64 last = _lastSettlementBlock(s);
            if (_blockNumber() > last) revert SettlementClosed(sequenceId, last);
        } else if (s.state == SequenceState.Open) {
            if (s.round == 0) revert NoCommitment(sequenceId, 0, msg.sender);
            if (_blockNumber() <= _lastCommitBlock(s)) revert RevealTooEarly(sequenceId, _lastCommitBlock(s) + 1);
            if (!_roundRuns(s)) revert RevealWindowClosed(sequenceId, _lastRevealBlock(s));
        } else {
            revert SequenceNotOpen(sequenceId);
        }

        c = _commitments[sequenceId][s.round][msg.sender];
        if (c.state == CommitmentState.None) revert NoCommitment(sequenceId, s.round, msg.sender);
        if (c.state == CommitmentState.Settled) revert AlreadySettled(sequenceId, s.round, msg.sender);
        Prover storage p = _provers[msg.sender];
        uint256 active = p.stake - p.withdrawing;
        if (active < _minStake) revert StakeTooLow(msg.sender, active, _minStake);
        if (c.proofHash != keccak256(abi.encodePacked(proofDigest, msg.sender))) {
            revert ProofHashMismatch(sequenceId, msg.sender);
        }
    }

    /// @dev Settles the caller's commitment and pays the caller when it was the round's last one.
    function _settle(bytes32 sequenceId, Sequence storage s, Commitment storage c, bytes32 proofDigest) private {
        Prover storage p = _provers[msg.sender];
        p.bonded -= _bond;
        p.unsettled -= 1;
        c.state = CommitmentState.Settled;
        s.settledCount += 1;
        s.settledStakeLeft += c.stake;
        emit CommitmentSettled(sequenceId, msg.sender, s.round, proofDigest);
        if (s.settledCount == s.committedCount) _pay(sequenceId, s, c, msg.sender);
    }

    /// @dev Each share is taken from what is left, so the last payee takes exactly the remainder and
    /// the order of payment moves a share by less than one unit per payee.
    function _pay(bytes32 sequenceId, Sequence storage s, Commitment storage c, address account) private {
        uint256 amount = Math.mulDiv(s.rewardLeft, c.stake, s.settledStakeLeft);
        c.paid = true;
        s.rewardLeft -= amount;
        s.settledStakeLeft -= c.stake;
        emit RewardPaid(sequenceId, account, amount);
        // A token that refuses empty transfers must not keep a prover from settling.
        if (amount != 0) _token.safeTransfer(account, amount);
    }

    /// @dev Takes `amount` from the caller; a token that delivers anything else cannot be accounted for.
    function _collect(uint256 amount) private {
        uint256 before = _token.balanceOf(address(this));
        _token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = _token.balanceOf(address(this)) - before;
        if (received != amount) revert TokenAmountMismatch(amount, received);
    }

    /// @dev Meaningful only for an unproven sequence: true while its round accepts commits or reveals.
    function _roundRuns(Sequence storage s) private view returns (bool) {
        return s.round != 0 && _blockNumber() <= _lastRevealBlock(s);
    }

    function _lastCommitBlock(Sequence storage s) private view returns (uint64) {
        return s.firstCommitBlock + _commitBlocks;
    }

    function _lastRevealBlock(Sequence storage s) private view returns (uint64) {
        return s.firstCommitBlock + _commitBlocks + _revealBlocks;
    }

    function _lastSettlementBlock(Sequence storage s) private view returns (uint64) {
        return s.provenBlock + _settlementBlocks;
    }

    function _blockNumber() private view returns (uint64) {
        return uint64(block.number);
    }
}
