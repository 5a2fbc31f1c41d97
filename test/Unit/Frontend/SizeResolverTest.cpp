//===- SizeResolverTest.cpp - options and shapes that agree or not ----------------------------------------------===//

#include "TestModel.h"

#include "gtest/gtest.h"

using namespace sst;
using namespace sst_test;

namespace {
class SizeResolverTest : public testing::Test {
protected:
  OptionValues load(const FrontendOptions &options) {
    Report report;
    std::optional<Model> loaded = loadModel(options, report);
    EXPECT_EQ("", report.str());
    return loaded ? loaded->options : OptionValues();
  }
  /// The report for the model with one of its metadata changed.
  std::string getContradiction(const std::string &key, const std::string &value) {
    model.metadata[key] = value;
    return getReport(folder, model);
  }

  Folder folder;
  TestModel model;
};
} // namespace

static const std::string error = "sst-compile: error: m.safetensors: ";

TEST_F(SizeResolverTest, MetadataStateAllOptions) {
  FrontendOptions options(getFamilies());
  options.inputFile = model.write(folder);
  EXPECT_EQ(makeSmallOptions(), load(options));
}

TEST_F(SizeResolverTest, ShapesGiveWhatIsNotStated) {
  model.metadata = {{"num_heads", "3"}, {"head_dim", "2"}, {"axon_version", "0.8.1"}};
  FrontendOptions options(getFamilies());
  options.inputFile = model.write(folder);
  OptionValues expected = makeSmallOptions();
  expected.setNumber("dropout", 0.1);
  expected.setSize("window_size", 60);
  EXPECT_EQ(expected, load(options));
}

TEST_F(SizeResolverTest, WithoutProjectionEmbedDimIsHiddenSize) {
  OptionValues small = makeSmallOptions();
  small.setSize("embed_dim", small.getSize("hidden_size"));
  model = TestModel(small);
  model.metadata.erase("embed_dim");
  FrontendOptions options(getFamilies());
  options.inputFile = model.write(folder);
  EXPECT_EQ(small, load(options));
}

TEST_F(SizeResolverTest, FlagsAndJsonState) {
  model.metadata.clear();
  FrontendOptions options(getFamilies());
  options.inputFile = model.write(folder);
  options.jsonFile =
      folder.write("o.json", R"({"num_heads": 6, "head_dim": 2, "window_size": 9, "layer_norm": "axon-0.8.0"})");
  options.flags = {{"num_heads", "2"}, {"head_dim", "3"}};
  OptionValues result = load(options);
  EXPECT_EQ(2, result.getSize("num_heads"));
  EXPECT_EQ(3, result.getSize("head_dim"));
  EXPECT_EQ(9, result.getSize("window_size"));
  EXPECT_EQ("axon-0.8.0", result.getChoice("layer_norm"));
}

TEST_F(SizeResolverTest, LayerNormMustBeStated) {
  model.metadata.erase("layer_norm");
  EXPECT_EQ(error +
                "option 'layer_norm': is not stated, and no shape shows it; give the one of the release of Axon that "
                "trained the model (in its mix.lock), --layer-norm=axon-0.8.0 or --layer-norm=axon-0.8.1, or "
                "\"axon_version\" or \"layer_norm\" in the file of --options or the metadata\n",
            getReport(folder, model));
  model.metadata["axon_version"] = "v0.8.0";
  FrontendOptions options(getFamilies());
  options.inputFile = model.write(folder);
  EXPECT_EQ("axon-0.8.0", load(options).getChoice("layer_norm"));
}

TEST_F(SizeResolverTest, HeadsMustBeStated) {
  model.metadata = {{"layer_norm", "axon-0.8.1"}};
  EXPECT_EQ(error +
                "option 'num_heads': is not stated, and the shapes give only num_heads * head_dim = 6 (tensor "
                "'sst_block_1_attn_q.kernel'); give --num-heads=N, or \"num_heads\" in the file of --options or "
                "the metadata\n" +
                error +
                "option 'head_dim': is not stated, and the shapes give only num_heads * head_dim = 6 (tensor "
                "'sst_block_1_attn_q.kernel'); give --head-dim=N, or \"head_dim\" in the file of --options or the "
                "metadata\nsst-compile: 2 problems\n",
            getReport(folder, model));
}

