/*
 * Options.h - the command line of sst-benchmark. Nothing is opened or loaded here.
 */
#ifndef SST_TOOLS_SST_BENCHMARK_OPTIONS_H
#define SST_TOOLS_SST_BENCHMARK_OPTIONS_H

#include "common/Mode.h"

#include "sst/Runtime/sst_runtime.h"

#include <string>
#include <vector>

namespace sst {

/// What to run: every artefact with every combination of the lists.
struct BenchmarkOptions {
  std::vector<std::string> artefacts; ///< paths
  std::vector<size_t> batches, threads;
  std::vector<size_t> rows; ///< empty: the window size of each model
  std::vector<Mode> modes;
  std::vector<sst_variant_t> variants;
  std::vector<uint32_t> cpus; ///< to pin threads to, in this order; empty: those the program may use
  double minTime = 1;         ///< seconds of timed calls of one combination, at least
  std::string filter;         ///< POSIX extended expression over the names of combinations; empty: all
  std::string json;           ///< path of the file to write; empty: none
  bool phases = false;        ///< also time every op
  bool help = false, version = false;
};

/// Text that --help prints.
extern const char benchmarkHelpText[];

/// Reads the command line. Adds every problem in it to `report`, so that a caller checks the report's count. With
/// --help or --version nothing else is required.
BenchmarkOptions parseBenchmarkOptions(int argc, char **argv, sst_report_t *report);

} // namespace sst

#endif // SST_TOOLS_SST_BENCHMARK_OPTIONS_H
