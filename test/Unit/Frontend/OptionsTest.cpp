//===- OptionsTest.cpp - options of flags, JSON and metadata ----------------------------------------------------===//

#include "TestModel.h"

#include "gtest/gtest.h"

using namespace sst;
using namespace sst_test;

namespace {
class OptionsTest : public testing::Test {
protected:
  /// Merges flags and JSON over defaults and expects no problem.
  OptionValues merge(const OptionSources &sources) {
    Report report;
    OptionValues options = mergeOptions(readOptionSources(getEdifice(), sources, report), report);
    EXPECT_EQ("", report.str());
    return options;
  }
  /// What is wrong with the sources.
  std::string getProblems(const OptionSources &sources) {
    Report report;
    readOptionSources(getEdifice(), sources, report);
    return folder.shorten(report.str());
  }
  std::string getJsonProblems(const std::string &text) {
    OptionSources sources;
    sources.jsonFile = folder.write("o.json", text);
    return getProblems(sources);
  }
  std::string getFlagProblems(const std::string &name, const std::string &value) {
    OptionSources sources;
    sources.flags[name] = value;
    return getProblems(sources);
  }

  Folder folder;
};
} // namespace

static const std::string range = "expects an integer from 1 to 1048576, but got ";

TEST_F(OptionsTest, DefaultsAreEdifices) {
  OptionSources sources;
  sources.flags["embed_dim"] = "9";
  OptionValues options = merge(sources);
  EXPECT_EQ(9, options.getSize("embed_dim"));
  EXPECT_EQ(256, options.getSize("hidden_size"));
  EXPECT_EQ(16, options.getSize("state_size"));
  EXPECT_EQ(6, options.getSize("num_layers"));
  EXPECT_EQ(4, options.getSize("num_heads"));
  EXPECT_EQ(64, options.getSize("head_dim"));
  EXPECT_EQ(2, options.getSize("expand_factor"));
  EXPECT_EQ(4, options.getSize("conv_size"));
  EXPECT_EQ(0.1, options.getNumber("dropout"));
  EXPECT_EQ(60, options.getSize("window_size"));
  EXPECT_EQ("axon-0.8.1", options.getChoice("layer_norm"));
}

TEST_F(OptionsTest, InfoAgreesWithDefaults) {
  OptionValues options(getEdifice());
  for (const OptionInfo &info : getEdifice().getOptions()) {
    EXPECT_EQ(&info, findOption(getEdifice(), info.name));
    if (info.name != "embed_dim") {
      EXPECT_EQ(info.defaultText.str(), options.getText(info.name));
    }
  }
}

TEST_F(OptionsTest, EveryOptionCanBeAFlag) {
  OptionSources sources;
  sources.flags = {{"embed_dim", "1"},  {"hidden_size", "2"},   {"state_size", "3"},         {"num_layers", "4"},
                   {"num_heads", "5"},  {"head_dim", "6"},      {"expand_factor", "7"},      {"conv_size", "8"},
                   {"dropout", "0.75"}, {"window_size", "100"}, {"layer_norm", "axon-0.8.0"}};
  OptionValues options = merge(sources);
  EXPECT_EQ(1, options.getSize("embed_dim"));
  EXPECT_EQ(2, options.getSize("hidden_size"));
  EXPECT_EQ(3, options.getSize("state_size"));
  EXPECT_EQ(4, options.getSize("num_layers"));
  EXPECT_EQ(5, options.getSize("num_heads"));
  EXPECT_EQ(6, options.getSize("head_dim"));
  EXPECT_EQ(7, options.getSize("expand_factor"));
  EXPECT_EQ(8, options.getSize("conv_size"));
  EXPECT_EQ(0.75, options.getNumber("dropout"));
  EXPECT_EQ(100, options.getSize("window_size"));
  EXPECT_EQ("axon-0.8.0", options.getChoice("layer_norm"));
}

