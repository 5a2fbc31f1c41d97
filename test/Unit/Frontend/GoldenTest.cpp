//===- GoldenTest.cpp - the front end on real models ------------------------------------------------------------===//
//
// Loads every file that Edifice itself has written, if they are there.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "TestModel.h"

#include "mlir/IR/Verifier.h"

#include "gtest/gtest.h"

#include <algorithm>

using namespace sst;
using namespace sst_test;

static std::vector<std::string> findGoldens() {
  const char *shared = std::getenv("SST_SHARED");
  std::filesystem::path folder = shared ? shared : std::string(SST_SOURCE_DIR) + "/../shared";
  std::vector<std::string> files;
  std::error_code error;
  for (auto &entry : std::filesystem::directory_iterator(folder / "golden" / "edifice", error))
    if (entry.path().extension() == ".safetensors")
      files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

TEST(Golden, AllLoadAndVerify) {
  std::vector<std::string> files = findGoldens();
  if (files.empty())
    GTEST_SKIP() << "no goldens; set SST_SHARED";
  for (const std::string &file : files) {
    FrontendOptions options;
    options.inputFile = file;
    Report report;
    std::optional<Model> model = loadModel(options, report);
    EXPECT_EQ("", report.str());
    ASSERT_TRUE(model) << file;
    bool old = model->name.find("axon081") == std::string::npos;
    EXPECT_EQ(old ? LayerNormFlavor::Axon080 : LayerNormFlavor::Axon081, model->options.layerNorm) << file;
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    mlir::OwningOpRef<mlir::ModuleOp> module = importModel(context, *model);
    EXPECT_TRUE(mlir::succeeded(mlir::verify(*module))) << file;
  }
}

/// The shapes alone give the same model, once the heads are stated.
TEST(Golden, ShapesAgreeWithMetadata) {
  std::vector<std::string> files = findGoldens();
  if (files.empty())
    GTEST_SKIP() << "no goldens; set SST_SHARED";
  for (const std::string &path : files) {
    sst_safetensors_t *file = nullptr;
    ASSERT_EQ(SST_STATUS_OK, sst_safetensors_open(path.c_str(), &file, nullptr));
    OptionSources all, heads;
    const char *key, *value;
    for (size_t i = 0; sst_safetensors_metadata(file, i, &key, &value); ++i)
      all.metadata[key] = value;
    for (const char *name : {"num_heads", "head_dim", "dropout", "window_size", "axon_version"})
      heads.metadata[name] = all.metadata.at(name);
    Report report;
    std::optional<Model> stated = readWeights(*file, path, readOptionSources(all, report), report);
    std::optional<Model> inferred = readWeights(*file, path, readOptionSources(heads, report), report);
    EXPECT_EQ("", report.str());
    sst_safetensors_free(file);
    ASSERT_TRUE(stated && inferred) << path;
    EXPECT_EQ(stated->options, inferred->options) << path;
    EXPECT_EQ(stated->weightsDigest, inferred->weightsDigest) << path;
  }
}
