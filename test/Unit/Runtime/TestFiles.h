/*
 * TestFiles.h - what several unit tests need: folders that vanish, files as strings, the messages of a report.
 */
#ifndef SST_TEST_UNIT_RUNTIME_TESTFILES_H
#define SST_TEST_UNIT_RUNTIME_TESTFILES_H

#include "sst/Runtime/sst_runtime.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace sst_test {

/// A folder for one test, removed at its end.
class Folder {
public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sst-test-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder &) = delete;
  Folder &operator=(const Folder &) = delete;

  std::string file(const std::string &name) const { return (path / name).string(); }

  std::string write(const std::string &name, const std::string &content) const {
    std::ofstream(file(name), std::ios::binary) << content;
    return file(name);
  }

  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto &entry : std::filesystem::directory_iterator(path))
      result.push_back(entry.path().filename().string());
    std::sort(result.begin(), result.end());
    return result;
  }

  std::filesystem::path path;
};

inline std::string readFile(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// The bytes of numbers, as they lie in memory.
template <typename T>
std::string bytesOf(const std::vector<T> &values) {
  std::string result(values.size() * sizeof(T), '\0');
  if (!values.empty())
    std::memcpy(result.data(), values.data(), result.size());
  return result;
}

/// A report that frees itself.
struct Report : sst_report_t {
  Report() : sst_report_t{} {}
  ~Report() { sst_report_free(this); }
  Report(const Report &) = delete;
  Report &operator=(const Report &) = delete;

  std::vector<std::string> texts() const { return {messages, messages + kept}; }
};

/// A safetensors file: the length of `header`, `header`, `data`.
inline std::string safetensors(const std::string &header, const std::string &data = "") {
  uint64_t length = header.size();
  return bytesOf<uint64_t>({length}) + header + data;
}

} // namespace sst_test

#endif // SST_TEST_UNIT_RUNTIME_TESTFILES_H