TEST_F(OptionsTest, FlagsOverJsonOverMetadataOverDefaults) {
  OptionSources sources;
  sources.flags = {{"embed_dim", "1"}};
  sources.jsonFile = folder.write("o.json", R"({"embed_dim": 2, "hidden_size": 2})");
  sources.metadata = {{"embed_dim", "3"}, {"hidden_size", "3"}, {"state_size", "3"}};
  OptionValues options = merge(sources);
  EXPECT_EQ(1, options.getSize("embed_dim"));
  EXPECT_EQ(2, options.getSize("hidden_size"));
  EXPECT_EQ(3, options.getSize("state_size"));
  EXPECT_EQ(6, options.getSize("num_layers"));
}

TEST_F(OptionsTest, LayerNormPrecedence) {
  auto get = [&](const std::string &flag, const std::string &json, const std::string &metadata) {
    OptionSources sources;
    sources.flags = {{"embed_dim", "1"}};
    if (!flag.empty())
      sources.flags["layer_norm"] = flag;
    sources.jsonFile = folder.write("o.json", json);
    if (!metadata.empty())
      sources.metadata["axon_version"] = metadata;
    return merge(sources).getChoice("layer_norm");
  };
  EXPECT_EQ("axon-0.8.1", get("", "{}", ""));
  EXPECT_EQ("axon-0.8.0", get("", "{}", "0.8.0"));
  EXPECT_EQ("axon-0.8.1", get("", "{}", "0.8.2"));
  EXPECT_EQ("axon-0.8.1", get("", R"({"axon_version": "0.8.1"})", "0.8.0"));
  EXPECT_EQ("axon-0.8.0", get("", R"({"layer_norm": "axon-0.8.0", "axon_version": "0.9.0"})", ""));
  EXPECT_EQ("axon-0.8.0", get("axon-0.8.0", "{}", "main"));
  EXPECT_EQ("axon-0.8.0", get("", R"({"axon_version": "0.8.0"})", "0.8.1"));
  EXPECT_EQ("axon-0.8.1", get("axon-0.8.1", R"({"layer_norm": "axon-0.8.0"})", "0.8.0"));
}

TEST_F(OptionsTest, VersionsOfAxon) {
  auto parseAxonVersion = getEdifice().getKeys().implied->parse;
  for (const char *text : {"0.8.0", "v0.8.0", "V0.8.0", " 0.8.0 ", "0.8.0\n", "0.8.0-dev", "0.8.0-rc.1", "0.8.0+abc",
                           "== 0.8.0", "==0.8.0"})
    EXPECT_EQ("axon-0.8.0", parseAxonVersion(text).value_or("")) << text;
  for (const char *text : {"0.8.1", "v0.8.1", "0.8.2", "0.8.2-dev", "0.8.12", "0.8.1+abc"})
    EXPECT_EQ("axon-0.8.1", parseAxonVersion(text).value_or("")) << text;
  for (const char *text :
       {"",          "v",           "0.8",       "0",     "0.8.",  "0.8.x",  "~> 0.8.0",
        "~> 0.8",    ">= 0.8.0",    "0.8.1-dev", "0.7.0", "0.9.0", "1.8.0",  "0.8.0.1",
        "0.8.0-",    "0.8.0 0.8.1", "00.8",      "main",  "axon",  "-0.8.0", "0.8.99999999999999999999",
        "0.8.0-\x1b"})
    EXPECT_FALSE(parseAxonVersion(text)) << text;
}

