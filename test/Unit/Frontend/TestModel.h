//===- TestModel.h - weights files for tests of the front end -----------------------------------------*- C++ -*-===//
//
// A complete weights file of a small model in memory, to be damaged by a test, written, and loaded.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_TEST_UNIT_FRONTEND_TESTMODEL_H
#define SST_TEST_UNIT_FRONTEND_TESTMODEL_H

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

/// A small model: embed_dim 3, hidden_size 4, and different numbers wherever that is possible.
inline sst::ModelOptions makeSmallOptions() {
  sst::ModelOptions options;
  options.embedDim = 3;
  options.hiddenSize = 4;
  options.stateSize = 5;
  options.numLayers = 2;
  options.numHeads = 3;
  options.headDim = 2;
  options.expandFactor = 2;
  options.convSize = 6;
  options.dropout = 0.25;
  options.windowSize = 7;
  return options;
}

/// A weights file.
struct TestModel {
  std::map<std::string, FileTensor> tensors;
  std::map<std::string, std::string> metadata;

  /// A valid one whose metadata state all options.
  explicit TestModel(const sst::ModelOptions &options = makeSmallOptions()) {
    std::vector<sst::Weight> weights = sst::makeRandomWeights(options, 1);
    std::vector<sst::WeightShape> shapes = sst::getModelWeightShapes(options);
    for (size_t i = 0; i < weights.size(); ++i) {
      std::vector<size_t> shape(shapes[i].fileShape.begin(), shapes[i].fileShape.end());
      tensors[weights[i].name] = {SST_DTYPE_F32, shape, toBytes(weights[i].values)};
    }
    for (const sst::OptionInfo &info : sst::getOptionInfos())
      metadata[info.name.str()] = sst::getOptionText(options, info.option);
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
  sst::FrontendOptions options;
  options.inputFile = model.write(folder);
  return getReport(folder, options);
}

} // namespace sst_test

#endif // SST_TEST_UNIT_FRONTEND_TESTMODEL_H
