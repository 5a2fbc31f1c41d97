//===- LoadModel.cpp - from the command line and files to a model -----------------------------------------------===//

#include "sst/Compiler/Import.h"

#include "sst/Compiler/Family.h"
#include "sst/Runtime/sst_runtime.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace sst;
using llvm::StringRef;
using llvm::Twine;

static std::string chooseName(const FrontendOptions &options, Report &report) {
  if (!options.name) {
    llvm::SmallString<256> path(options.inputFile);
    // `.` and `..` name nothing.
    if (llvm::sys::fs::is_directory(path) && !llvm::sys::fs::make_absolute(path))
      llvm::sys::path::remove_dots(path, /*remove_dot_dot=*/true);
    return path.empty() ? "model" : deriveModelName(path);
  }
  checkModelName(*options.name, report);
  return *options.name;
}

/// The family of the model, whose options the flags must be.
static const Family &findFamilyOf(const FrontendOptions &options, const sst_safetensors *file, Report &report) {
  const Family &family = chooseFamily(options, file, report);
  for (const OptionInfo *info : getAllOptions(options.families))
    if (options.flags.count(info->name.str()) && !findOption(family, info->name))
      report.addUsage("--" + info->flag, "is no option of family '" + family.getName() + "'", "leave it out");
  return family;
}

static std::optional<Model> makeRandomModel(const FrontendOptions &options, const OptionSources &sources,
                                            Report &report) {
  uint64_t seed = 0;
  StringRef text = *options.randomWeights;
  if (text.empty() || text.find_first_not_of("0123456789") != StringRef::npos || text.getAsInteger(10, seed))
    report.addUsage("--random-weights", "expects an integer from 0 to 18446744073709551615, but got " + quote(text),
                    "give for instance --random-weights=1");
  const Family &family = findFamilyOf(options, /*file=*/nullptr, report);
  OptionValues modelOptions = mergeOptions(readOptionSources(family, sources, report), report);
  if (!report.empty())
    return std::nullopt;
  checkModelSize(modelOptions, "", /*usage=*/true, report);
  if (report.empty())
    checkWeightBytes(getWeightBytes(modelOptions, options.weightStorage), options, report);
  if (!report.empty())
    return std::nullopt;
  Model model;
  model.options = modelOptions;
  model.weights = makeRandomWeights(modelOptions, seed);
  model.weightsDigest = computeWeightsDigest(model.weights);
  return model;
}

/// What the metadata of a file state. The shards of a checkpoint must not contradict each other about options.
static std::map<std::string, std::string> readMetadata(const Family &family, const sst_safetensors &file,
                                                       StringRef path, Report &report) {
  std::map<std::string, std::string> metadata;
  const char *key, *value;
  for (size_t i = 0; sst_safetensors_metadata(&file, i, &key, &value); ++i) {
    auto [entry, isNew] = metadata.emplace(key, value);
    const std::optional<ImpliedOption> &implied = family.getKeys().implied;
    bool isOption = (implied && implied->key == entry->first) || findOption(family, entry->first);
    if (!isNew && isOption && entry->second != value)
      report.add(path, "metadata '" + entry->first + "'",
                 "is " + quote(entry->second) + " in one file of the checkpoint, but " + quote(value) + " in another",
                 "write the checkpoint again");
  }
  return metadata;
}

static std::optional<Model> readModel(const FrontendOptions &options, OptionSources sources, Report &report) {
  sst_report_t problems = {};
  llvm::scope_exit freeProblems([&] { sst_report_free(&problems); });
  sst_safetensors_t *file = nullptr;
  llvm::scope_exit freeFile([&] { sst_safetensors_free(file); });
  if (options.inputFile == "-") {
    report.addUsage("input", "expects the name of a file, but got '-', and weights are not read from standard input",
                    "write them to a file");
    readOptionSources(findFamilyOf(options, /*file=*/nullptr, report), sources, report);
    return std::nullopt;
  }
  bool good = sst_safetensors_open(options.inputFile.c_str(), &file, &problems) == SST_STATUS_OK &&
              (sst_safetensors_path_count(file) > 1 ||
               sst_safetensors_check_whole(sst_safetensors_path(file, 0), &problems) == SST_STATUS_OK);
  if (!good) {
    report.add(options.inputFile, problems);
    readOptionSources(findFamilyOf(options, /*file=*/nullptr, report), sources, report);
    return std::nullopt;
  }
  const Family &family = findFamilyOf(options, file, report);
  sources.metadata = readMetadata(family, *file, options.inputFile, report);
  sources.metadataFile = options.inputFile;
  StatedOptions stated = readOptionSources(family, sources, report);
  std::optional<Model> model = readWeights(*file, options.inputFile, stated, options.names, report);
  for (size_t i = 0; model && i < sst_safetensors_path_count(file); ++i)
    model->files.push_back(sst_safetensors_path(file, i));
  if (model)
    checkWeightBytes(getWeightBytes(model->options, options.weightStorage), options, report);
  return model;
}

std::optional<Model> sst::loadModel(const FrontendOptions &options, Report &report) {
  size_t problemsBefore = report.size();
  std::string name = chooseName(options, report);
  // The command line may have named something that is no file.
  bool isReported = llvm::any_of(report.getProblems(), [](const Problem &problem) { return problem.place == "input"; });
  bool hasNoInput = options.inputFile.empty() && !isReported;
  if (hasNoInput && !options.randomWeights)
    report.addUsage("input", "is missing", "name a safetensors file, or give --random-weights=SEED");
  if (!options.inputFile.empty() && options.randomWeights)
    report.addUsage("--random-weights", "takes the place of a weights file, but got " + quote(options.inputFile),
                    "give one of the two");
  if (hasNoInput && options.names.prefix)
    report.addUsage("--tensor-prefix", "says how a weights file names its tensors, but there is none", "leave it out");
  if (hasNoInput && !options.names.ignored.empty())
    report.addUsage("--ignore", "says what a weights file may hold, but there is none", "leave it out");
  OptionSources sources;
  sources.flags = options.flags;
  sources.jsonFile = options.jsonFile;
  std::optional<Model> model;
  if (!options.inputFile.empty())
    model = readModel(options, std::move(sources), report);
  else if (options.randomWeights)
    model = makeRandomModel(options, sources, report);
  else
    readOptionSources(findFamilyOf(options, /*file=*/nullptr, report), sources, report);
  if (report.size() != problemsBefore || !model)
    return std::nullopt;
  model->name = std::move(name);
  int64_t windowRows = model->options.getSize(model->options.getFamily().getRoles().windowRows);
  model->stream = {options.maxRows.value_or(windowRows), options.rollback.value_or(0),
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
