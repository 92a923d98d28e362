// Every bound of the system that is not a configuration key, in one place.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cairn::limits {

/// Scores of Redis sorted sets are doubles: whole numbers are exact up to 2^53.
inline constexpr std::uint64_t height_max = 1ull << 53;

inline constexpr std::size_t task_id_bytes_max = 128;
inline constexpr std::size_t stage_name_bytes_max = 32;
inline constexpr std::size_t worker_name_bytes_max = 96;
inline constexpr std::size_t capability_bytes_max = 64;
/// Of one worker.
inline constexpr std::size_t capabilities_max = 64;

/// A stored value above this is a content-addressed blob of its own.
inline constexpr std::size_t inline_bytes_max = 64 * 1024;
/// One payload, input or output.
inline constexpr std::size_t value_bytes_max = 32 * 1024 * 1024;
/// One frame on a socket.
inline constexpr std::size_t frame_bytes_max = 48 * 1024 * 1024;
static_assert(value_bytes_max + 1024 * 1024 < frame_bytes_max);

/// Depth and width of a decoded MessagePack tree.
inline constexpr std::size_t codec_depth_max = 12;
inline constexpr std::size_t codec_items_max = 8192;
/// Values in it: three times what the fullest report has that a worker makes.
inline constexpr std::size_t codec_values_max = 1u << 22;

/// Tasks that one outcome may emit.
inline constexpr std::size_t emits_max = 4096;
/// Inputs of one fan-in.
inline constexpr std::size_t inputs_max = 1024;

/// One line of JSON on the producer's standard input, and one JSON document from a peer.
inline constexpr std::size_t json_line_bytes_max = 256 * 1024;
inline constexpr std::size_t json_depth_max = 32;
inline constexpr std::size_t rpc_reply_bytes_max = 256 * 1024 * 1024;
inline constexpr std::size_t config_bytes_max = 256 * 1024;

/// Text kept with a failed task.
inline constexpr std::size_t reason_bytes_max = 4096;

/// Facts about a group: in one outcome, in all (new names beyond are dropped), and their texts.
inline constexpr std::size_t facts_max = 64;
inline constexpr std::size_t group_facts_max = 256;
inline constexpr std::size_t fact_name_bytes_max = 128;
inline constexpr std::size_t fact_value_bytes_max = 4096;

/// A task is never delayed for more than a year.
inline constexpr std::uint64_t delay_ms_max = 366ull * 24 * 3600 * 1000;
/// Completions, leases or renewals in one call of the store.
inline constexpr std::size_t store_batch_max = 1024;

/// Payloads and inputs of the tasks that one call of the store leases: it stops with the task that exceeds
/// it.
inline constexpr std::size_t lease_bytes_max = 16 * 1024 * 1024;

/// Batches of one sequence; a bound on what one on-chain verification may cost.
inline constexpr std::size_t batches_max = 64;

}  // namespace cairn::limits
