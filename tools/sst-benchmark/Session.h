/*
 * Session.h - runs all combinations with Google Benchmark, which decides how many calls are made; the speed of the
 * machine is measured before and after each of its runs.
 */
#ifndef SST_TOOLS_SST_BENCHMARK_SESSION_H
#define SST_TOOLS_SST_BENCHMARK_SESSION_H

#include "Machine.h"
#include "Measure.h"

namespace sst {

/// Runs `cases` in order. False, with messages in `report`, if one fails; the others after it are then left out.
bool runCases(const BenchmarkOptions &options, const std::vector<Case> &cases, Machine &machine,
              std::vector<Measurement> &results, sst_report_t *report);

} // namespace sst

#endif // SST_TOOLS_SST_BENCHMARK_SESSION_H