TEST_F(SizeResolverTest, OneOfTheTwoIsNotEnough) {
  model.metadata = {{"num_heads", "3"}, {"layer_norm", "axon-0.8.1"}};
  EXPECT_EQ(error + "option 'head_dim': is not stated, and the shapes give only num_heads * head_dim = 6 (tensor "
                    "'sst_block_1_attn_q.kernel'); give --head-dim=N, or \"head_dim\" in the file of --options or "
                    "the metadata; with num_heads = 3 in the metadata it would be 2\n",
            getReport(folder, model));
}

TEST_F(SizeResolverTest, AnInvalidHeadsIsReportedOnce) {
  EXPECT_EQ(error + "metadata 'num_heads': expects an integer from 1 to 4096, but got '0'; state the num_heads that "
                    "the model was trained with\n",
            getContradiction("num_heads", "0"));
}

TEST_F(SizeResolverTest, ContradictsHiddenSize) {
  EXPECT_EQ(error + "option 'hidden_size' (hidden_size = 8 in the metadata): expects tensor 'final_norm.gamma' of "
                    "shape [8], but got [4]; state 4, or give the weights that belong to these options\n",
            getContradiction("hidden_size", "8"));
}

TEST_F(SizeResolverTest, ContradictsStateSize) {
  EXPECT_EQ(error + "option 'state_size' (state_size = 16 in the metadata): expects tensor "
                    "'sst_block_1_ssm_b_proj.kernel' of shape [8, 16], but got [8, 5]; state 5, or give the weights "
                    "that belong to these options\n",
            getContradiction("state_size", "16"));
}

TEST_F(SizeResolverTest, ContradictsConvSize) {
  EXPECT_EQ(error + "option 'conv_size' (conv_size = 4 in the metadata): expects tensor 'sst_block_1_ssm_conv.kernel' "
                    "of shape [4, 1, 8], but got [6, 1, 8]; state 6, or give the weights that belong to these "
                    "options\n",
            getContradiction("conv_size", "4"));
}

TEST_F(SizeResolverTest, ContradictsExpandFactor) {
  EXPECT_EQ(error + "option 'expand_factor' (expand_factor = 3 in the metadata): expects tensor "
                    "'sst_block_1_ssm_conv.bias' of shape [12], but got [8]; state 2, or give the weights that belong "
                    "to these options\n",
            getContradiction("expand_factor", "3"));
}

TEST_F(SizeResolverTest, ContradictsHeads) {
  FrontendOptions options(getFamilies());
  options.inputFile = model.write(folder);
  options.flags = {{"num_heads", "4"}};
  EXPECT_EQ(error + "options 'num_heads' and 'head_dim' (--num-heads=4, head_dim = 2 in the metadata): expects tensor "
                    "'sst_block_1_attn_q.kernel' of shape [4, 8], but got [4, 6]; state numbers whose product is 6, or "
                    "give the weights that belong to these options\n",
            getReport(folder, options));
}

TEST_F(SizeResolverTest, ContradictsNumLayers) {
  EXPECT_EQ(error + "option 'num_layers' (num_layers = 1 in the metadata): expects blocks 1 to 1, but the file has "
                    "tensors of blocks 1, 2; state 2, or give the weights that belong to these options\n",
            getContradiction("num_layers", "1"));
}

/// The remedy does not lead to a smaller model.
TEST_F(SizeResolverTest, FewerBlocksThanStated) {
  EXPECT_EQ(error + "option 'num_layers' (num_layers = 3 in the metadata): expects blocks 1 to 3, but the file has "
                    "tensors of blocks 1, 2; block 3 is missing: give all of the model, of a checkpoint in shards its "
                    "index, or the weights that belong to these options\n",
            getContradiction("num_layers", "3"));
}

