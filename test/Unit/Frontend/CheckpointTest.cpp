//===- CheckpointTest.cpp - shards, prefixes and what else a file holds -----------------------------------------===//

#include "TestModel.h"

#include "gtest/gtest.h"

using namespace sst;
using namespace sst_test;

namespace {
class CheckpointTest : public testing::Test {
protected:
  /// Loads and expects no problem.
  Model load(const FrontendOptions &options) {
    Report report;
    std::optional<Model> loaded = loadModel(options, report);
    EXPECT_TRUE(report.empty()) << report.str();
    notes = folder.shorten(report.str());
    return loaded ? std::move(*loaded) : Model();
  }
  /// The digest of the weights of `model`, by whatever names the file has.
  std::string getDigest(const TensorNames &names = {}) {
    FrontendOptions options(getFamilies());
    options.inputFile = model.write(folder);
    options.names = names;
    return load(options).weightsDigest;
  }
  std::string getProblems(const TensorNames &names) {
    FrontendOptions options(getFamilies());
    options.inputFile = model.write(folder);
    options.names = names;
    return getReport(folder, options);
  }
  /// Puts `prefix` in front of all names, or of those that start with `start`.
  void addPrefix(const std::string &prefix, const std::string &start = "") {
    std::map<std::string, FileTensor> renamed;
    for (auto &[name, tensor] : model.tensors)
      renamed[(name.compare(0, start.size(), start) == 0 ? prefix : "") + name] = tensor;
    model.tensors = std::move(renamed);
  }
  /// Adds a second model under a prefix.
  void addCopy(const std::string &prefix) {
    auto tensors = model.tensors;
    for (auto &[name, tensor] : tensors)
      model.tensors[prefix + name] = tensor;
  }
  /// Writes the model as two shards, the first with what `start` begins, and their index.
  FrontendOptions writeShards(const std::string &start) {
    TestModel parts[2] = {model, model};
    const char *names[2] = {"m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors"};
    std::string map;
    for (auto &[name, tensor] : model.tensors) {
      bool isFirst = name.compare(0, start.size(), start) == 0;
      parts[isFirst ? 1 : 0].tensors.erase(name);
      map += (map.empty() ? "" : ",") + ("\"" + name + "\":\"") + names[isFirst ? 0 : 1] + "\"";
    }
    for (int i = 0; i < 2; ++i)
      parts[i].write(folder, names[i]);
    FrontendOptions options(getFamilies());
    options.inputFile = folder.write("m.safetensors.index.json", "{\"weight_map\":{" + map + "}}");
    return options;
  }

  Folder folder;
  TestModel model;
  /// What the last load said besides.
  std::string notes;
};
} // namespace

static const std::string error = "sst-compile: error: m.safetensors: ";

TEST_F(CheckpointTest, ShardsAreTheWholeModel) {
  std::string digest = getDigest();
  std::filesystem::remove(folder.file("m.safetensors"));
  FrontendOptions options = writeShards("sst_block_1_");
  Model loaded = load(options);
  EXPECT_EQ(digest, loaded.weightsDigest);
  EXPECT_EQ("m", loaded.name);
  EXPECT_EQ(3u, loaded.files.size());
  options.inputFile = folder.file("");
  EXPECT_EQ(digest, load(options).weightsDigest);
}

TEST_F(CheckpointTest, AShardIsNoModel) {
  FrontendOptions options = writeShards("sst_block_2_");
  options.inputFile = folder.file("m-00002-of-00002.safetensors");
  EXPECT_EQ(
      "sst-compile: error: m-00002-of-00002.safetensors: is shard 2 of 2, a part of a model; give the index beside "
      "it, 'm.safetensors.index.json', or the directory\n",
      getReport(folder, options));
}

