/*
 * Cases.h - the combinations that the command line asks for, each checked before anything is timed.
 */
#ifndef SST_TOOLS_SST_BENCHMARK_CASES_H
#define SST_TOOLS_SST_BENCHMARK_CASES_H

#include "Options.h"

#include "common/Artefact.h"

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
  size_t batch, rows, threads;

  /// "policy.so/window/batch:1/rows:60/threads:1/x86-64-v3"
  std::string name() const;
  const sst_artefact_t &functions() const { return *model->artefact.functions(); }
  const sst_info_t &info() const { return model->artefact.info; }
  /// What the call does, in order; there is none in artefacts of other generators.
  const sst_op_t *ops() const { return mode == Mode::Window ? info().window_ops : info().sequence_ops; }
  size_t opCount() const { return mode == Mode::Window ? info().window_op_count : info().sequence_op_count; }
  size_t inputFloats() const { return batch * rows * info().embed_dim; }
  size_t outputFloats() const { return batch * (mode == Mode::Window ? 1 : rows) * info().hidden_size; }
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
