/*
 * Profile.h - how long each op of a model took, and how long this machine would need at its best.
 */
#ifndef SST_TOOLS_COMMON_PROFILE_H
#define SST_TOOLS_COMMON_PROFILE_H

#include "common/Statistics.h"

#include "machine_peaks.h"

namespace sst {

/// One op, or a phase of several.
struct OpProfile {
  const char *name = "", *kernel = ""; ///< of the artefact
  uint32_t phase = 0;
  Work work;                          ///< of a whole call, or of all that are measured together
  double measured = 0, predicted = 0; ///< seconds; measured is the time of all threads divided by their number

  /// Floating-point operations per second.
  double rate() const { return measured > 0 ? work.flops / measured : 0; }
  void add(const OpProfile &other);
};

/// Collects the ticks of calls. Between begin() and end() the profiled calls run, one after the other.
class Profile {
public:
  /// Only so many calls count.
  static constexpr size_t mostCalls = 10000;

  /// Returns how many numbers sst_call_t::profile must have room for. The artefact must outlive the profile.
  size_t begin(const sst_info_t &info, const sst_function_t &function, size_t threadCount);

  /// Adds what one call measured, or several together; of more than `mostCalls` times the first ones count.
  void add(const std::vector<uint64_t> &ticks);

  /// Computes all that is below. `calls` are those that were added together.
  void end(const sst_machine_peaks_t &machine, const std::vector<CallSize> &calls);

  sst_machine_peaks_t peaks{};
  std::vector<OpProfile> ops;
  std::vector<OpProfile> phases; ///< sums of the ops of one phase, in order
  double waiting = 0;            ///< seconds that the threads waited for each other, divided by their number

private:
  const sst_info_t *model = nullptr;
  sst_function_t table{};
  size_t threads = 1;
  std::vector<std::vector<uint64_t>> samples; ///< for each op, and then for waiting: ticks of all threads in each call
  uint64_t startTick = 0;
  double startTime = 0;
};

} // namespace sst

#endif // SST_TOOLS_COMMON_PROFILE_H
