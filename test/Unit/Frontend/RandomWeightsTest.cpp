//===- RandomWeightsTest.cpp - weights of untrained models ------------------------------------------------------===//

#include "TestModel.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace sst;
using namespace sst_test;

static std::optional<Model> load(const std::string &seed, Report &report) {
  FrontendOptions options(getFamilies());
  options.randomWeights = seed;
  options.flags = {{"embed_dim", "3"}, {"hidden_size", "8"}, {"num_layers", "2"}, {"head_dim", "4"}};
  return loadModel(options, report);
}

TEST(RandomWeights, SameSeedSameModel) {
  Report report;
  std::optional<Model> first = load("7", report), second = load("7", report), other = load("8", report);
  EXPECT_EQ("", report.str());
  ASSERT_TRUE(first && second && other);
  EXPECT_EQ("model", first->name);
  EXPECT_EQ(first->weightsDigest, second->weightsDigest);
  EXPECT_NE(first->weightsDigest, other->weightsDigest);
}

/// The same on every machine and in every later version: tests elsewhere depend on it.
TEST(RandomWeights, DigestIsFixed) {
  EXPECT_EQ("345d3f3b8ec543e6944dd17c80602210d815fc1adfcfcc5e951a85a418500f1a",
            computeWeightsDigest(makeRandomWeights(makeSmallOptions(), 1)));
}

TEST(RandomWeights, NothingIsTrivial) {
  OptionValues options(getEdifice());
  options.setSize("embed_dim", 100);
  options.setSize("num_layers", 1);
  for (const Weight &weight : makeRandomWeights(options, 3)) {
    bool gamma = llvm::StringRef(weight.name).ends_with(".gamma");
    bool kernel = llvm::StringRef(weight.name).ends_with(".kernel");
    double sum = 0, squares = 0;
    size_t negative = 0;
    for (float value : weight.values) {
      EXPECT_TRUE(std::isfinite(value));
      sum += value;
      squares += value * value;
      negative += value < 0;
    }
    double count = static_cast<double>(weight.values.size());
    double deviation = std::sqrt(squares / count);
    EXPECT_GT(negative, 0u) << weight.name;
    EXPECT_LT(negative, weight.values.size()) << weight.name;
    if (gamma)
      EXPECT_NEAR(1.04, deviation, 0.1) << weight.name;
    else if (!kernel)
      EXPECT_NEAR(0.058, deviation, 0.03) << weight.name;
    else
      EXPECT_LT(std::fabs(sum / count), 0.2 * deviation) << weight.name;
  }
}

/// A projection of normal rows has a variance near 1, whatever its shape.
TEST(RandomWeights, KernelsKeepTheScale) {
  for (int64_t hidden : {5, 64, 300}) {
    OptionValues options(getEdifice());
    options.setSize("embed_dim", 1000);
    options.setSize("hidden_size", hidden);
    options.setSize("num_layers", 1);
    for (const Weight &weight : makeRandomWeights(options, 5)) {
      llvm::StringRef name = weight.name;
      if (!name.ends_with("attn_q.kernel") && !name.ends_with("gate_proj.kernel") &&
          !name.ends_with("input_projection.kernel"))
        continue;
      double squares = 0;
      for (float value : weight.values)
        squares += value * value;
      EXPECT_NEAR(1.0, squares / static_cast<double>(weight.shape[1]), 0.25) << weight.name << " " << hidden;
    }
  }
}

TEST(RandomWeights, BadSeed) {
  for (const char *seed : {"", "-1", "x", "18446744073709551616"}) {
    Report report;
    EXPECT_FALSE(load(seed, report));
    EXPECT_EQ("sst-compile: error: command line: --random-weights: expects an integer from 0 to 18446744073709551615, "
              "but got '" +
                  std::string(seed) + "'; give for instance --random-weights=1\n",
              report.str());
  }
}

TEST(RandomWeights, FileAndSeed) {
  Folder folder;
  FrontendOptions options(getFamilies());
  options.inputFile = TestModel().write(folder);
  options.randomWeights = "1";
  EXPECT_EQ("sst-compile: error: command line: --random-weights: takes the place of a weights file, but got "
            "'m.safetensors'; give one of the two\n",
            getReport(folder, options));
}

TEST(RandomWeights, NeitherFileNorSeed) {
  EXPECT_EQ("sst-compile: error: command line: input: is missing; name a safetensors file, or give "
            "--random-weights=SEED\n",
            getReport(Folder(), FrontendOptions(getFamilies())));
}

TEST(RandomWeights, BadName) {
  FrontendOptions options(getFamilies());
  options.randomWeights = "1";
  options.flags["embed_dim"] = "3";
  options.name = "a-b";
  EXPECT_EQ(
      "sst-compile: error: command line: --name: expects letters, digits and '_', at most 64 of them and no digit "
      "in front, but got 'a-b'; give for instance --name=policy\n",
      getReport(Folder(), options));
}
