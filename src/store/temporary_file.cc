#include "store/temporary_file.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace omni::store {
namespace fs = std::filesystem;
namespace {

void remove_database(const std::string& path) {
  std::error_code ignored;
  for (const char* const suffix : {"", "-wal", "-shm", "-journal"}) {
    fs::remove(path + suffix, ignored);
  }
}

}  // namespace

TemporaryFile::TemporaryFile(std::string path) : path_(std::move(path)) { remove_database(path_); }
TemporaryFile::~TemporaryFile() { remove_database(path_); }

void remove_temporary_files(const std::string& folder, std::string_view prefix) {
  std::error_code ignored;
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().starts_with(prefix)) left.push_back(entry.path());
  }
  for (const fs::path& path : left) fs::remove(path, ignored);
}

}  // namespace omni::store
