#include "prover/rv32/verify/batch_proof.h"

#include "prover/rv32/little_endian.h"

namespace cairn::rv32 {

using engine::Digest, engine::VerifyError;

namespace {

constexpr std::string_view kMagic = "CAIRNRVB";
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kBegins = 1, kEnds = 2;

/// Reads from the front; after a fault all that is read is empty.
class Source {
 public:
  explicit Source(ByteView bytes) : bytes_(bytes) {}

  ByteView take(std::size_t size) {
    if (size > bytes_.size()) fail(ProofFault::truncated);
    if (!ok()) return {};
    const ByteView taken = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return taken;
  }
  std::uint32_t u32() {
    const ByteView taken = take(4);
    return taken.empty() ? 0 : get_u32(taken, 0);
  }
  Digest digest() {
    Digest out{};
    const ByteView taken = take(kTreeDigestBytes);
    if (!taken.empty() && !get_digest(taken, out)) fail(ProofFault::non_canonical);
    return out;
  }
  void require(bool condition, ProofFault fault) {
    if (!condition) fail(fault);
  }
  void fail(ProofFault fault) {
    if (ok()) fault_ = fault;
  }
  bool ok() const { return fault_ == ProofFault::none; }
  ProofFault fault() const { return fault_; }
  bool empty() const { return bytes_.empty(); }

 private:
  ByteView bytes_;
  ProofFault fault_ = ProofFault::none;
};

Piece read_piece(Source& in) {
  Piece piece;
  const std::uint32_t flags = in.u32();
  in.require((flags & ~(kBegins | kEnds)) == 0, ProofFault::bad_flags);
  if (flags & kBegins) {
    BatchBeginning& begin = piece.beginning.emplace();
    begin.image.low = in.digest();
    begin.image.ram = in.digest();
    begin.image.rom = in.digest();
    begin.image.entry = in.u32();
    in.require(begin.image.entry % 4 == 0 && begin.image.entry < kRomBegin, ProofFault::non_canonical);
    begin.input = in.digest();
  }
  const std::uint32_t size = in.u32();
  in.require(size > 0 && size <= kPieceBytesMax, ProofFault::bad_length);
  piece.proof = in.take(size);
  if (flags & kEnds) {
    BatchEnd& end = piece.end.emplace();
    end.low = in.digest();
    end.ram = in.digest();
    const std::uint32_t journal = in.u32();
    in.require(journal <= kJournalBytesMax, ProofFault::bad_length);
    end.journal = copy(in.take(journal));
  }
  return piece;
}

}  // namespace

std::string_view fault_name(ProofFault fault) {
  switch (fault) {
    case ProofFault::none:
      return "none";
    case ProofFault::truncated:
      return "truncated";
    case ProofFault::trailing_bytes:
      return "trailing_bytes";
    case ProofFault::bad_magic:
      return "bad_magic";
    case ProofFault::bad_version:
      return "bad_version";
    case ProofFault::bad_count:
      return "bad_count";
    case ProofFault::bad_flags:
      return "bad_flags";
    case ProofFault::bad_length:
      return "bad_length";
    case ProofFault::non_canonical:
      return "non_canonical";
    case ProofFault::order:
      return "order";
    case ProofFault::no_beginning:
      return "no_beginning";
    case ProofFault::no_end:
      return "no_end";
    case ProofFault::piece_header:
      return "piece_header";
    case ProofFault::bad_claim:
      return "bad_claim";
    case ProofFault::piece_proof:
      return "piece_proof";
    case ProofFault::entry:
      return "entry";
    case ProofFault::root_begin:
      return "root_begin";
    case ProofFault::pc:
      return "pc";
    case ProofFault::root:
      return "root";
    case ProofFault::goes_on:
      return "goes_on";
    case ProofFault::not_exited:
      return "not_exited";
    case ProofFault::root_end:
      return "root_end";
    case ProofFault::other_image:
      return "other_image";
    case ProofFault::other_exit:
      return "other_exit";
    case ProofFault::no_state:
      return "no_state";
    case ProofFault::state:
      return "state";
    case ProofFault::other_claim:
      return "other_claim";
  }
  return "unknown";
}

Bytes encode(std::span<const Piece> pieces) {
  CAIRN_ASSERT(!pieces.empty() && pieces.size() <= kPiecesMax);
  Bytes out = copy(kMagic);
  put_u32(out, kVersion);
  put_u32(out, static_cast<std::uint32_t>(pieces.size()));
  for (const Piece& piece : pieces) {
    CAIRN_ASSERT(!piece.proof.empty() && piece.proof.size() <= kPieceBytesMax);
    put_u32(out, (piece.beginning ? kBegins : 0) | (piece.end ? kEnds : 0));
    if (piece.beginning) {
      put_digest(out, piece.beginning->image.low);
      put_digest(out, piece.beginning->image.ram);
      put_digest(out, piece.beginning->image.rom);
      put_u32(out, piece.beginning->image.entry);
      put_digest(out, piece.beginning->input);
    }
    put_u32(out, static_cast<std::uint32_t>(piece.proof.size()));
    append(out, piece.proof);
    if (piece.end) {
      CAIRN_ASSERT(piece.end->journal.size() <= kJournalBytesMax);
      put_digest(out, piece.end->low);
      put_digest(out, piece.end->ram);
      put_u32(out, static_cast<std::uint32_t>(piece.end->journal.size()));
      append(out, piece.end->journal);
    }
  }
  return out;
}

ProofFault decode(ByteView bytes, std::vector<Piece>& pieces, std::size_t* at) {
  pieces.clear();
  Source in(bytes);
  const ByteView magic = in.take(kMagic.size());
  if (!in.ok()) return in.fault();
  if (text(magic) != kMagic) return ProofFault::bad_magic;
  if (const std::uint32_t version = in.u32(); in.ok() && version != kVersion) return ProofFault::bad_version;
  const std::uint32_t count = in.u32();
  in.require(count > 0 && count <= kPiecesMax, ProofFault::bad_count);
  while (in.ok() && pieces.size() < count) {
    if (at) *at = pieces.size();
    Piece piece = read_piece(in);
    if (!in.ok()) break;
    in.require(pieces.empty() || piece.beginning.has_value() == pieces.back().end.has_value(),
               ProofFault::order);
    pieces.push_back(std::move(piece));
  }
  in.require(in.empty(), ProofFault::trailing_bytes);
  return in.fault();
}

}  // namespace cairn::rv32
