/*
 * Profile.h - how long each op of a model took, and how long this machine would need at its best.
 */
#ifndef SST_TOOLS_SST_RUN_PROFILE_H
#define SST_TOOLS_SST_RUN_PROFILE_H

#include "machine_peaks.h"

#include "sst/Runtime/sst_abi.h"

#include <vector>

namespace sst {

/// One op, or a phase of several.
struct OpProfile {
  const char *name = "", *kernel = ""; ///< of the artefact
  uint32_t phase = 0;
  double flops = 0, bytes = 0;        ///< of a whole call; the bytes with those of weights
  double measured = 0, predicted = 0; ///< seconds; measured is the time of all threads divided by their number

  /// Floating-point operations per second.
  double rate() const { return measured > 0 ? flops / measured : 0; }
  void add(const OpProfile &other);
};

/// Collects the ticks of calls. Between begin() and end() the timed calls run, one after the other.
class Profile {
public:
  /// Returns how many numbers sst_call_t::profile must have room for.
  size_t begin(const sst_info_t &info, bool sequence, size_t threadCount);

  /// Adds what one call measured. Only the first 10000 calls count.
  void add(const std::vector<uint64_t> &ticks);

  /// Computes all that is below.
  void end(const sst_machine_peaks_t &machine, size_t batch, size_t rows, uint64_t weightsBytes);

  sst_machine_peaks_t peaks{};
  std::vector<OpProfile> ops;
  std::vector<OpProfile> phases; ///< sums of the ops of one phase, in order
  double waiting = 0;            ///< seconds that the threads waited for each other, divided by their number

private:
  std::vector<sst_op_t> table;
  size_t threads = 1;
  std::vector<std::vector<uint64_t>> samples; ///< for each op, and then for waiting: ticks of all threads in each call
  uint64_t startTick = 0;
  double startTime = 0;
};

} // namespace sst

#endif // SST_TOOLS_SST_RUN_PROFILE_H