TEST_F(CheckpointTest, ShardsThatContradictEachOther) {
  FrontendOptions options = writeShards("sst_block_2_");
  TestModel other = model;
  for (auto it = other.tensors.begin(); it != other.tensors.end();)
    it = it->first.compare(0, 12, "sst_block_2_") == 0 ? std::next(it) : other.tensors.erase(it);
  other.metadata["window_size"] = "8";
  other.metadata["shard"] = "1";
  other.write(folder, "m-00001-of-00002.safetensors");
  EXPECT_EQ("sst-compile: error: m.safetensors.index.json: metadata 'window_size': is '8' in one file of the "
            "checkpoint, but '7' in another; write the checkpoint again\n",
            getReport(folder, options));
}

TEST_F(CheckpointTest, APrefixIsLeftOut) {
  std::string digest = getDigest();
  EXPECT_EQ("", notes);
  for (const char *prefix : {"backbone.", "model.", "data.", "params.", "module._orig_mod.", "a/b/", "x"}) {
    model = TestModel();
    addPrefix(prefix);
    EXPECT_EQ(digest, getDigest()) << prefix;
    EXPECT_EQ("sst-compile: note: m.safetensors: the names of all weights start with '" + std::string(prefix) +
                  "', which is left out\n",
              notes);
    EXPECT_EQ(digest, getDigest({std::string(prefix), {}})) << prefix;
    EXPECT_EQ("", notes);
  }
}

TEST_F(CheckpointTest, MessagesHaveTheNamesOfTheFile) {
  addPrefix("backbone.");
  model.tensors.erase("backbone.final_norm.beta");
  model.reshape("backbone.final_norm.gamma", {5});
  model.reshape("step", {1});
  std::string report = getProblems({"backbone.", {}});
  EXPECT_EQ(
      error + "tensor 'backbone.final_norm.beta': is missing; expects shape [4]; export the model again with it\n" +
          error + "tensor 'step': is no weight of this model; remove it, or give --ignore=step\n" + error +
          "tensor 'backbone.final_norm.gamma': expects shape [4], but got [5]; export the model again, or correct "
          "the options\nsst-compile: 3 problems\n",
      report);
}

TEST_F(CheckpointTest, APrefixThatOnlySomeHave) {
  addPrefix("backbone.", "sst_block_");
  EXPECT_EQ(error +
                "expects one prefix in front of the names of all weights, but got 2: none (4, such as "
                "'final_norm.beta'), 'backbone.' (60, such as 'backbone.sst_block_1_attn_k.bias'); export the model "
                "again with all weights under one prefix\n",
            getProblems({}));
  std::string report = getProblems({"backbone.", {}});
  EXPECT_NE(std::string::npos, report.find("tensor 'backbone.final_norm.beta': is missing")) << report;
}

TEST_F(CheckpointTest, TwoModelsInAFile) {
  std::string digest = getDigest();
  addPrefix("model.");
  TestModel other;
  for (auto &[name, tensor] : other.tensors)
    model.tensors["ema." + name] = tensor;
  model.set("ema.final_norm.beta", 0, 9);
  EXPECT_EQ(error + "expects one prefix in front of the names of all weights, but got 2: 'ema.' (64, such as "
                    "'ema.final_norm.beta'), 'model.' (64, such as 'model.final_norm.beta'); choose a model with "
                    "--tensor-prefix=ema. or --tensor-prefix=model.\n",
            getProblems({}));
  EXPECT_EQ(digest, getDigest({"model.", {}}));
  EXPECT_NE(digest, getDigest({"ema.", {}}));
  EXPECT_EQ(digest, getDigest({std::nullopt, {"ema.*"}}));
}

TEST_F(CheckpointTest, AModelWithoutPrefixBesideAnother) {
  std::string digest = getDigest();
  addCopy("ema.");
  EXPECT_EQ(digest, getDigest({"", {}}));
  EXPECT_EQ("", notes);
}

/// What another model has and the chosen one lacks is not left out.
TEST_F(CheckpointTest, APrefixDoesNotMakeASmallerModel) {
  model.metadata.erase("num_layers");
  addPrefix("ema.", "sst_block_2_");
  std::string report = getProblems({"", {}});
  EXPECT_NE(std::string::npos, report.find("tensor 'ema.sst_block_2_attn_k.bias': is no weight of this model"))
      << report;
}

