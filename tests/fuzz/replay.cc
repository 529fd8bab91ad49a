// Runs every file of a corpus folder through a fuzz target, so that what a fuzzer once found, and
// what we thought of ourselves, is a test on every build.  Fails if the folder has no file.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "target.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: replay FOLDER\n";
    return 2;
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[1])) {
    if (!entry.is_regular_file()) continue;
    std::cout << entry.path().filename().string()
              << std::endl;  // the last one named is the culprit
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string input(std::istreambuf_iterator<char>(file), {});
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
    ++files;
  }
  if (files == 0) std::cerr << "the corpus is empty\n";
  return files == 0 ? 1 : 0;
}
