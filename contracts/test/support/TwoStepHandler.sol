// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IdeToken} from "../../src/IdeToken.sol";
import {TwoStepSubmission} from "../../src/TwoStepSubmission.sol";
import {ITwoStepSubmission} from "../../src/interfaces/ITwoStepSubmission.sol";
import {PreimageVerifier} from "./PreimageVerifier.sol";
import {Test} from "./Test.sol";

/// @title Everybody who may use a TwoStepSubmission, choosing what to do next at random.
/// @notice Four provers, two requesters, up to ten sequences. An action looks for somebody whom it
/// concerns, three times in four, and otherwise takes anybody, so that some calls are refused. What the
/// calls should have moved is kept here, from the token's balances and from the hashes that were
/// committed, never from the contract's books.
contract TwoStepHandler is Test {
    enum Action {
        Stake,
        Request,
        Withdraw,
        Open,
        Commit,
        Reveal,
        Settle,
        Pay,
        Slash,
        Reclaim
    }
    enum Phase {
        Round,
        Settlement,
        Over
    }
    enum Hash {
        None,
        Honest,
        Salted,
        Junk,
        Copied
    }

    uint256 public constant PROVERS = 4;
    uint256 public constant MAX_SEQUENCES = 10;
    address public constant BURNED = 0x000000000000000000000000000000000000dEaD;

    IdeToken public immutable ide;
    TwoStepSubmission public immutable submission;
    PreimageVerifier public immutable verifier = new PreimageVerifier();
    address[PROVERS] public provers;
    address[2] public requesters;
    bytes32[] public ids;
    mapping(Action action => uint256) public accepted;

    /// @dev What moved, by the token's balances.
    uint256 public stakedIn;
    uint256 public stakedOut;
    uint256 public funded;
    uint256 public reclaimed;
    uint256 public rewardsPaid;
    mapping(bytes32 id => uint256) public paidOf;
    mapping(bytes32 id => mapping(address prover => uint256)) public paidTo;
    mapping(bytes32 id => mapping(uint64 round => mapping(address prover => Hash))) public hashOf;

    constructor(IdeToken token, TwoStepSubmission target) {
        ide = token;
        submission = target;
        provers = [account("prover 0"), account("prover 1"), account("prover 2"), account("prover 3")];
        requesters = [account("requester 0"), account("requester 1")];
    }

    function idCount() external view returns (uint256) {
        return ids.length;
    }

    function secretOf(uint256 index) public pure returns (bytes32) {
        return keccak256(abi.encode("secret", index));
    }

    function proofOf(uint256 index, address prover, Hash kind) public pure returns (bytes memory) {
        if (kind == Hash.Salted) return abi.encodePacked(secretOf(index), prover);
        if (kind == Hash.Junk) return abi.encodePacked("junk", prover);
        return abi.encodePacked(secretOf(index));
    }

    /// @dev Blocks pass: mostly one or two, sometimes half a window, rarely a whole life.
    function roll(uint256 seed) external {
        uint256 blocks = seed % 32 == 0 ? 60 : seed % 8 == 0 ? 1 + seed / 32 % 8 : seed / 32 % 3;
        vm.roll(vm.getBlockNumber() + blocks);
    }

    function stake(uint256 who, uint256 amount) external {
        address p = proverOf(who);
        amount = bound(amount, 1, 300 ether);
        if (call(Action.Stake, p, abi.encodeCall(submission.stake, (amount)))) stakedIn += amount;
    }

    function requestWithdrawal(uint256 who, uint256 amount) external {
        address p = proverOf(who);
        amount = bound(amount, 1, 60 ether);
        call(Action.Request, p, abi.encodeCall(submission.requestWithdrawal, (amount)));
    }

    function withdraw(uint256 who) external {
        address p = proverOf(who);
        for (uint256 i = 0; i < PROVERS && submission.prover(p).unsettled != 0; i++) {
            p = proverOf(who % PROVERS + i);
        }
        if (who / PROVERS % 2 == 0) waitFor(submission.prover(p).withdrawableFrom);
        uint256 before = ide.balanceOf(p);
        call(Action.Withdraw, p, abi.encodeCall(submission.withdraw, ()));
        stakedOut += ide.balanceOf(p) - before;
    }

    function open(uint256 who, uint256 reward, uint256 lifetime) external {
        if (ids.length == MAX_SEQUENCES) return;
        address requester = requesters[who % 2];
        reward = bound(reward, 1, 10 ether);
        uint64 expiry = uint64(vm.getBlockNumber() + (lifetime % 4 == 0 ? 400 : lifetime / 4 % 100));
        uint64 height = uint64(ids.length);
        bytes32 claim = keccak256(abi.encodePacked(secretOf(height)));
        bytes memory data = abi.encodeCall(submission.open, (height, height, claim, verifier, reward, expiry, ""));
        if (!call(Action.Open, requester, data)) return;
        ids.push(keccak256(abi.encode(requester, height, height, claim, verifier)));
        funded += reward;
    }

    function commit(uint256 who, uint256 which, uint256 how) external {
        if (ids.length == 0) return;
        uint256 index = which % ids.length;
        // Mostly into a round that runs, so that rounds have several provers.
        for (uint256 i = 0; i < ids.length && how / 4 % 4 != 0; i++) {
            ITwoStepSubmission.Sequence memory s = submission.sequence(ids[(which % ids.length + i) % ids.length]);
            if (s.state != ITwoStepSubmission.SequenceState.Open || s.round == 0) continue;
            if (vm.getBlockNumber() > s.firstCommitBlock + submission.windows().commitBlocks) continue;
            index = (which % ids.length + i) % ids.length;
            break;
        }
        address p = proverOf(who);
        // Three of four commitments bind the deterministic proof.
        Hash kind = how % 4 != 0 ? Hash.Honest : Hash(2 + how / 16 % 3);
        address binds = kind == Hash.Copied ? proverOf(who % PROVERS + 1) : p;
        bytes32 proofHash = keccak256(abi.encodePacked(keccak256(proofOf(index, p, kind)), binds));
        if (call(Action.Commit, p, abi.encodeCall(submission.commit, (ids[index], proofHash)))) {
            hashOf[ids[index]][submission.sequence(ids[index]).round][p] = kind;
        }
    }

    function reveal(uint256 seed, uint256 how) external {
        if (ids.length == 0) return;
        (uint256 index, address p) = find(seed, Phase(how / 32 % 2), ITwoStepSubmission.CommitmentState.Committed);
        uint64 first = submission.sequence(ids[index]).firstCommitBlock + submission.windows().commitBlocks + 1;
        if (how / 64 % 8 == 0) waitFor(first);
        paying(Action.Reveal, index, p, p, abi.encodeCall(submission.reveal, (ids[index], shown(index, p, how))));
    }

    function settle(uint256 seed, uint256 how) external {
        if (ids.length == 0) return;
        (uint256 index, address p) = find(seed, Phase.Settlement, ITwoStepSubmission.CommitmentState.Committed);
        bytes32 digest = keccak256(shown(index, p, how));
        paying(Action.Settle, index, p, p, abi.encodeCall(submission.settle, (ids[index], digest)));
    }

    function payReward(uint256 seed, uint256 caller) external {
        if (ids.length == 0) return;
        (uint256 index, address p) = find(seed, Phase.Over, ITwoStepSubmission.CommitmentState.Settled);
        paying(Action.Pay, index, proverOf(caller), p, abi.encodeCall(submission.payReward, (ids[index], p)));
    }

    function slash(uint256 seed, uint256 round) external {
        if (ids.length == 0) return;
        (uint256 index, address p) = find(seed, Phase.Over, ITwoStepSubmission.CommitmentState.Committed);
        uint64 last = submission.sequence(ids[index]).round;
        if (round % 2 == 0) round = last;
        call(
            Action.Slash,
            requesters[0],
            abi.encodeCall(submission.slash, (ids[index], uint64(bound(round, 0, last + 1)), p))
        );
    }

    function reclaim(uint256 who, uint256 which) external {
        if (ids.length == 0) return;
        bytes32 id = ids[which % ids.length];
        address requester = who % 4 == 0 ? requesters[who / 4 % 2] : submission.sequence(id).requester;
        uint256 before = ide.balanceOf(requester);
        call(Action.Reclaim, requester, abi.encodeCall(submission.reclaim, (id)));
        reclaimed += ide.balanceOf(requester) - before;
    }

    /// @dev From a random place on, the first prover with an unpaid commitment in this state in the
    /// current round of a sequence in this phase; anybody once in four and when there is none.
    function find(uint256 seed, Phase phase, ITwoStepSubmission.CommitmentState wanted)
        private
        view
        returns (uint256 index, address p)
    {
        uint256 size = ids.length * PROVERS;
        for (uint256 i = 0; i < size && seed % 4 != 0; i++) {
            index = (seed / 4 + i) % size / PROVERS;
            p = provers[(seed / 4 + i) % PROVERS];
            ITwoStepSubmission.Sequence memory s = submission.sequence(ids[index]);
            ITwoStepSubmission.Commitment memory c = submission.commitment(ids[index], s.round, p);
            if (c.state == wanted && !c.paid && phaseOf(s) == phase) return (index, p);
        }
        return (seed / 4 % ids.length, proverOf(seed / 4 / ids.length));
    }

    function phaseOf(ITwoStepSubmission.Sequence memory s) private view returns (Phase) {
        ITwoStepSubmission.Windows memory w = submission.windows();
        if (s.state == ITwoStepSubmission.SequenceState.Proven) {
            bool over = s.settledCount == s.committedCount || vm.getBlockNumber() > s.provenBlock + w.settlementBlocks;
            return over ? Phase.Over : Phase.Settlement;
        }
        bool lost = vm.getBlockNumber() > s.firstCommitBlock + w.commitBlocks + w.revealBlocks;
        return lost ? Phase.Over : Phase.Round;
    }

    function waitFor(uint64 blockNumber) private {
        if (vm.getBlockNumber() < blockNumber && blockNumber < vm.getBlockNumber() + 30) vm.roll(blockNumber);
    }

    function proverOf(uint256 seed) private view returns (address) {
        return provers[seed % PROVERS];
    }

    /// @dev The proof that the prover committed to in the current round, or, once in four, any other.
    function shown(uint256 index, address p, uint256 how) private view returns (bytes memory) {
        bytes32 id = ids[index];
        Hash kind = hashOf[id][submission.sequence(id).round][p];
        return proofOf(index, p, how % 4 == 0 ? Hash(1 + how / 4 % 3) : kind);
    }

    function paying(Action action, uint256 index, address caller, address payee, bytes memory data) private {
        uint256 before = ide.balanceOf(payee);
        call(action, caller, data);
        uint256 paid = ide.balanceOf(payee) - before;
        rewardsPaid += paid;
        paidOf[ids[index]] += paid;
        paidTo[ids[index]][payee] += paid;
    }

    function call(Action action, address caller, bytes memory data) private returns (bool ok) {
        vm.prank(caller);
        (ok,) = address(submission).call(data);
        if (ok) accepted[action] += 1;
    }
}