/// A piece under another name is not ignored either.
TEST_F(CheckpointTest, IgnoringDoesNotMakeASmallerModel) {
  model.metadata.erase("num_layers");
  addPrefix("a.");
  for (const WeightInfo &shape : getSmallTable().getWeights())
    if (llvm::StringRef(shape.name).starts_with("sst_block_2_"))
      model.rename("a." + shape.name, "b." + shape.name);
  for (const TensorNames &names : {TensorNames{std::nullopt, {"b.*"}}, TensorNames{"a.", {"b.*"}}}) {
    std::string report = getProblems(names);
    EXPECT_NE(std::string::npos,
              report.find("tensor 'b.sst_block_2_attn_k.bias': is a weight that the model lacks under its prefix 'a.', "
                          "but --ignore=b.* leaves it out; export the model again with all weights under one prefix"))
        << report;
  }
  std::string report = getProblems({"a.", {}});
  EXPECT_NE(std::string::npos, report.find("tensor 'b.sst_block_2_attn_k.bias': is no weight of this model; export the "
                                           "model again with all weights under one prefix"))
      << report;
  EXPECT_EQ(std::string::npos, report.find("did you mean")) << report;
}

TEST_F(CheckpointTest, AModelBesideALargerOne) {
  std::string digest = getDigest();
  model.metadata.erase("num_layers");
  addPrefix("student.");
  OptionValues larger = makeSmallOptions();
  larger.setSize("num_layers", 3);
  for (auto &[name, tensor] : TestModel(larger).tensors)
    model.tensors["teacher." + name] = tensor;
  EXPECT_EQ(digest, getDigest({"student.", {}}));
  EXPECT_EQ(digest, getDigest({"student.", {"teacher.*"}}));
  EXPECT_EQ(digest, getDigest({std::nullopt, {"teacher.*"}}));
}

/// What the message says works.
TEST_F(CheckpointTest, TheFlagThatIgnoresAName) {
  std::string digest = getDigest(), longName(150, 'n');
  const std::pair<std::string, std::string> cases[] = {
      {"step", "--ignore=step"},
      {"a[0]*?\\", "--ignore='a?0?"
                   "?"
                   "?"
                   "?'"},
      {"it's {a,b}", "--ignore='it?s {a,b}'"},
      {longName, "--ignore='" + longName.substr(0, 100) + "*'"},
      {std::string(99, 'n') + "\u00e9n", "--ignore='" + std::string(99, 'n') + "*'"}};
  for (auto &[name, flag] : cases) {
    model = TestModel();
    model.reshape(name, {1});
    std::string report = getProblems({});
    EXPECT_NE(std::string::npos, report.find(": is no weight of this model; remove it, or give " + flag + "\n"))
        << report;
    std::string pattern = flag.substr(flag.find('=') + 1);
    if (pattern[0] == '\'')
      pattern = pattern.substr(1, pattern.size() - 2);
    EXPECT_EQ(digest, getDigest({std::nullopt, {pattern}})) << pattern;
  }
}

TEST_F(CheckpointTest, ManyTensorsAreIgnoredByTheirStart) {
  for (int i = 0; i < 200; ++i)
    model.reshape("optimizer.m." + std::to_string(i), {1});
  model.reshape("final_norm.gama", {4});
  model.reshape("final_norm.gamb", {4});
  model.reshape("final_norm.gamc", {4});
  std::string report = getProblems({});
  EXPECT_NE(std::string::npos, report.find(error + "tensor 'optimizer.m.0' and 199 others: are no weights of this "
                                                   "model; remove them, or give --ignore='optimizer.*'\n"))
      << report;
  EXPECT_NE(std::string::npos, report.find("tensor 'final_norm.gamc': is no weight of this model; remove it, or did "
                                           "you mean 'final_norm.gamma'?\n"))
      << report;
  EXPECT_NE(std::string::npos, report.find("\nsst-compile: 4 problems\n")) << report;
}

