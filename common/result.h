// Errors as values. An expected failure is a Result<T> or a Status whose code alone decides what
// the caller does: retry, give up, or tell the operator. A broken invariant is CAIRN_ASSERT.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace cairn {

enum class Code {
  invalid_input,  ///< The caller's bytes are wrong; the same bytes will be wrong again.
  not_found,      ///< The named thing does not exist.
  conflict,       ///< The state does not allow it (already there, owned by another, stale).
  corrupt,        ///< Stored bytes do not match their checksum or schema.
  failed,         ///< The work itself failed in a way that repeating may not cure.
  unavailable,    ///< A peer cannot be reached or is not ready; the outcome may be unknown.
  timeout,        ///< No answer in time; the outcome is unknown.
  exhausted,      ///< A limit of memory, time, depth or size was reached.
  cancelled,      ///< Stopped on request.
};

/// Stable lower-case name, used in logs, JSON and metrics labels.
std::string_view code_name(Code code);

/// True when the same call may succeed later without anybody changing its input.
constexpr bool is_transient(Code code) {
  return code == Code::unavailable || code == Code::timeout || code == Code::exhausted;
}

struct Error {
  Code code;
  std::string what;  ///< One line for a person: what went wrong and, if known, what to do next.

  /// The same error with `context` in front: "context: what".
  Error in(std::string_view context) const;
};

[[noreturn]] inline void assert_failed(const char* expr, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, expr);
  std::abort();
}
#define CAIRN_ASSERT(expr) \
  (static_cast<bool>(expr) ? void(0) : ::cairn::assert_failed(#expr, __FILE__, __LINE__))

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// Requires ok() (asserted).
  T& value() & {
    if (!ok()) assert_failed(error().what.c_str(), __FILE__, __LINE__);
    return *std::get_if<0>(&state_);
  }
  const T& value() const& { return const_cast<Result*>(this)->value(); }
  T&& value() && { return std::move(static_cast<Result*>(this)->value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }

  /// Requires !ok() (asserted).
  const Error& error() const {
    CAIRN_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}
  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    CAIRN_ASSERT(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

/// Returns the error of `expr` (a Status or Result) from the enclosing function.
#define CAIRN_TRY(expr)                                   \
  do {                                                    \
    if (auto cairn_status = (expr); !cairn_status.ok()) { \
      return cairn_status.error();                        \
    }                                                     \
  } while (false)

#define CAIRN_CONCAT_(a, b) a##b
#define CAIRN_CONCAT(a, b) CAIRN_CONCAT_(a, b)
/// CAIRN_ASSIGN(auto x, f()): x = the value of f(), or return its error.
#define CAIRN_ASSIGN(lhs, expr) CAIRN_ASSIGN_(CAIRN_CONCAT(cairn_result_, __LINE__), lhs, expr)
#define CAIRN_ASSIGN_(tmp, lhs, expr) \
  auto tmp = (expr);                  \
  if (!tmp.ok()) return tmp.error();  \
  lhs = std::move(tmp).value()

}  // namespace cairn
