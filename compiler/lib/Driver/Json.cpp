//===- Json.cpp - the description of a compiled model -----------------------------------------------------------===//

#include "sst/Compiler/Artifact.h"
#include "sst/Compiler/Family.h"
#include "sst/Runtime/sst_abi.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace sst;
using llvm::StringRef;

static void writeOptions(llvm::json::OStream &json, const OptionValues &options) {
  json.attributeObject("options", [&] {
    for (const OptionInfo &option : options.getFamily().getOptions()) {
      json.attributeBegin(option.name);
      // A number as the user wrote it: 0.1, not 0.10000000000000001.
      if (option.kind == OptionKind::Choice)
        json.value(options.getText(option.name));
      else
        json.rawValue(options.getText(option.name));
      json.attributeEnd();
    }
  });
}

static void writeShapes(llvm::json::OStream &json, const OptionValues &options) {
  OptionRoles roles = options.getFamily().getRoles();
  int64_t inputs = options.getSize(roles.inputSize), outputs = options.getSize(roles.outputSize);
  auto shape = [&](StringRef name, bool rows, int64_t channels) {
    json.attributeArray(name, [&] {
      json.value("batch");
      if (rows)
        json.value("rows");
      json.value(channels);
    });
  };
  json.attributeObject("shapes", [&] {
    shape("input", true, inputs);
    shape("window_output", false, outputs);
    shape("sequence_output", true, outputs);
    shape("prefill_output", false, outputs);
    shape("step_output", false, outputs);
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
    writeOptions(json, info.options);
    writeShapes(json, info.options);
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