TEST_F(CheckpointTest, APrefixThatNothingHas) {
  EXPECT_EQ("sst-compile: error: command line: --tensor-prefix: no weight in the file has a name that starts with "
            "'model.'; its 64 tensors are named 'final_norm.beta', 'final_norm.gamma', 'input_projection.bias', ...; "
            "leave it out: the weights have none\n",
            getProblems({"model.", {}}));
  addPrefix("model.");
  EXPECT_EQ("sst-compile: error: command line: --tensor-prefix: no weight in the file has a name that starts with "
            "'model'; its 64 tensors are named 'model.final_norm.beta', 'model.final_norm.gamma', "
            "'model.input_projection.bias', ...; did you mean --tensor-prefix=model.?\n",
            getProblems({"model", {}}));
}

TEST_F(CheckpointTest, IgnoredTensors) {
  std::string digest = getDigest();
  model.reshape("optimizer.step", {1}, SST_DTYPE_I64);
  model.reshape("optimizer.m.final_norm.gamma", {4});
  model.reshape("epoch", {});
  EXPECT_EQ(digest, getDigest({std::nullopt, {"optimizer.*", "epoc?"}}));
  EXPECT_EQ(
      "sst-compile: error: command line: --ignore: no tensor of the file has a name like 'adam.*'; leave it out\n",
      getProblems({std::nullopt, {"optimizer.*", "epoch", "adam.*"}}));
}

TEST_F(CheckpointTest, NoWeightIsIgnored) {
  EXPECT_EQ(error +
                "tensor 'final_norm.beta': is a weight of the model, but --ignore=final* leaves it out; ignore only "
                "what is no weight\n" +
                error +
                "tensor 'final_norm.gamma': is a weight of the model, but --ignore=final* leaves it out; ignore "
                "only what is no weight\nsst-compile: 2 problems\n",
            getProblems({std::nullopt, {"final*"}}));
  std::string report = getProblems({std::nullopt, {"["}});
  EXPECT_EQ(0u, report.find("sst-compile: error: command line: --ignore: ")) << report;
}

/// What is wrong besides is in the same report, and what is ignored is not also missing.
TEST_F(CheckpointTest, IgnoredWeightsHideNoOtherProblem) {
  model.tensors.erase("sst_block_2_attn_q.kernel");
  model.tensors.erase("final_norm.gamma");
  model.metadata["num_heads"] = "x";
  std::string ignored = error +
                        "tensor 'final_norm.beta': is a weight of the model, but --ignore=final_norm.b* leaves it "
                        "out; ignore only what is no weight\n";
  std::string report = getProblems({std::nullopt, {"final_norm.b*", "adam.*"}});
  for (const std::string &problem :
       {ignored, std::string("--ignore: no tensor of the file has a name like 'adam.*'"), std::string("num_heads"),
        std::string("tensor 'sst_block_2_attn_q.kernel': is missing"),
        std::string("tensor 'final_norm.gamma': is missing"), std::string("sst-compile: 5 problems\n")})
    EXPECT_NE(std::string::npos, report.find(problem)) << problem << " in\n" << report;
  EXPECT_EQ(std::string::npos, report.find("tensor 'final_norm.beta': is missing")) << report;
}

/// A pattern for all names: the remedy is about it, not about the names.
TEST_F(CheckpointTest, AllIsIgnored) {
  size_t weights = getSmallTable().getWeights().size();
  for (const TensorNames &names : {TensorNames{std::nullopt, {"*"}}, TensorNames{"", {"*"}}}) {
    std::string report = getProblems(names);
    EXPECT_NE(std::string::npos, report.find("sst-compile: " + std::to_string(weights) + " problems\n")) << report;
    EXPECT_EQ(std::string::npos, report.find("expects tensors named like")) << report;
  }
}

TEST_F(CheckpointTest, StandardInputIsNoFile) {
  FrontendOptions options(getFamilies());
  options.inputFile = "-";
  EXPECT_EQ(
      "sst-compile: error: command line: input: expects the name of a file, but got '-', and weights are not read "
      "from standard input; write them to a file\n",
      getReport(folder, options));
}