TEST_F(OptionsTest, VersionsThatMeanNothing) {
  const std::string expects = "expects a version of Axon whose layer norm is known, such as 0.8.0 or 0.8.1, but got "
                              "'~> 0.8'; state the version "
                              "in mix.lock, or give --layer-norm=axon-0.8.0 or --layer-norm=axon-0.8.1\n";
  OptionSources sources;
  sources.metadataFile = "m.safetensors";
  sources.metadata = {{"axon_version", "~> 0.8"}};
  EXPECT_EQ("sst-compile: error: m.safetensors: metadata 'axon_version': " + expects, getProblems(sources));
  EXPECT_EQ("sst-compile: error: o.json:1:18: 'axon_version': " + expects,
            getJsonProblems(R"({"axon_version": "~> 0.8"})"));
  // What is stronger takes its place.
  sources.flags["layer_norm"] = "axon-0.8.0";
  EXPECT_EQ("", getProblems(sources));
}

TEST_F(OptionsTest, VersionAndLayerNormMustAgree) {
  const std::string json = R"({"layer_norm": "axon-0.8.0", "axon_version": "0.8.1"})";
  EXPECT_EQ("sst-compile: error: o.json:1:16: 'layer_norm': contradicts axon_version = '0.8.1' in o.json:1:46, which "
            "means axon-0.8.1; state one of the two\n",
            getJsonProblems(json));
  OptionSources sources;
  sources.metadataFile = "m.safetensors";
  sources.metadata = {{"axon_version", "0.8.0"}, {"layer_norm", "axon-0.8.1"}};
  EXPECT_EQ(
      "sst-compile: error: m.safetensors: metadata 'layer_norm': contradicts axon_version = 0.8.0 in the metadata, "
      "which means axon-0.8.0; state one of the two\n",
      getProblems(sources));
}

TEST_F(OptionsTest, ByteOrderMarks) {
  for (auto [mark, encoding] : {std::pair("\xef\xbb\xbf", "UTF-8"), {"\xff\xfe", "UTF-16"}, {"\xfe\xff", "UTF-16"}})
    EXPECT_EQ("sst-compile: error: o.json:1:1: starts with a byte order mark of " + std::string(encoding) +
                  "; save the text as UTF-8 without one\n",
              getJsonProblems(mark + std::string("{}")));
}

TEST_F(OptionsTest, JsonTakesNumbersAndStrings) {
  OptionSources sources;
  sources.jsonFile = folder.write("o.json", R"({"embed_dim": "12", "dropout": 0, "window_size": 5})");
  EXPECT_EQ(12, merge(sources).getSize("embed_dim"));
  EXPECT_EQ(0.0, merge(sources).getNumber("dropout"));
  EXPECT_EQ(5, merge(sources).getSize("window_size"));
}

TEST_F(OptionsTest, JsonMayBeTheMetadataOfATest) {
  EXPECT_EQ("", getJsonProblems(R"({"batch": "2", "seq_len": 8, "case": "p01", "seed": "1", "note": "", "backend": 1,
      "build_opts": "[]", "param_scheme": "x", "input_kind": null, "spikes": [], "nx_version": "0.10.0",
      "edifice_version": "0.2.0", "elixir_version": "1", "other_version": 3})"));
}

TEST_F(OptionsTest, SeqLenIsNotTheWindow) {
  OptionSources sources;
  sources.flags = {{"embed_dim", "1"}};
  sources.metadata = {{"seq_len", "8"}};
  EXPECT_EQ(60, merge(sources).getSize("window_size"));
}

TEST_F(OptionsTest, UnknownMetadataAreIgnored) {
  OptionSources sources;
  sources.metadata = {{"format", "pt"}, {"num_headz", "-1"}};
  EXPECT_EQ("", getProblems(sources));
}

TEST_F(OptionsTest, InvalidIntegers) {
  for (const char *value :
       {"0", "-1", "", "four", "4.0", " 4", "4 ", "+4", "0x4", "1e2", "1048577", "nil", "99999999999999999999999999"})
    EXPECT_EQ("sst-compile: error: command line: --hidden-size: " + range + "'" + value +
                  "'; state the hidden_size that the model was trained with\n",
              getFlagProblems("hidden_size", value));
}

