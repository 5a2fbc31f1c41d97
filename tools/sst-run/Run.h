/*
 * Run.h - loads, runs, times and compares; prints nothing.
 */
#ifndef SST_TOOLS_SST_RUN_RUN_H
#define SST_TOOLS_SST_RUN_RUN_H

#include "Compare.h"
#include "Drift.h"
#include "Plan.h"

#include "common/Artefact.h"
#include "common/Profile.h"

namespace sst {

/// What came out of a run.
struct RunResult {
  Artefact artefact;
  sst_variant_t variant = SST_VARIANT_AUTO; ///< that ran
  size_t batch = 0, rows = 0;
  Plan plan; ///< the calls of each run
  std::unique_ptr<float, MemoryDeleter> output;
  std::vector<size_t> shape;        ///< of `output`
  std::vector<double> milliseconds; ///< of what plan.timed says, in the timed runs, sorted
  Profile profile;                  ///< with --profile
  bool compared = false;
  bool comparedLastRows = false; ///< the last row of each sequence, not every row
  std::vector<size_t> comparedShape;
  Comparison comparison;
  Drift drift; ///< with --drift
};

/// Does what `options` say, except for writing files. False if something went wrong, which `report` then says; a
/// comparison that fails is not an error here.
bool runModel(const RunOptions &options, RunResult &result, sst_report_t *report);

/// Writes the output to options.output. False and a message in `report` if that fails; then there is no file.
bool writeOutput(const RunOptions &options, const RunResult &result, sst_report_t *report);

} // namespace sst

#endif // SST_TOOLS_SST_RUN_RUN_H
