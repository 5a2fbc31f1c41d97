/*
 * Machine.h - what this machine can do: the largest number of multiply-adds and the largest read bandwidths seen in
 * this run, and the threads that both the measurement and the models use.
 */
#ifndef SST_TOOLS_SST_BENCHMARK_MACHINE_H
#define SST_TOOLS_SST_BENCHMARK_MACHINE_H

#include "Cases.h"

#include "common/Team.h"

#include "machine_peaks.h"

#include <map>

namespace sst {

class Machine {
public:
  /// By number of threads.
  using Peaks = std::map<size_t, sst_machine_peaks_t>;

  /// Starts the threads that the cases need, pinned as the options say, and pins the calling one. Null, and a message
  /// in `report`, if that fails.
  static std::unique_ptr<Machine> create(const BenchmarkOptions &options, const std::vector<Case> &cases,
                                         sst_report_t *report);

  /// The threads of calls with this number of them.
  Team &team(size_t threads) { return *teams.at(threads); }

  /// Measures what as many threads can do at the same time, with the vectors of the case's variant, and keeps the best.
  /// False, and a message in `report`, if that fails.
  bool measure(const Case &item, sst_report_t *report);

  /// The best of all measurements so far for this variant and number of threads, of all threads together.
  const sst_machine_peaks_t &peaks(const Case &item) const { return best.at(item.variant).at(item.threads); }
  /// All of them. Not empty once something was measured.
  const std::map<sst_variant_t, Peaks> &allPeaks() const { return best; }

  const std::string &cpu() const { return cpuName; }
  /// The CPU of each thread; empty if threads are not pinned.
  const std::vector<uint32_t> &cpus() const { return pinned; }

private:
  std::string cpuName;
  std::vector<uint32_t> pinned;
  std::map<size_t, std::unique_ptr<Team>> teams;
  std::map<sst_variant_t, Peaks> best;
};

} // namespace sst

#endif // SST_TOOLS_SST_BENCHMARK_MACHINE_H
