// What the Redis store and its function library say to each other: arguments out, replies in. The
// layouts are in the headers of pipeline/lua/*.lua. Replies are input from outside: every field is
// checked for type and size, and what does not fit is Code::corrupt.
#pragma once

#include <string>
#include <vector>

#include "common/codec.h"
#include "pipeline/redis_client.h"
#include "pipeline/store.h"

namespace cairn::pipeline::wire {

/// Arguments of one function: a packed request, then the blobs that it refers to.
class Request {
 public:
  /// Exactly `items` values follow, the rules being the first of them.
  Request(const StoreRules& rules, std::size_t items);

  codec::Writer& writer() { return writer_; }
  /// Inline, or a reference to a blob that is appended with its length header.
  void value(const Bytes& bytes);
  void spec(const TaskSpec& spec);
  void completion(const Completion& completion);
  /// A fence that no lease has stays one that no lease has.
  void fence(Fence fence);

  /// Packed request first. Ends the request.
  std::vector<Bytes> take();

 private:
  codec::Writer writer_;
  std::vector<Bytes> blobs_;
};

/// A blob by content.
struct BlobRef {
  std::string sha256;  ///< 64 hex digits
  std::size_t size = 0;
};
/// The bytes, or nullopt when they are missing, cut short or changed.
std::optional<Bytes> open_blob(const BlobRef& ref, const Reply& stored);

/// A lease whose blobs have still to be fetched.
struct Lease {
  Task task;
  std::optional<BlobRef> payload;
  std::vector<std::optional<BlobRef>> inputs;  ///< by slot
};
struct ExchangeAnswer {
  std::vector<Verdict> verdicts;
  std::vector<Lease> leases;
};
struct ExchangeAnswers {
  std::vector<ExchangeAnswer> exchanges;
  std::vector<std::string> woken;
};

/// For `exchanges` as sent.
Result<ExchangeAnswers> read_exchanges(const Reply& reply, const std::vector<Exchange>& exchanges);
/// One letter per spec: 'a', 'd' or 'b'.
Result<std::vector<Admission>> read_admissions(const Reply& reply, std::size_t count);
/// One letter per entry: 'o', 'd' or 's'.
Result<std::vector<Verdict>> read_verdicts(const Reply& reply, std::size_t count);
Result<std::vector<std::string>> read_stages(const Reply& reply);
/// Errors: also not_found for an empty row.
Result<TaskRecord> read_task(const Reply& reply);
Result<std::vector<TaskRecord>> read_tasks(const Reply& reply);
/// Errors: also not_found for an unknown group.
Result<std::vector<TaskRecord>> read_group_tasks(const Reply& reply);
/// Errors: also not_found for an empty row.
Result<GroupRecord> read_group(const Reply& reply);
Result<std::vector<GroupRecord>> read_groups(const Reply& reply);
Result<StageCounts> read_counts(const Reply& reply);
Result<std::uint64_t> read_bytes(const Reply& reply);

}  // namespace cairn::pipeline::wire
