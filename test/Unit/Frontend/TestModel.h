//===- TestModel.h - weights files for tests of the front end -----------------------------------------*- C++ -*-===//
//
// A complete weights file of a small model in memory, to be damaged by a test, written, and loaded.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_TEST_UNIT_FRONTEND_TESTMODEL_H
#define SST_TEST_UNIT_FRONTEND_TESTMODEL_H

#include "sst/Compiler/Families.h"
#include "sst/Compiler/Import.h"
#include "sst/Runtime/sst_runtime.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
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
  /// `text` without the folder in front of file names.
  std::string shorten(std::string text) const {
    std::string prefix = path.string() + "/";
    for (size_t at; (at = text.find(prefix)) != std::string::npos;)
      text.erase(at, prefix.size());
    return text;
  }

private:
  std::filesystem::path path;
};

/// A tensor of a file.
struct FileTensor {
  sst_dtype_t dtype = SST_DTYPE_F32;
  std::vector<size_t> shape;
  std::string bytes;
};

/// Bytes of some values.
template <typename T>
std::string toBytes(const std::vector<T> &values) {
  return std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
}

/// The family that most tests are about.
inline const sst::Family &getEdifice() { return *sst::findFamily(sst::getFamilies(), "edifice"); }

/// A small model: embed_dim 3, hidden_size 4, and different numbers wherever that is possible.
inline sst::OptionValues makeSmallOptions() {
  sst::OptionValues options(getEdifice());
  options.setSize("embed_dim", 3);
  options.setSize("hidden_size", 4);
  options.setSize("state_size", 5);
  options.setSize("num_layers", 2);
  options.setSize("num_heads", 3);
  options.setSize("head_dim", 2);
  options.setSize("expand_factor", 2);
  options.setSize("conv_size", 6);
  options.setNumber("dropout", 0.25);
  options.setSize("window_size", 7);
  return options;
}

/// Its weights.
inline const sst::WeightTable &getSmallTable() {
  static const sst::WeightTable table(makeSmallOptions());
  return table;
}

/// A weights file.
struct TestModel {
  std::map<std::string, FileTensor> tensors;
  std::map<std::string, std::string> metadata;

  /// A valid one whose metadata state all options.
  explicit TestModel(const sst::OptionValues &options = makeSmallOptions()) {
    std::vector<sst::Weight> weights = sst::makeRandomWeights(options, 1);
    sst::WeightTable table(options);
    for (size_t i = 0; i < weights.size(); ++i) {
      llvm::ArrayRef<int64_t> fileShape = table.getWeights()[i].fileShape;
      std::vector<size_t> shape(fileShape.begin(), fileShape.end());
      tensors[weights[i].name] = {SST_DTYPE_F32, shape, toBytes(weights[i].values)};
    }
    for (const sst::OptionInfo &info : options.getFamily().getOptions())
      metadata[info.name.str()] = options.getText(info.name);
  }

  void rename(const std::string &from, const std::string &to) {
    tensors[to] = tensors.at(from);
    tensors.erase(from);
  }
  /// Gives a tensor another shape, and zeros.
  void reshape(const std::string &name, const std::vector<size_t> &shape, sst_dtype_t dtype = SST_DTYPE_F32) {
    size_t elements = 1;
    for (size_t size : shape)
      elements *= size;
    tensors[name] = {dtype, shape, std::string(elements * sst_dtype_bytes(dtype), '\0')};
  }
  /// Overwrites one element of an F32 tensor.
  void set(const std::string &name, size_t index, float value) {
    std::memcpy(tensors.at(name).bytes.data() + index * sizeof value, &value, sizeof value);
  }

  std::string write(const Folder &folder, const std::string &name = "m.safetensors") const {
    std::vector<sst_tensor_t> views;
    for (auto &[tensorName, tensor] : tensors) {
      sst_tensor_t view = {};
      view.name = tensorName.c_str();
      view.dtype = tensor.dtype;
      view.rank = static_cast<uint32_t>(tensor.shape.size());
      view.elements = 1;
      for (size_t i = 0; i < tensor.shape.size(); ++i)
        view.elements *= view.shape[i] = tensor.shape[i];
      view.bytes = tensor.bytes.size();
      view.data = tensor.bytes.data();
      views.push_back(view);
    }
    std::vector<sst_metadata_t> entries;
    for (auto &[key, value] : metadata)
      entries.push_back({key.c_str(), value.c_str()});
    sst_error_t error = {};
    EXPECT_EQ(SST_STATUS_OK, sst_safetensors_write(folder.file(name).c_str(), views.data(), views.size(),
                                                   entries.data(), entries.size(), &error))
        << error.message;
    return folder.file(name);
  }
};

/// What loading says, with file names shortened.
inline std::string getReport(const Folder &folder, const sst::FrontendOptions &options) {
  sst::Report report;
  std::optional<sst::Model> model = sst::loadModel(options, report);
  EXPECT_EQ(model.has_value(), report.empty());
  return folder.shorten(report.str());
}

/// The same for a file and nothing else.
inline std::string getReport(const Folder &folder, const TestModel &model) {
  sst::FrontendOptions options(sst::getFamilies());
  options.inputFile = model.write(folder);
  return getReport(folder, options);
}

} // namespace sst_test

#endif // SST_TEST_UNIT_FRONTEND_TESTMODEL_H
