// Lists of proofs: their one encoding, and what a verifier asks of claims that follow each other. Proofs
// themselves are taken at their word here.
#include "prover/rv32/verify/batch_proof.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "tests/unit/prover/rv32/claimed_batches.h"

namespace cairn::rv32 {
namespace {

using engine::KoalaBear;
using test::Batch, test::batch, test::ClaimedPieces, test::digest, test::List, test::list;

ProofVerdict verdict(const std::vector<Batch>& batches) {
  return verify_batches(list(batches).bytes(), ClaimedPieces());
}
std::string fault(const std::vector<Batch>& batches) {
  return std::string(fault_name(verdict(batches).fault));
}

TEST(BatchProof, SaysWhichProgramRanOnWhatAndWhatItMadePublic) {
  const Batch b = batch(3);
  const ProofVerdict found = verdict({b});
  ASSERT_TRUE(found.ok()) << found.reason();
  ASSERT_EQ(found.batches.size(), 1u);
  EXPECT_EQ(found.batches[0].image_id, image_id(b.beginning.image));
  EXPECT_EQ(found.batches[0].input, b.beginning.input);
  EXPECT_EQ(found.batches[0].journal, b.end.journal);
  EXPECT_EQ(found.batches[0].exit_code, 0u);
  EXPECT_EQ(found.batches[0].cycles, 3003u);
  EXPECT_EQ(found.batches[0].pieces, 3u);
}

TEST(BatchProof, HoldsSeveralBatchesAndLongOnes) {
  EXPECT_EQ(fault({batch(1)}), "none");
  EXPECT_EQ(fault({batch(1, {}), batch(2, {5}, 2), batch(7, Bytes(5000, 9), 3)}), "none");
  EXPECT_EQ(verdict({batch(1), batch(2, {5}, 2)}).batches.size(), 2u);
  Batch failed = batch(2);
  failed.claims.back().exit_code = 0x00030007;
  const ProofVerdict found = verdict({failed});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found.batches[0].exit_code, 0x00030007u);
}

TEST(BatchProof, EachDiscontinuityHasItsReason) {
  const auto with = [](const std::function<void(Batch&)>& change, std::size_t segments = 3) {
    Batch b = batch(segments);
    change(b);
    return fault({b});
  };
  EXPECT_EQ(with([](Batch& b) { b.beginning.image.entry += 4; }), "entry");
  EXPECT_EQ(with([](Batch& b) { b.claims[0].pc_in += 4; }), "entry");
  EXPECT_EQ(with([](Batch& b) { b.beginning.image.low[0] += KoalaBear::one(); }), "root_begin");
  EXPECT_EQ(with([](Batch& b) { b.beginning.image.ram[7] += KoalaBear::one(); }), "root_begin");
  EXPECT_EQ(with([](Batch& b) { b.beginning.image.rom[1] += KoalaBear::one(); }), "root_begin");
  EXPECT_EQ(with([](Batch& b) { b.beginning.input[1] += KoalaBear::one(); }), "root_begin");
  EXPECT_EQ(with([](Batch& b) { b.claims[0].root_in[3] += KoalaBear::one(); }), "root_begin");
  EXPECT_EQ(with([](Batch& b) { b.claims[1].pc_in += 4; }), "pc");
  EXPECT_EQ(with([](Batch& b) { b.claims[0].pc_out += 4; }), "pc");
  EXPECT_EQ(with([](Batch& b) { b.claims[2].root_in[0] += KoalaBear::one(); }), "root");
  EXPECT_EQ(with([](Batch& b) { b.claims[1].root_out[0] += KoalaBear::one(); }), "root");
  EXPECT_EQ(with([](Batch& b) { b.claims[1].exited = true; }), "goes_on");
  EXPECT_EQ(with([](Batch& b) { b.claims[2].exited = false; }), "not_exited");
  EXPECT_EQ(with([](Batch& b) { b.claims[2].root_out[5] += KoalaBear::one(); }), "root_end");
  EXPECT_EQ(with([](Batch& b) { b.end.low[5] += KoalaBear::one(); }), "root_end");
  EXPECT_EQ(with([](Batch& b) { b.end.ram[5] += KoalaBear::one(); }), "root_end");
  EXPECT_EQ(with([](Batch& b) { b.end.journal[0] ^= 1; }), "root_end");
  EXPECT_EQ(with([](Batch& b) { b.end.journal.push_back(0); }), "root_end");
  EXPECT_EQ(with([](Batch& b) { b.end.journal.pop_back(); }), "root_end");
  EXPECT_EQ(with([](Batch& b) { b.claims[1].cycles = 0; }), "bad_claim");
  EXPECT_EQ(with([](Batch& b) { b.claims[1].cycles = kSegmentCyclesMax + 1; }), "bad_claim");
  EXPECT_EQ(with([](Batch& b) { b.claims[1].exit_code = 1; }), "bad_claim");
  EXPECT_EQ(with([](Batch& b) { b.claims[1].pc_out += 2; }), "bad_claim");
  EXPECT_EQ(with([](Batch& b) { b.claims[0].pc_out = kRomBegin; }), "bad_claim");
}

TEST(BatchProof, TheJournalBeginsEmptyAndTheInputStays) {
  // A run that begins with something in the journal, and one that ends with another input.
  Batch b = batch(1);
  b.claims[0].root_in = root_of({b.beginning.image.low, b.beginning.image.ram, journal_digest(Bytes{1}),
                                 b.beginning.input, b.beginning.image.rom});
  EXPECT_EQ(fault({b}), "root_begin");
  b = batch(1);
  b.claims[0].root_out =
      root_of({b.end.low, b.end.ram, journal_digest(b.end.journal), digest(99), b.beginning.image.rom});
  EXPECT_EQ(fault({b}), "root_end");
  b = batch(1);
  b.claims[0].root_out =
      root_of({b.end.low, b.end.ram, journal_digest(b.end.journal), b.beginning.input, digest(99)});
  EXPECT_EQ(fault({b}), "root_end") << "other code";
}

TEST(BatchProof, PiecesOfOtherRunsSwappedDroppedOrRepeatedAreRefused) {
  const Batch honest = batch(4), other = batch(4, {1, 2, 3}, 2);
  const auto with = [&](const std::function<void(std::vector<SegmentClaim>&)>& change) {
    Batch b = honest;
    change(b.claims);
    return fault({b});
  };
  EXPECT_EQ(with([&](auto& c) { c[1] = other.claims[1]; }), "pc");
  EXPECT_EQ(with([&](auto& c) { c[1] = other.claims[1], c[1].pc_in = c[0].pc_out; }), "root");
  EXPECT_EQ(with([&](auto& c) { c[3] = other.claims[3]; }), "pc");
  EXPECT_EQ(with([](auto& c) { std::swap(c[1], c[2]); }), "pc");
  EXPECT_EQ(with([](auto& c) { c.erase(c.begin() + 1); }), "pc");
  EXPECT_EQ(with([](auto& c) { c.erase(c.begin()); }), "entry");
  EXPECT_EQ(with([](auto& c) { c.pop_back(); }), "not_exited");
  EXPECT_EQ(with([](auto& c) { c.insert(c.begin() + 1, c[1]); }), "pc");
  EXPECT_EQ(with([](auto& c) { c.insert(c.end(), c.back()); }), "goes_on");
}

TEST(BatchProof, APieceWhoseProofIsWrongIsRefusedAndNamed) {
  List pieces = list({batch(3)});
  pieces.proofs[1].back() ^= 1;
  ProofVerdict found = verify_batches(pieces.bytes(), ClaimedPieces());
  EXPECT_EQ(found.reason(), "piece_proof at piece 1: zerocheck");
  EXPECT_TRUE(found.batches.empty());
  pieces = list({batch(3)});
  pieces.proofs[2][3] = 0xff;
  found = verify_batches(pieces.bytes(), ClaimedPieces());
  EXPECT_EQ(found.reason(), "piece_header at piece 2: non_canonical_word");
}

TEST(BatchProof, EveryByteOfTheFormatCounts) {
  const Bytes honest = list({batch(2), batch(1, {7, 8}, 2)}).bytes();
  ASSERT_TRUE(verify_batches(honest, ClaimedPieces()).ok());
  for (std::size_t i = 0; i < honest.size(); ++i) {
    for (const int bit : {0, 3, 7}) {
      Bytes changed = honest;
      changed[i] ^= static_cast<std::uint8_t>(1 << bit);
      EXPECT_FALSE(verify_batches(changed, ClaimedPieces()).ok()) << i << " bit " << bit;
    }
    EXPECT_FALSE(verify_batches(ByteView(honest).first(i), ClaimedPieces()).ok()) << i;
  }
  Bytes longer = honest;
  longer.push_back(0);
  EXPECT_EQ(verify_batches(longer, ClaimedPieces()).fault, ProofFault::trailing_bytes);
}

TEST(BatchProof, EachFieldIsRefusedForItsReason) {
  const Bytes honest = list({batch(1)}).bytes();
  const auto with = [&](std::size_t at, std::uint32_t word) {
    Bytes changed = honest, bytes;
    put_u32(bytes, word);
    std::copy(bytes.begin(), bytes.end(), changed.begin() + static_cast<std::ptrdiff_t>(at));
    return std::string(fault_name(verify_batches(changed, ClaimedPieces()).fault));
  };
  const std::size_t flags = 16, low = 20, ram = 52, rom = 84, entry = 116, input = 120, length = 152,
                    proof = 156;
  const std::size_t end_low = proof + 4 * kPublicValues + 4, end_ram = end_low + 32, journal = end_ram + 32;
  EXPECT_EQ(with(0, 0), "bad_magic");
  EXPECT_EQ(with(4, 0), "bad_magic");
  EXPECT_EQ(with(8, 2), "bad_version");
  EXPECT_EQ(with(12, 0), "bad_count");
  EXPECT_EQ(with(12, kPiecesMax + 1), "bad_count");
  EXPECT_EQ(with(12, 2), "truncated");
  EXPECT_EQ(with(flags, 7), "bad_flags");
  for (const std::size_t at : {low, ram, rom, input, end_low, end_ram})
    EXPECT_EQ(with(at + 4, KoalaBear::modulus), "non_canonical") << at;
  EXPECT_EQ(with(entry, 0x10002), "non_canonical");
  EXPECT_EQ(with(entry, kRomBegin), "non_canonical");
  EXPECT_EQ(with(length, 0), "bad_length");
  EXPECT_EQ(with(length, kPieceBytesMax + 1), "bad_length");
  EXPECT_EQ(with(journal, kJournalBytesMax + 1), "bad_length");
  EXPECT_EQ(with(journal, 4), "truncated");
  EXPECT_EQ(with(journal, 2), "trailing_bytes");
}

TEST(BatchProof, BeginningsAndEndsAreWhereTheyBelong) {
  const auto with = [](const std::function<void(std::vector<Piece>&)>& change) {
    List pieces = list({batch(2), batch(2, {4}, 2)});
    change(pieces.pieces);
    return std::string(fault_name(verify_batches(pieces.bytes(), ClaimedPieces()).fault));
  };
  EXPECT_EQ(with([](auto&) {}), "none");
  EXPECT_EQ(with([](auto& p) { p[0].beginning.reset(); }), "no_beginning");
  EXPECT_EQ(with([](auto& p) { p[3].end.reset(); }), "no_end");
  EXPECT_EQ(with([](auto& p) { p[1].end.reset(); }), "order");
  EXPECT_EQ(with([](auto& p) { p[2].beginning.reset(); }), "order");
  EXPECT_EQ(with([](auto& p) { p[1].beginning = p[0].beginning; }), "order");
  EXPECT_EQ(with([](auto& p) { p[0].end = p[1].end; }), "order");
}

TEST(BatchProof, AnyPartOfAListIsOneToo) {
  const List pieces = list({batch(3), batch(2, {4}, 2), batch(1, {}, 3)});
  for (std::size_t begin = 0; begin < pieces.pieces.size(); ++begin) {
    for (std::size_t count = 1; begin + count <= pieces.pieces.size(); ++count) {
      const auto part = std::span(pieces.pieces).subspan(begin, count);
      const Bytes bytes = encode(part);
      std::vector<Piece> read;
      ASSERT_EQ(decode(bytes, read), ProofFault::none);
      EXPECT_TRUE(check_chain(read, ClaimedPieces()).ok()) << begin << " " << count;
      EXPECT_EQ(encode(read), bytes);
      const bool whole = part.front().beginning && part.back().end;
      EXPECT_EQ(verify_batches(bytes, ClaimedPieces()).ok(), whole) << begin << " " << count;
    }
  }
  std::vector<Piece> gap = {pieces.pieces[0], pieces.pieces[2]};
  EXPECT_EQ(check_chain(gap, ClaimedPieces()).fault, ProofFault::pc);
  gap = {pieces.pieces[1], pieces.pieces[3]};
  EXPECT_EQ(check_chain(gap, ClaimedPieces()).fault, ProofFault::order);
}

TEST(BatchProof, BytesHaveOneMeaningOrNone) {
  const Bytes honest = list({batch(2), batch(1, {7, 8}, 2)}).bytes();
  std::mt19937 random(7);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes changed = honest;
    for (std::uint32_t i = 0; i <= random() % 3; ++i)
      changed[12 + random() % (honest.size() - 12)] =
          static_cast<std::uint8_t>(random() % 3 ? random() : random() % 4);
    std::vector<Piece> pieces;
    if (decode(changed, pieces) != ProofFault::none) continue;
    ++accepted;
    ASSERT_EQ(encode(pieces), changed);
  }
  EXPECT_GT(accepted, 100);
}

TEST(SegmentClaim, PublicValuesAreInTheirDocumentedOrderAndRanges) {
  SegmentClaim claim{0x10004, 0x20008, 77, true, 0xabcd1234, digest(1), digest(2)};
  const auto values = to_public_values(claim);
  const std::uint32_t expected[] = {0x10004, 0x20008, 77, 1, 0x1234, 0xabcd, 1000, 1001};
  for (std::size_t i = 0; i < std::size(expected); ++i) EXPECT_EQ(values[i].canonical(), expected[i]);
  EXPECT_EQ(values[14].canonical(), 2000u);
  EXPECT_EQ(claim_of(values), claim);
  EXPECT_EQ(claim_of(std::span(values).first(21)), std::nullopt);
  for (const std::size_t i : {0, 1, 2, 3, 4, 5}) {
    auto changed = values;
    changed[i] = -KoalaBear::one();
    EXPECT_EQ(claim_of(changed), std::nullopt) << i;
  }
}

}  // namespace
}  // namespace cairn::rv32
