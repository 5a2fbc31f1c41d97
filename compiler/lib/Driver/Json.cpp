//===- Json.cpp - the description of a compiled model -----------------------------------------------------------===//

#include "sst/Compiler/Artifact.h"
#include "sst/Runtime/sst_abi.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace sst;
using llvm::StringRef;

static void writeOptions(llvm::json::OStream &json, const ModelOptions &options) {
  json.attributeObject("options", [&] {
    for (const OptionInfo &option : getOptionInfos()) {
      json.attributeBegin(option.name);
      // A number as the user wrote it: 0.1, not 0.10000000000000001.
      if (option.option == Option::LayerNorm)
        json.value(getOptionText(options, option.option));
      else
        json.rawValue(getOptionText(options, option.option));
      json.attributeEnd();
    }
  });
}

static void writeShapes(llvm::json::OStream &json, const ModelOptions &options) {
  auto shape = [&](StringRef name, bool rows, int64_t channels) {
    json.attributeArray(name, [&] {
      json.value("batch");
      if (rows)
        json.value("rows");
      json.value(channels);
    });
  };
  json.attributeObject("shapes", [&] {
    shape("input", true, options.embedDim);
    shape("window_output", false, options.hiddenSize);
    shape("sequence_output", true, options.hiddenSize);
    shape("prefill_output", false, options.hiddenSize);
    shape("step_output", false, options.hiddenSize);
  });
}

static void writeStream(llvm::json::OStream &json, const ModelInfo &model) {
  json.attributeObject("stream", [&] {
    json.attribute("max_rows", model.stream.maxRows);
    json.attribute("rollback", model.stream.rollback);
    json.attribute("attention_window", model.stream.attentionWindow.value_or(0));
    json.attribute("cold", stringifyCold(model.stream.cold));
    json.attribute("state_bytes", model.stateBytes);
    json.attribute("state_alignment", SST_STATE_ALIGNMENT);
  });
}

static void writeWeights(llvm::json::OStream &json, const ArtifactInfo &info) {
  json.attributeObject("weights", [&] {
    json.attribute("digest", info.model.weightsDigest);
    json.attribute("tensor_prefix", info.model.tensorPrefix);
    json.attribute("parameters", info.model.parameters);
    json.attribute("storage", stringifyStorage(info.model.weightStorage));
    json.attribute("packed_bytes", info.weightsBytes);
    json.attribute("embedded", true);
  });
}

static void writeWorkspace(llvm::json::OStream &json, const ArtifactInfo &info) {
  json.attributeObject("workspace", [&] {
    json.attribute("alignment", SST_WORKSPACE_ALIGNMENT);
    json.attribute("row_bytes", info.workspace.rowBytes);
    json.attribute("sequence_bytes", info.workspace.sequenceBytes);
    json.attribute("fixed_bytes", info.workspace.fixedBytes);
    json.attribute("thread_bytes", info.workspace.threadBytes);
    json.attribute("group_rows", kGroupRows);
    if (auto bytes = getWindowWorkspaceBytes(info))
      json.attribute("window_bytes", *bytes);
  });
}

std::string sst::makeJson(const ArtifactInfo &info) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream, /*IndentSize=*/2);
  const std::string &name = info.model.name;
  json.object([&] {
    json.attribute("name", name);
    json.attribute("compiler_version", info.model.compilerVersion);
    json.attribute("abi_version", SST_ABI_VERSION);
    json.attribute("kind", info.kind);
    json.attributeArray("targets", [&] {
      for (const std::string &variant : info.variants)
        json.value(variant);
    });
    json.attribute("numerics", "strict");
    writeOptions(json, info.model.options);
    writeShapes(json, info.model.options);
    writeStream(json, info.model);
    writeWeights(json, info);
    writeWorkspace(json, info);
    json.attributeObject("entry_points", [&] {
      for (StringRef entry : getEntryPoints())
        json.attribute(entry, name + "_" + entry.str());
      json.attribute("artefact", name + "_artefact");
    });
  });
  stream << "\n";
  return text;
}
