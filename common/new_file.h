// Files that are there whole or not at all, such as keys: half of one would be in the way for ever.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>

#include "common/result.h"

namespace cairn {

/// "FILE: WHAT: " and what the system says of `error`, an errno: not_found when there is no such file or
/// folder, else failed.
Error file_error(const std::filesystem::path& file, std::string_view what, int error);

/// Makes `file` with this content and mode, whatever the umask, and has it on the disk before it returns. It
/// is written beside its place, as FILE.<pid>.new, and gets its name when it is whole; when it cannot be,
/// nothing is left. Errors: conflict (there is one: it is not replaced), not_found (no such folder), failed.
Status create_file(const std::filesystem::path& file, std::string_view content, mode_t mode);

}  // namespace cairn
