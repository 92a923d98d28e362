#include "chain/sender.h"

#include <array>

#include "chain/sender_turn.h"

namespace cairn::chain::sender {
namespace {

struct Entry {
  State state;
  std::string_view desk;
  Result<Step> (*run)(Turn&);
};

constexpr std::array<Entry, state_count> machine = {{
    {State::planned, "hash_commit", planned},
    {State::commit_nonce, "hash_commit", commit_nonce},
    {State::commit_signed, "hash_commit", commit_signed},
    {State::commit_sent, "resend", commit_sent},
    {State::commit_mined, "resend", commit_mined},
    {State::window_open, "reveal", window_open},
    {State::late_reveal, "reveal", late_reveal},
    {State::reveal_nonce, "reveal", reveal_nonce},
    {State::reveal_signed, "reveal", reveal_signed},
    {State::reveal_sent, "resend", reveal_sent},
    {State::verified, "resend", verified},
    {State::pay_nonce, "resend", pay_nonce},
    {State::pay_signed, "resend", pay_signed},
    {State::pay_sent, "resend", pay_sent},
    {State::paid, "resend", paid},
    {State::window_lost, "resend", window_lost},
    {State::given_up, "resend", given_up},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < machine.size(); ++i) {
    if (static_cast<std::size_t>(machine[i].state) != i) return false;
  }
  return true;
}
static_assert(in_order());

const Entry& entry(State state) { return machine[static_cast<std::size_t>(state)]; }

}  // namespace

std::string_view desk(State state) { return entry(state).desk; }

std::string nonce_counter(const Address& account) { return "nonce/0x" + hex(ByteView(account)); }

Result<Step> step(const Row& row, std::optional<std::uint64_t> granted, const Services& services) {
  Turn turn{services, row, granted};
  CAIRN_TRY(turn.begin());
  CAIRN_TRY(turn.tend());
  return entry(row.state).run(turn);
}

}  // namespace cairn::chain::sender
