/*
 * Cases.h - the combinations that the command line asks for, each checked before anything is timed.
 */
#ifndef SST_TOOLS_SST_BENCHMARK_CASES_H
#define SST_TOOLS_SST_BENCHMARK_CASES_H

#include "Options.h"

#include "common/Artefact.h"
#include "common/Statistics.h"

namespace sst {

/// A model to benchmark.
struct BenchmarkModel {
  Artefact artefact;
  std::string label; ///< the file's name, with as many folders as make it different from the others
};

/// One combination.
struct Case {
  const BenchmarkModel *model;
  sst_variant_t variant; ///< that runs, never SST_VARIANT_AUTO
  Mode mode;
  size_t batch, rows, threads; ///< rows of each sequence; of a stream: after the call

  /// "policy.so/window/batch:1/rows:60/threads:1/x86-64-v3"
  std::string name() const;
  const sst_artefact_t &functions() const { return *model->artefact.functions(); }
  const sst_info_t &info() const { return model->artefact.info; }
  /// What is timed.
  sst_run_fn entry() const;
  /// The function that runs: an index into sst_info_t::functions.
  uint32_t functionNumber() const {
    return mode == Mode::Window     ? SST_FUNCTION_WINDOW
           : mode == Mode::Sequence ? SST_FUNCTION_SEQUENCE
                                    : SST_FUNCTION_STEP;
  }
  /// What the call does, in order; there is none in artefacts of other generators.
  const sst_function_t &function() const { return info().functions[functionNumber()]; }
  size_t inputFloats() const { return batch * rows * info().embed_dim; }
  size_t outputFloats() const { return batch * (mode == Mode::Sequence ? rows : 1) * info().hidden_size; }
  /// Whether the call adds a row to streams.
  bool streams() const { return addsRow(mode); }
  /// The rows that the timed call gets of each sequence.
  size_t callRows() const { return streams() ? 1 : rows; }
  CallSize callSize() const {
    return {batch, callRows(), rows - callRows(), attentionWindowOf(info(), functionNumber())};
  }
};

/// Short names for files: the shortest endings of the paths, in whole folders, that differ from each other.
std::vector<std::string> shortLabels(const std::vector<std::string> &paths);

/// Loads every artefact. False, and every problem in `report`, if one cannot be used.
bool loadModels(const BenchmarkOptions &options, std::vector<BenchmarkModel> &models, sst_report_t *report);

/// All combinations that the filter lets through, model by model. `models` must outlive the result. A problem with one,
/// or that there is none, is in `report`; the caller checks its count.
std::vector<Case> makeCases(const BenchmarkOptions &options, const std::vector<BenchmarkModel> &models,
                            sst_report_t *report);

} // namespace sst

#endif // SST_TOOLS_SST_BENCHMARK_CASES_H