TEST_F(OptionsTest, EveryIntegerOptionIsChecked) {
  for (const OptionInfo &info : getEdifice().getOptions())
    if (info.kind == OptionKind::Size) {
      std::string prefix = "sst-compile: error: command line: --" + info.flag.str() + ": expects an integer from 1 to ";
      EXPECT_EQ(0u, getFlagProblems(info.name.str(), "0").find(prefix));
      EXPECT_EQ("", getFlagProblems(info.name.str(), std::to_string(info.limit)));
      EXPECT_EQ(0u, getFlagProblems(info.name.str(), std::to_string(info.limit + 1)).find(prefix));
    }
}

TEST_F(OptionsTest, InvalidDropout) {
  for (const char *value : {"1", "1.0", "-0.5", "nan", "inf", "", "0x1p-2", "nil", "1e999"})
    EXPECT_EQ("sst-compile: error: command line: --dropout: expects a number in [0, 1), but got '" +
                  std::string(value) +
                  "'; state the dropout rate of the training, or leave it out: it has no effect on a trained model\n",
              getFlagProblems("dropout", value));
  for (const char *value : {"0", "0.0", "0.999", "1e-3"})
    EXPECT_EQ("", getFlagProblems("dropout", value));
}

TEST_F(OptionsTest, InvalidLayerNorm) {
  EXPECT_EQ("sst-compile: error: command line: --layer-norm: expects axon-0.8.0 or axon-0.8.1, but got '0.8.0'; state "
            "the release of Axon whose layer norm the model was trained with\n",
            getFlagProblems("layer_norm", "0.8.0"));
}

TEST_F(OptionsTest, InvalidMetadata) {
  OptionSources sources;
  sources.metadata = {{"num_layers", "-2"}};
  sources.metadataFile = "m.safetensors";
  EXPECT_EQ("sst-compile: error: m.safetensors: metadata 'num_layers': expects an integer from 1 to 4096, but got "
            "'-2'; state the num_layers that the model was trained with\n",
            getProblems(sources));
}

TEST_F(OptionsTest, InvalidJsonValuesNameTheirPlace) {
  EXPECT_EQ("sst-compile: error: o.json:1:15: 'embed_dim': " + range +
                "0; state the embed_dim that the model was trained with\n"
                "sst-compile: error: o.json:2:15: 'head_dim': " +
                range +
                "8.0; state the head_dim that the model was trained with\n"
                "sst-compile: error: o.json:3:17: 'state_size': " +
                range +
                "null; state the state_size that the model was trained with\n"
                "sst-compile: 3 problems\n",
            getJsonProblems("{\"embed_dim\": 0,\n \"head_dim\":  8.0,\n \"state_size\":  null}"));
}

TEST_F(OptionsTest, UnknownJsonKey) {
  EXPECT_EQ("sst-compile: error: o.json:1:15: 'num_headz': is not an option; did you mean 'num_heads'?\n",
            getJsonProblems("{\"num_headz\": 4}"));
  EXPECT_EQ("sst-compile: error: o.json:1:9: 'foo': is not an option; the options are embed_dim, hidden_size, "
            "state_size, num_layers, num_heads, head_dim, expand_factor, conv_size, dropout, window_size, layer_norm\n",
            getJsonProblems("{\"foo\": 4}"));
}

TEST_F(OptionsTest, JsonAxonVersionMustBeAString) {
  EXPECT_EQ("sst-compile: error: o.json:1:18: 'axon_version': expects a string, but got 8; write it as \"0.8.1\"\n",
            getJsonProblems("{\"axon_version\": 8}"));
  // Then it is not missing besides.
  OptionSources sources;
  sources.jsonFile = folder.write("o.json", "{\"axon_version\": 0.8}");
  Report report;
  EXPECT_TRUE(readOptionSources(getEdifice(), sources, report).isMentioned("layer_norm"));
  EXPECT_EQ(1u, report.size());
}

