//===- GoldenTest.cpp - the front end on real models ------------------------------------------------------------===//
//
// Loads every file that Edifice itself has written.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "TestModel.h"

#include "mlir/IR/Verifier.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <filesystem>
#include <map>

using namespace sst;
using namespace sst_test;

/// The small models in the repository, and the large ones beside it if they are there.
static std::vector<std::string> findGoldens() {
  const char *shared = std::getenv("SST_SHARED");
  std::filesystem::path source = SST_SOURCE_DIR;
  std::filesystem::path large = shared ? shared : source / ".." / "shared" / "golden";
  std::map<std::string, std::string> files; // by name: the small ones are in both places
  for (const std::filesystem::path &folder : {large / "edifice", source / "test" / "Golden" / "edifice"}) {
    std::error_code error;
    for (auto &entry : std::filesystem::directory_iterator(folder, error))
      if (entry.path().extension() == ".safetensors")
        files[entry.path().filename().string()] = entry.path().string();
  }
  EXPECT_GE(files.size(), 15u);
  std::vector<std::string> paths;
  for (auto &[name, path] : files)
    paths.push_back(path);
  return paths;
}

TEST(Golden, AllLoadAndVerify) {
  for (const std::string &file : findGoldens()) {
    FrontendOptions options(getFamilies());
    options.inputFile = file;
    Report report;
    std::optional<Model> model = loadModel(options, report);
    EXPECT_EQ("", report.str());
    ASSERT_TRUE(model) << file;
    bool old = model->name.find("axon081") == std::string::npos;
    EXPECT_EQ(old ? "axon-0.8.0" : "axon-0.8.1", model->options.getChoice("layer_norm")) << file;
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    mlir::OwningOpRef<mlir::ModuleOp> module = importModel(context, *model);
    EXPECT_TRUE(mlir::succeeded(mlir::verify(*module))) << file;
  }
}

/// The shapes alone give the same model, once the heads are stated.
TEST(Golden, ShapesAgreeWithMetadata) {
  for (const std::string &path : findGoldens()) {
    sst_safetensors_t *file = nullptr;
    ASSERT_EQ(SST_STATUS_OK, sst_safetensors_open(path.c_str(), &file, nullptr));
    OptionSources all, heads;
    const char *key, *value;
    for (size_t i = 0; sst_safetensors_metadata(file, i, &key, &value); ++i)
      all.metadata[key] = value;
    for (const char *name : {"num_heads", "head_dim", "dropout", "window_size", "axon_version"})
      heads.metadata[name] = all.metadata.at(name);
    Report report;
    std::optional<Model> stated = readWeights(*file, path, readOptionSources(getEdifice(), all, report), {}, report);
    std::optional<Model> inferred =
        readWeights(*file, path, readOptionSources(getEdifice(), heads, report), {}, report);
    EXPECT_EQ("", report.str());
    sst_safetensors_free(file);
    ASSERT_TRUE(stated && inferred) << path;
    EXPECT_EQ(stated->options, inferred->options) << path;
    EXPECT_EQ(stated->weightsDigest, inferred->weightsDigest) << path;
  }
}
