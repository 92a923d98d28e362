#include "chain/transaction.h"

#include <algorithm>

#include "chain/keccak.h"
#include "chain/rlp.h"

namespace cairn::chain {
namespace {

constexpr std::uint8_t type_2 = 0x02;

std::vector<Bytes> unsigned_fields(const Transaction& tx) {
  std::vector<Bytes> out;
  out.push_back(rlp::encode(U256(tx.chain_id)));
  out.push_back(rlp::encode(U256(tx.nonce)));
  out.push_back(rlp::encode(tx.fees.max_priority_fee_per_gas));
  out.push_back(rlp::encode(tx.fees.max_fee_per_gas));
  out.push_back(rlp::encode(U256(tx.gas)));
  out.push_back(rlp::encode(tx.to ? ByteView(*tx.to) : ByteView()));
  out.push_back(rlp::encode(tx.value));
  out.push_back(rlp::encode(ByteView(tx.data)));
  out.push_back(rlp::encode_list({}));
  return out;
}

Bytes envelope(const std::vector<Bytes>& fields) {
  Bytes out{type_2};
  append(out, rlp::encode_list(fields));
  return out;
}

Error malformed(const char* why) { return {Code::invalid_input, std::string("transaction: ") + why}; }

Result<std::uint64_t> small_number(const rlp::Item& item) {
  CAIRN_ASSIGN(const U256 number, item.number());
  return number.u64();
}

Result<Transaction> read_fields(const std::vector<rlp::Item>& f) {
  Transaction tx;
  CAIRN_ASSIGN(tx.chain_id, small_number(f[0]));
  CAIRN_ASSIGN(tx.nonce, small_number(f[1]));
  CAIRN_ASSIGN(tx.fees.max_priority_fee_per_gas, f[2].number());
  CAIRN_ASSIGN(tx.fees.max_fee_per_gas, f[3].number());
  CAIRN_ASSIGN(tx.gas, small_number(f[4]));
  if (f[5].is_list || (!f[5].string.empty() && f[5].string.size() != 20)) {
    return malformed("recipient is not an address");
  }
  if (!f[5].string.empty()) {
    std::copy(f[5].string.begin(), f[5].string.end(), tx.to.emplace().begin());
  }
  CAIRN_ASSIGN(tx.value, f[6].number());
  if (f[7].is_list) return malformed("data is a list");
  tx.data = copy(f[7].string);
  if (!f[8].is_list || !f[8].list.empty()) return malformed("access list is not empty");
  return tx;
}

}  // namespace

Digest32 signing_hash(const Transaction& tx) { return keccak256(envelope(unsigned_fields(tx))); }

SignedTx sign(const Transaction& tx, const SecretKey& key) {
  auto fields = unsigned_fields(tx);
  const Signature signature = key.sign(keccak256(envelope(fields)));
  fields.push_back(rlp::encode(U256(signature.y_parity)));
  fields.push_back(rlp::encode(U256::from_be(signature.r)));
  fields.push_back(rlp::encode(U256::from_be(signature.s)));
  SignedTx out;
  out.raw = envelope(fields);
  out.hash = keccak256(out.raw);
  return out;
}

Result<DecodedTransaction> decode_transaction(ByteView raw) {
  if (raw.empty() || raw[0] != type_2) return malformed("not of type 2");
  CAIRN_ASSIGN(const rlp::Item root, rlp::decode(raw.subspan(1), {.depth_max = 4, .items_max = 64}));
  if (!root.is_list || root.list.size() != 12) return malformed("not a list of 12 fields");
  DecodedTransaction out;
  CAIRN_ASSIGN(out.tx, read_fields(root.list));
  CAIRN_ASSIGN(const U256 parity, root.list[9].number());
  if (parity > U256(1)) return malformed("signature parity is not 0 or 1");
  CAIRN_ASSIGN(const U256 r, root.list[10].number());
  CAIRN_ASSIGN(const U256 s, root.list[11].number());
  const Signature signature{r.be(), s.be(), static_cast<std::uint8_t>(parity.is_zero() ? 0 : 1)};
  CAIRN_ASSIGN(out.sender, recover(signing_hash(out.tx), signature));
  out.hash = keccak256(raw);
  return out;
}

}  // namespace cairn::chain
