//===- WeightsTest.cpp - weights out of safetensors files -------------------------------------------------------===//

#include "TestModel.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <set>

using namespace sst;
using namespace sst_test;

namespace {
class WeightsTest : public testing::Test {
protected:
  Model load() {
    FrontendOptions options(getFamilies());
    options.inputFile = model.write(folder);
    Report report;
    std::optional<Model> loaded = loadModel(options, report);
    EXPECT_EQ("", report.str());
    return loaded ? std::move(*loaded) : Model();
  }
  static const Weight &find(const Model &loaded, llvm::StringRef name) {
    for (const Weight &weight : loaded.weights)
      if (weight.name == name)
        return weight;
    ADD_FAILURE() << "no weight named " << name.str();
    return loaded.weights.front();
  }

  Folder folder;
  TestModel model;
};
} // namespace

static const std::string error = "sst-compile: error: m.safetensors: ";
static const std::string diverged = "; give the weights of a training that did not diverge\n";

TEST_F(WeightsTest, ValuesAndOrderAreThoseOfTheModel) {
  Model loaded = load();
  std::vector<Weight> expected = makeRandomWeights(makeSmallOptions(), 1);
  ASSERT_EQ(expected.size(), loaded.weights.size());
  EXPECT_EQ(64u, loaded.weights.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(expected[i].name, loaded.weights[i].name);
    EXPECT_EQ(expected[i].shape, loaded.weights[i].shape);
    EXPECT_EQ(expected[i].values, loaded.weights[i].values);
  }
  EXPECT_EQ(computeWeightsDigest(expected), loaded.weightsDigest);
}

TEST_F(WeightsTest, ConvolutionLosesItsUnitDimension) {
  EXPECT_EQ((llvm::SmallVector<int64_t, 2>{6, 8}), find(load(), "sst_block_1_ssm_conv.kernel").shape);
}

