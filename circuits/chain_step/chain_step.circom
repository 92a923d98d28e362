// One batch of a ledger: a deposit, then a withdrawal, applied to the balance of one account.
//
//   pre          = Poseidon(balance, height)
//   post         = Poseidon(balance + deposit - withdrawal, height + 1)
//   input_digest = Poseidon(deposit, withdrawal)
//
// Both balances and both amounts are 64-bit numbers, so nothing wraps around in the field and nobody
// withdraws what is not there. The height is a counter that is only hashed. Public signals, in this
// order: pre, post, input_digest; whoever sees only these learns neither balance nor amounts.
pragma circom 2.1.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/poseidon.circom";

template Hash2() {
    signal input a;
    signal input b;
    signal output out;
    component poseidon = Poseidon(2);
    poseidon.inputs[0] <== a;
    poseidon.inputs[1] <== b;
    out <== poseidon.out;
}

template IsU64() {
    signal input in;
    component bits = Num2Bits(64);
    bits.in <== in;
}

template ChainStep() {
    signal input balance;
    signal input height;
    signal input deposit;
    signal input withdrawal;

    signal output pre;
    signal output post;
    signal output input_digest;

    signal balance_after <== balance + deposit - withdrawal;

    IsU64()(balance);
    IsU64()(deposit);
    IsU64()(withdrawal);
    IsU64()(balance_after);

    pre <== Hash2()(balance, height);
    post <== Hash2()(balance_after, height + 1);
    input_digest <== Hash2()(deposit, withdrawal);
}

component main = ChainStep();