TEST_F(OptionsTest, JsonMustBeAnObject) {
  EXPECT_EQ("sst-compile: error: o.json: expects an object of options, but got array; write for instance "
            "{\"num_heads\": 4, \"head_dim\": 64}\n",
            getJsonProblems("[]"));
}

TEST_F(OptionsTest, BrokenJson) {
  EXPECT_EQ("sst-compile: error: o.json:2:1: expects a value, but got the end of the text\n", getJsonProblems("[\n"));
  EXPECT_NE("", getJsonProblems(std::string(100000, '[')));
  EXPECT_NE("", getJsonProblems(R"({"num_heads": 1, "num_heads": 2})"));
}

TEST_F(OptionsTest, MissingJsonFile) {
  OptionSources sources;
  sources.jsonFile = folder.file("none.json");
  EXPECT_EQ("sst-compile: error: none.json: cannot be opened: No such file or directory\n", getProblems(sources));
}

TEST_F(OptionsTest, InvalidValuesThatLoseAreReportedToo) {
  OptionSources sources;
  sources.flags = {{"num_heads", "4"}};
  sources.metadata = {{"num_heads", "0"}};
  sources.metadataFile = "m.safetensors";
  EXPECT_EQ("sst-compile: error: m.safetensors: metadata 'num_heads': expects an integer from 1 to 4096, but got '0'; "
            "state the num_heads that the model was trained with\n",
            getProblems(sources));
}

TEST_F(OptionsTest, AnInvalidValueHidesWeakerOnes) {
  OptionSources sources;
  sources.flags = {{"num_heads", "x"}};
  sources.metadata = {{"num_heads", "4"}};
  Report report;
  StatedOptions stated = readOptionSources(getEdifice(), sources, report);
  EXPECT_FALSE(stated.find("num_heads"));
  EXPECT_TRUE(stated.isMentioned("num_heads"));
  EXPECT_FALSE(stated.isMentioned("head_dim"));
}

TEST_F(OptionsTest, EmbedDimHasNoDefault) {
  Report report;
  mergeOptions(readOptionSources(getEdifice(), {}, report), report);
  EXPECT_EQ("sst-compile: error: command line: --embed-dim: is missing and has no default; give --embed-dim=N, or "
            "\"embed_dim\" in the file of --options\n",
            report.str());
  EXPECT_EQ(2, report.getExitCode());
}

TEST_F(OptionsTest, TooManyWeights) {
  OptionValues options(getEdifice());
  options.setSize("embed_dim", 256);
  options.setSize("hidden_size", 1 << 20);
  options.setSize("expand_factor", 4096);
  Report report;
  checkModelSize(options, "m.safetensors", /*usage=*/false, report);
  EXPECT_EQ("sst-compile: error: m.safetensors: hidden_size = 1048576, num_layers = 6: gives a model of more than "
            "2147483648 weights; the largest one, 'sst_block_1_ssm_dt_proj.kernel', has shape [4294967296, "
            "4294967296]; state smaller sizes\n",
            report.str());
}

TEST_F(OptionsTest, ManySmallBlocksAreTooMany) {
  OptionValues options(getEdifice());
  options.setSize("embed_dim", 256);
  options.setSize("hidden_size", 256);
  options.setSize("num_layers", 4096);
  Report report;
  checkModelSize(options, "", /*usage=*/true, report);
  EXPECT_EQ(2, report.getExitCode());
  options.setSize("num_layers", 1000);
  Report good;
  checkModelSize(options, "", /*usage=*/true, good);
  EXPECT_EQ("", good.str());
}

TEST_F(OptionsTest, TextReadsBack) {
  OptionValues options(getEdifice());
  options.setNumber("dropout", 1.0 / 3);
  EXPECT_EQ("0.3333333333333333", options.getText("dropout"));
  EXPECT_EQ("axon-0.8.1", options.getText("layer_norm"));
  EXPECT_EQ("256", options.getText("hidden_size"));
}