/// A part that holds the first block and the end, by chance: only blocks that others follow have a dropout.
TEST_F(SizeResolverTest, DropoutsShowThatBlocksAreMissing) {
  for (const WeightInfo &shape : getSmallTable().getWeights())
    if (llvm::StringRef(shape.name).starts_with("sst_block_2_"))
      model.tensors.erase(shape.name);
  model.metadata.erase("num_layers");
  EXPECT_EQ("", getReport(folder, model));
  model.reshape("sst_dropout_1.key", {2}, SST_DTYPE_U32);
  EXPECT_EQ(error + "option 'num_layers': expects blocks 1 to 2, but the file has tensors of blocks 1; block 2 is "
                    "missing: give all of the model, of a checkpoint in shards its index, or the weights that belong "
                    "to these options\n",
            getReport(folder, model));
  // Who states the number knows what the file is.
  model.metadata["num_layers"] = "1";
  EXPECT_EQ("", getReport(folder, model));
}

TEST_F(SizeResolverTest, FirstBlockMissing) {
  for (const WeightInfo &shape : getSmallTable().getWeights())
    if (llvm::StringRef(shape.name).starts_with("sst_block_1_"))
      model.tensors.erase(shape.name);
  model.metadata.erase("num_layers");
  EXPECT_EQ(error + "option 'num_layers': expects blocks 1 to 2, but the file has tensors of blocks 2; block 1 is "
                    "missing: give all of the model, of a checkpoint in shards its index, or the weights that belong "
                    "to these options\n",
            getReport(folder, model));
}

TEST_F(SizeResolverTest, NoBlockAtAll) {
  for (const WeightInfo &shape : getSmallTable().getWeights())
    if (llvm::StringRef(shape.name).starts_with("sst_block_"))
      model.tensors.erase(shape.name);
  std::string rest = ", but the file has tensors of no block; block 1 is missing: give all of the model, of a "
                     "checkpoint in shards its index, or the weights that belong to these options\n";
  EXPECT_EQ(error + "option 'num_layers' (num_layers = 2 in the metadata): expects blocks 1 to 2" + rest,
            getReport(folder, model));
  model.metadata.erase("num_layers");
  EXPECT_EQ(error + "option 'num_layers': expects blocks 1 to N" + rest, getReport(folder, model));
}

TEST_F(SizeResolverTest, OneTensorOfAFurtherBlock) {
  model.reshape("sst_block_3_norm.gamma", {4});
  model.metadata.erase("num_layers");
  std::string report = getReport(folder, model);
  EXPECT_NE(std::string::npos, report.find("tensor 'sst_block_3_norm.beta': is missing; expects shape [4]")) << report;
}

TEST_F(SizeResolverTest, MoreBlocksThanAModelCanHave) {
  OptionValues options(getEdifice());
  options.setSize("embed_dim", 1);
  options.setSize("hidden_size", 1);
  options.setSize("state_size", 1);
  options.setSize("num_heads", 1);
  options.setSize("head_dim", 1);
  options.setSize("expand_factor", 1);
  options.setSize("conv_size", 1);
  options.setSize("num_layers", 4097);
  model = TestModel(options);
  model.metadata.erase("num_layers");
  EXPECT_EQ(error + "option 'num_layers': expects at most 4096 blocks, but the file has 4097; give a model of fewer "
                    "blocks\n",
            getReport(folder, model));
}

TEST_F(SizeResolverTest, BlocksWithAGap) {
  for (const WeightInfo &shape : getSmallTable().getWeights())
    if (llvm::StringRef(shape.name).starts_with("sst_block_2_"))
      model.rename(shape.name, "sst_block_3_" + shape.name.substr(12));
  model.metadata.erase("num_layers");
  EXPECT_EQ(error + "option 'num_layers': expects blocks 1 to 1, but the file has tensors of blocks 1, 3; export the "
                    "model again with all of its blocks, numbered from 1\n",
            getReport(folder, model));
}

TEST_F(SizeResolverTest, BlockZeroOfACountDown) {
  for (const WeightInfo &shape : getSmallTable().getWeights())
    if (llvm::StringRef(shape.name).starts_with("sst_block_2_"))
      model.rename(shape.name, "sst_block_0_" + shape.name.substr(12));
  model.metadata["num_layers"] = "1";
  EXPECT_EQ(error + "option 'num_layers' (num_layers = 1 in the metadata): expects blocks 1 to 1, but the file has "
                    "tensors of blocks 0, 1; export the model again with all of its blocks, numbered from 1\n",
            getReport(folder, model));
}

