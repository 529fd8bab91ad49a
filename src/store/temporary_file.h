#pragma once

#include <string>
#include <string_view>

namespace omni::store {

// How the names of such files begin: of those in the data directory that come or go over the
// network, and of backups that are being made.
inline constexpr std::string_view transfer_prefix = ".transfer-";
inline constexpr std::string_view draft_prefix = ".draft";

/// The place of a file that is gone, with what a database leaves beside it, when this goes.
class TemporaryFile {
 public:
  /// Removes what is there already.
  explicit TemporaryFile(std::string path);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

/// Removes what a program that was killed has left of such files in the folder.
void remove_temporary_files(const std::string& folder, std::string_view prefix);

}  // namespace omni::store
