/*
 * Measure.h - the calls of one combination: memory, checks, times. What is not here: how often and in which order calls
 * are made (Session.h), and what this machine could do (Machine.h).
 */
#ifndef SST_TOOLS_SST_BENCHMARK_MEASURE_H
#define SST_TOOLS_SST_BENCHMARK_MEASURE_H

#include "Cases.h"
#include "Streams.h"

#include "common/Profile.h"
#include "common/Team.h"

namespace sst {

/// What came out for one combination.
struct Measurement {
  Case item;
  std::vector<double> milliseconds; ///< of the timed calls; sorted by finish()
  uint64_t pageFaults = 0;          ///< from the first timed call of each round to the last
  uint64_t allocations = 0;         ///< during the timed calls
  size_t memoryBytes = 0;           ///< weights, input, output, workspace and states of a call
  Work work;
  bool hasWork = false; ///< whether the artefact says what work it does
  Profile profile;      ///< with --phases
};

/// Calls a model over the same random input again and again.
class Measurer {
public:
  /// `team` and the model must outlive the measurer.
  Measurer(const Case &item, Team &team, sst_report_t *report);

  /// Allocates and touches all memory, and makes the first call, whose output is what later ones are compared with.
  bool prepare();
  /// Before `count` timed calls, which are counted together with those so far if `keep` says so, and otherwise alone.
  /// Makes two calls that do not count, into an output that was overwritten.
  bool beginRound(size_t count, bool keep);
  /// After them.
  void endRound();
  /// One timed call; its time goes to the result, and with that of what had to be done for it in front to `seconds`.
  bool timedCall(double &seconds);
  /// Makes calls for about `seconds` that time their ops.
  bool profileOps(double seconds, const sst_machine_peaks_t &peaks);
  /// Sorts the times, computes the rest and checks that the calls allocated nothing. Releases the memory.
  bool finish();

  const Measurement &result() const { return measurement; }

private:
  Measurement measurement;
  Team &team;
  sst_report_t *report;
  std::unique_ptr<void, MemoryDeleter> input, output, reference, workspace;
  size_t outputBytes = 0, workspaceBytes = 0;
  uint64_t faultsBefore = 0; ///< at the beginning of the round
  sst_call_t call{};
  Streams streams; ///< in modes step and ahead

  bool fail(sst_status_t status, const std::string &what);
  bool arrange();
  bool run();
  bool sameOutput();
  bool allocate();
  bool sameEnvironment(unsigned before, unsigned after) const;
  bool checkEnvironment();
};

} // namespace sst

#endif // SST_TOOLS_SST_BENCHMARK_MEASURE_H
