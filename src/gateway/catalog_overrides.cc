#include "gateway/catalog_overrides.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace omni::gateway {

Result<std::vector<catalog::Catalog::Document>> read_catalog_overrides(
    const std::string& data_dir) {
  namespace fs = std::filesystem;
  std::vector<catalog::Catalog::Document> documents;
  std::error_code failed;
  std::vector<fs::path> files;
  for (fs::directory_iterator entry(data_dir + "/catalog.d", failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (entry->path().extension() == ".json") files.push_back(entry->path());
  }
  if (failed && failed != std::errc::no_such_file_or_directory) {
    return Error(Error::Kind::bad_request, "catalog.d cannot be read: " + failed.message());
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    std::ifstream stream(file, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(stream), {});
    if (!stream) {
      return Error(Error::Kind::bad_request,
                   "catalog.d/" + file.filename().string() + " cannot be read");
    }
    documents.push_back({.name = "catalog.d/" + file.filename().string(), .text = std::move(text)});
  }
  return documents;
}

}  // namespace omni::gateway