TEST_F(SizeResolverTest, ContradictsEmbedDim) {
  EXPECT_EQ(error + "option 'embed_dim' (embed_dim = 5 in the metadata): expects tensor 'input_projection.kernel' of "
                    "shape [5, 4], but got [3, 4]; state 3, or give the weights that belong to these options\n",
            getContradiction("embed_dim", "5"));
}

TEST_F(SizeResolverTest, ProjectionThatIsNotThere) {
  model.tensors.erase("input_projection.kernel");
  model.tensors.erase("input_projection.bias");
  EXPECT_EQ(error + "option 'embed_dim' (embed_dim = 3 in the metadata): expects tensor 'input_projection.kernel' of "
                    "shape [3, 4], but the file has none; state 4, or give the weights that belong to these options\n",
            getReport(folder, model));
}

TEST_F(SizeResolverTest, HalfAProjection) {
  model.tensors.erase("input_projection.kernel");
  EXPECT_EQ(error + "tensor 'input_projection.kernel': is missing; expects shape [3, 4]; export the model again with "
                    "it\n",
            getReport(folder, model));
  model.metadata.erase("embed_dim");
  EXPECT_EQ(error + "tensor 'input_projection.kernel': is missing; expects shape [embed_dim, 4]; export the model "
                    "again\n",
            getReport(folder, model));
}

TEST_F(SizeResolverTest, ProjectionOfWrongRank) {
  model.reshape("input_projection.kernel", {3, 4, 1});
  EXPECT_EQ(error + "tensor 'input_projection.kernel': expects shape [embed_dim, 4], but got [3, 4, 1]; export the "
                    "model again\n",
            getReport(folder, model));
}

TEST_F(SizeResolverTest, ProjectionOfAJunkEmbedDim) {
  model.reshape("input_projection.kernel", {4, 4});
  model.metadata.erase("embed_dim");
  EXPECT_EQ(error + "tensor 'input_projection.kernel': expects no input projection when the input has hidden_size = 4 "
                    "channels, but got one; build the model with the true embed_dim\n",
            getReport(folder, model));
}

TEST_F(SizeResolverTest, OneWrongShapeIsNoContradiction) {
  model.reshape("final_norm.gamma", {5});
  EXPECT_EQ(error + "tensor 'final_norm.gamma': expects shape [4], but got [5]; export the model again, or correct the "
                    "options\n",
            getReport(folder, model));
}

TEST_F(SizeResolverTest, InnerSizeThatIsNoMultiple) {
  for (const char *block : {"sst_block_1_", "sst_block_2_"})
    for (auto [name, shape] : {std::pair("ssm_conv.bias", std::vector<size_t>{9}),
                               {"ssm_dt_proj.bias", {9}},
                               {"ssm_conv.kernel", {6, 1, 9}},
                               {"ssm_dt_proj.kernel", {9, 9}},
                               {"ssm_out_proj.kernel", {9, 4}}})
      model.reshape(block + std::string(name), shape);
  model.metadata.erase("expand_factor");
  EXPECT_EQ(0u, getReport(folder, model)
                    .find(error + "tensor 'sst_block_1_ssm_conv.bias': expects a multiple of hidden_size = 4 inner "
                                  "channels, but its shape is [9]; export the model again\n"));
}

TEST_F(SizeResolverTest, EmptySize) {
  for (const char *block : {"sst_block_1_", "sst_block_2_"}) {
    model.reshape(block + std::string("ssm_b_proj.kernel"), {8, 0});
    model.reshape(block + std::string("ssm_c_proj.kernel"), {8, 0});
    model.reshape(block + std::string("ssm_b_proj.bias"), {0});
    model.reshape(block + std::string("ssm_c_proj.bias"), {0});
  }
  EXPECT_EQ(0u, getReport(folder, model)
                    .find(error + "tensor 'sst_block_1_ssm_b_proj.kernel': expects state_size from 1 to 1048576, but "
                                  "its shape is [8, 0]; export the model again\n"));
}

TEST_F(SizeResolverTest, NoSuchModel) {
  model.tensors.clear();
  model.reshape("linear.weight", {2, 2});
  EXPECT_EQ(
      error +
          "expects tensors named like 'sst_block_1_attn_q.kernel', but has none among its 1: 'linear.weight'; give the "
          "weights of an Edifice SSTransformer, named '<layer>.<parameter>'\n",
      getReport(folder, model));
}