TEST_F(WeightsTest, NamesOfTheModel) {
  EXPECT_EQ("m", load().name);
  EXPECT_EQ("my_net", deriveModelName("models/my_net.safetensors.index.json"));
  EXPECT_EQ("my_net", deriveModelName("models/my_net//"));
  EXPECT_EQ("my_net_0967831d", deriveModelName("models/my-net.safetensors.index.json"));
  EXPECT_EQ("policy_v2", deriveModelName("models/policy_v2.safetensors"));
  EXPECT_EQ("my_net_2_fa616ca1", deriveModelName("models/my-net.2.safetensors"));
  EXPECT_EQ("model_7_320ca3f6", deriveModelName("7.safetensors"));
  EXPECT_EQ("model_811c9dc5", deriveModelName(""));
  EXPECT_EQ("model_sst_net_1b76a841", deriveModelName("sst_net.safetensors"));
  std::set<std::string> names;
  for (const char *stem :
       {"a-b", "a_b", "a b", "a.b", "a--b", "-a-b", "a-b-", "7", "_7", "\xd0\xb0", "\xd0\xb1", "\xd0\xb0\xd0\xb1",
        "\xd0\xb1\xd0\xb0", "na\xc3\xafve", "na\xc3\xb6ve", "SST", "sst", "sst-", "-"}) {
    std::string name = deriveModelName(std::string(stem) + ".safetensors");
    EXPECT_TRUE(isModelName(name)) << name;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_TRUE(isModelName(deriveModelName(std::string(300, 'x'))));
  EXPECT_NE(deriveModelName(std::string(300, 'x')), deriveModelName(std::string(301, 'x')));
  for (const char *name : {"_a9", "int", "class", "sstx"})
    EXPECT_TRUE(isModelName(name)) << name;
  for (const char *name : {"", "9a", "a-b", "a b", "\xc3\xa4", "sst", "SST_net", "sst_"})
    EXPECT_FALSE(isModelName(name)) << name;
  EXPECT_FALSE(isModelName(std::string(65, 'x')));
}

TEST_F(WeightsTest, OtherFloatTypesAreConverted) {
  model.tensors["final_norm.gamma"] = {SST_DTYPE_F16, {4}, toBytes<uint16_t>({0x3c00, 0xc000, 0x7bff, 0x0001})};
  model.tensors["final_norm.beta"] = {SST_DTYPE_BF16, {4}, toBytes<uint16_t>({0x3f80, 0xc000, 0x7f7f, 0x0001})};
  model.tensors["input_projection.bias"] = {SST_DTYPE_F64, {4}, toBytes<double>({1.0, -2.0, 0.1, 1e-300})};
  Model loaded = load();
  EXPECT_EQ((std::vector<float>{1, -2, 65504, 0x1p-24f}), find(loaded, "final_norm.gamma").values);
  EXPECT_EQ((std::vector<float>{1, -2, 0x1.fep127f, 0x1p-133f}), find(loaded, "final_norm.beta").values);
  EXPECT_EQ((std::vector<float>{1, -2, 0.1f, 0}), find(loaded, "input_projection.bias").values);
}

TEST_F(WeightsTest, TestTensorsAndDropoutKeysAreIgnored) {
  std::string digest = load().weightsDigest;
  model.reshape("sst_dropout_1.key", {2}, SST_DTYPE_U32);
  model.reshape("input.state_sequence", {1, 2, 3});
  model.reshape("output", {1, 4});
  model.reshape("tap.norm", {1});
  EXPECT_EQ(digest, load().weightsDigest);
}

TEST_F(WeightsTest, LooksLikeADropoutKey) {
  model.reshape("sst_dropout_x.key", {2}, SST_DTYPE_U32);
  EXPECT_EQ(error + "tensor 'sst_dropout_x.key': is no weight of this model; remove it, or give "
                    "--ignore=sst_dropout_x.key\n",
            getReport(folder, model));
}

TEST_F(WeightsTest, MissingTensor) {
  model.tensors.erase("sst_block_2_ssm_conv.kernel");
  EXPECT_EQ(error + "tensor 'sst_block_2_ssm_conv.kernel': is missing; expects shape [6, 1, 8]; export the model again "
                    "with it\n",
            getReport(folder, model));
}

TEST_F(WeightsTest, RenamedTensor) {
  model.rename("sst_block_1_norm.gamma", "sst_block_1_norm.gama");
  EXPECT_EQ(error + "tensor 'sst_block_1_norm.gamma': is missing; expects shape [4]; export the model again with it\n" +
                error +
                "tensor 'sst_block_1_norm.gama': is no weight of this model; remove it, or did you mean "
                "'sst_block_1_norm.gamma'?\nsst-compile: 2 problems\n",
            getReport(folder, model));
}

TEST_F(WeightsTest, UnknownTensor) {
  model.reshape("optimizer", {1});
  EXPECT_EQ(error + "tensor 'optimizer': is no weight of this model; remove it, or give --ignore=optimizer\n",
            getReport(folder, model));
}

TEST_F(WeightsTest, VeryManyUnknownTensors) {
  for (int i = 0; i < 103; ++i)
    model.reshape("junk" + std::to_string(i), {1});
  std::string report = getReport(folder, model);
  EXPECT_NE(std::string::npos, report.find("has 3 further tensors that are no weights of this model"));
  EXPECT_NE(std::string::npos, report.find("sst-compile: 101 problems"));
}

TEST_F(WeightsTest, WrongShape) {
  model.reshape("sst_block_2_attn_q.kernel", {6, 4});
  EXPECT_EQ(error + "tensor 'sst_block_2_attn_q.kernel': expects shape [4, 6], but got [6, 4]; export the model again, "
                    "or correct the options\n",
            getReport(folder, model));
}

TEST_F(WeightsTest, ConvolutionWithoutItsUnitDimension) {
  model.reshape("sst_block_2_ssm_conv.kernel", {6, 8});
  EXPECT_EQ(error + "tensor 'sst_block_2_ssm_conv.kernel': expects shape [6, 1, 8], but got [6, 8]; export the model "
                    "again, or correct the options\n",
            getReport(folder, model));
}

TEST_F(WeightsTest, WrongType) {
  model.reshape("final_norm.beta", {4}, SST_DTYPE_I32);
  EXPECT_EQ(error + "tensor 'final_norm.beta': expects F32, F16, BF16 or F64 values, but got I32; convert it to F32\n",
            getReport(folder, model));
}

TEST_F(WeightsTest, WrongTypeAndShape) {
  model.reshape("final_norm.beta", {5}, SST_DTYPE_U8);
  EXPECT_EQ(error +
                "tensor 'final_norm.beta': expects shape [4], but got [5]; export the model again, or correct the "
                "options\n" +
                error +
                "tensor 'final_norm.beta': expects F32, F16, BF16 or F64 values, but got U8; convert it to F32\n"
                "sst-compile: 2 problems\n",
            getReport(folder, model));
}

TEST_F(WeightsTest, NaN) {
  model.set("sst_block_1_ssm_conv.kernel", 11, NAN);
  EXPECT_EQ(error + "tensor 'sst_block_1_ssm_conv.kernel': has a value that is NaN, at [1, 0, 3]" + diverged,
            getReport(folder, model));
}

TEST_F(WeightsTest, SeveralBadValues) {
  model.set("final_norm.beta", 1, NAN);
  model.set("final_norm.beta", 3, NAN);
  model.set("final_norm.beta", 2, -INFINITY);
  EXPECT_EQ(error + "tensor 'final_norm.beta': has 2 values that are NaN, the first at [1]" + diverged + error +
                "tensor 'final_norm.beta': has a value that is infinite, at [2]" + diverged +
                "sst-compile: 2 problems\n",
            getReport(folder, model));
}

TEST_F(WeightsTest, BadHalfValues) {
  model.tensors["final_norm.gamma"] = {SST_DTYPE_F16, {4}, toBytes<uint16_t>({0x3c00, 0x7c00, 0x7e00, 0xfc00})};
  EXPECT_EQ(error + "tensor 'final_norm.gamma': has a value that is NaN, at [2]" + diverged + error +
                "tensor 'final_norm.gamma': has 2 values that are infinite, the first at [1]" + diverged +
                "sst-compile: 2 problems\n",
            getReport(folder, model));
}

TEST_F(WeightsTest, DoubleThatDoesNotFit) {
  double big = std::numeric_limits<float>::max() * 2.0;
  model.tensors["final_norm.gamma"] = {SST_DTYPE_F64, {4}, toBytes<double>({1, big, INFINITY, -big})};
  EXPECT_EQ(error + "tensor 'final_norm.gamma': has a value that is infinite, at [2]" + diverged + error +
                "tensor 'final_norm.gamma': has 2 values that are too large for 32-bit floats, the first at [1]" +
                diverged + "sst-compile: 2 problems\n",
            getReport(folder, model));
}

TEST_F(WeightsTest, EverythingInOneReport) {
  model.metadata["num_layers"] = "0";
  model.tensors.erase("final_norm.gamma");
  model.reshape("extra", {1});
  model.set("final_norm.beta", 0, NAN);
  FrontendOptions options(getFamilies());
  options.inputFile = model.write(folder);
  options.flags["dropout"] = "2";
  options.name = "1";
  std::string report = getReport(folder, options);
  for (const char *part : {"metadata 'num_layers'", "--dropout", "--name", "'final_norm.gamma': is missing", "'extra'",
                           "is NaN", "sst-compile: 6 problems\n"})
    EXPECT_NE(std::string::npos, report.find(part)) << part << " in\n" << report;
}

TEST_F(WeightsTest, FileThatCannotBeRead) {
  FrontendOptions options(getFamilies());
  options.inputFile = folder.file("none.safetensors");
  options.flags["num_heads"] = "0";
  EXPECT_EQ("sst-compile: error: none.safetensors: cannot be opened: No such file or directory\n"
            "sst-compile: error: command line: --num-heads: expects an integer from 1 to 4096, but got '0'; state the "
            "num_heads that the model was trained with\nsst-compile: 2 problems\n",
            getReport(folder, options));
}

TEST_F(WeightsTest, BrokenFile) {
  FrontendOptions options(getFamilies());
  options.inputFile = folder.write("m.safetensors", "\1\2\3");
  EXPECT_EQ(error + "expects 8 bytes of header length, but the file has only 3 bytes; it is cut short or no "
                    "safetensors file\n",
            getReport(folder, options));
}

TEST_F(WeightsTest, DigestDependsOnEverything) {
  std::vector<Weight> weights(1);
  weights[0] = {"a", {2}, {1, 2}};
  std::string digest = computeWeightsDigest(weights);
  // SHA-256 of the lengths, names, sizes and values as they lie in memory, by another implementation.
  EXPECT_EQ("ce3248be2177b63d57dcb6dafe72fec61f3283d6ffe2bf19687e1517af8ed575", digest);
  EXPECT_EQ(digest, computeWeightsDigest(weights));
  weights[0].name = "b";
  EXPECT_NE(digest, computeWeightsDigest(weights));
  weights[0] = {"a", {1, 2}, {1, 2}};
  EXPECT_NE(digest, computeWeightsDigest(weights));
  weights[0] = {"a", {2}, {1, -2}};
  EXPECT_NE(digest, computeWeightsDigest(weights));
}
