//===- LoadModel.cpp - from the command line and files to a model -----------------------------------------------===//

#include "sst/Compiler/Import.h"

#include "sst/Runtime/sst_runtime.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace sst;
using llvm::StringRef;
using llvm::Twine;

static constexpr size_t maxNameLength = 64;

bool sst::isModelName(StringRef name) {
  if (name.empty() || name.size() > maxNameLength || llvm::isDigit(name.front()))
    return false;
  return llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

std::string sst::deriveModelName(StringRef path) {
  std::string name = llvm::sys::path::stem(path).take_front(maxNameLength - 1).str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  if (name.empty() || llvm::isDigit(name.front()))
    name.insert(name.begin(), '_');
  return name;
}

static std::string chooseName(const FrontendOptions &options, Report &report) {
  if (!options.name)
    return options.inputFile.empty() ? "model" : deriveModelName(options.inputFile);
  if (!isModelName(*options.name))
    report.addUsage("--name",
                    "expects letters, digits and '_', at most " + Twine(maxNameLength) +
                        " of them and no digit in front, but got " + quote(*options.name),
                    "give for instance --name=policy");
  return *options.name;
}

static std::optional<Model> makeRandomModel(const FrontendOptions &options, const OptionSources &sources,
                                            Report &report) {
  uint64_t seed = 0;
  StringRef text = *options.randomWeights;
  if (text.empty() || text.find_first_not_of("0123456789") != StringRef::npos || text.getAsInteger(10, seed))
    report.addUsage("--random-weights", "expects an integer from 0 to 18446744073709551615, but got " + quote(text),
                    "give for instance --random-weights=1");
  ModelOptions modelOptions = mergeOptions(readOptionSources(sources, report), report);
  if (!report.empty())
    return std::nullopt;
  checkModelSize(modelOptions, "", /*usage=*/true, report);
  if (!report.empty())
    return std::nullopt;
  Model model;
  model.options = modelOptions;
  model.weights = makeRandomWeights(modelOptions, seed);
  model.weightsDigest = computeWeightsDigest(model.weights);
  return model;
}

static std::optional<Model> readModel(const FrontendOptions &options, OptionSources sources, Report &report) {
  sst_report_t problems = {};
  llvm::scope_exit freeProblems([&] { sst_report_free(&problems); });
  sst_safetensors_t *file = nullptr;
  if (sst_safetensors_open(options.inputFile.c_str(), &file, &problems) != SST_STATUS_OK) {
    report.add(options.inputFile, problems);
    readOptionSources(sources, report);
    return std::nullopt;
  }
  llvm::scope_exit freeFile([&] { sst_safetensors_free(file); });
  const char *key, *value;
  for (size_t i = 0; sst_safetensors_metadata(file, i, &key, &value); ++i)
    sources.metadata.emplace(key, value);
  sources.metadataFile = options.inputFile;
  StatedOptions stated = readOptionSources(sources, report);
  return readWeights(*file, options.inputFile, stated, report);
}

std::optional<Model> sst::loadModel(const FrontendOptions &options, Report &report) {
  size_t problemsBefore = report.size();
  std::string name = chooseName(options, report);
  if (options.inputFile.empty() && !options.randomWeights)
    report.addUsage("input", "is missing", "name a safetensors file, or give --random-weights=SEED");
  if (!options.inputFile.empty() && options.randomWeights)
    report.addUsage("--random-weights", "takes the place of a weights file, but got " + quote(options.inputFile),
                    "give one of the two");
  OptionSources sources;
  sources.flags = options.flags;
  sources.jsonFile = options.jsonFile;
  std::optional<Model> model;
  if (!options.inputFile.empty())
    model = readModel(options, std::move(sources), report);
  else if (options.randomWeights)
    model = makeRandomModel(options, sources, report);
  else
    readOptionSources(sources, report);
  if (report.size() != problemsBefore || !model)
    return std::nullopt;
  model->name = std::move(name);
  model->stream = {options.maxRows.value_or(model->options.windowSize), options.rollback.value_or(0),
                   options.cold.value_or(Cold::Short), options.attentionWindow};
  if (model->stream.rollback > model->stream.maxRows) {
    report.addUsage("--rollback",
                    "expects at most max_rows, " + Twine(model->stream.maxRows) + ", but got " +
                        Twine(model->stream.rollback),
                    "give a larger --max-rows or a smaller --rollback");
    return std::nullopt;
  }
  model->weightStorage = options.weightStorage;
  if (model->weightStorage == Storage::BF16)
    roundWeights(model->options, model->weights, options.inputFile, report);
  if (report.size() != problemsBefore)
    return std::nullopt;
  return model;
}
