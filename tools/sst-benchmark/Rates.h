/*
 * Rates.h - work and time against what the machine can do.
 */
#ifndef SST_TOOLS_SST_BENCHMARK_RATES_H
#define SST_TOOLS_SST_BENCHMARK_RATES_H

#include "Machine.h"
#include "Measure.h"

namespace sst {

/// All quantities are NaN where there is no work to compare or nothing was measured.
struct Rates {
  double gflops;        ///< 10^9 flops per second
  double percentOfPeak; ///< of the multiply-adds that as many threads can do
  double gbPerSecond;   ///< 10^9 bytes per second; of a whole step, bytes of weights alone
  double percentOfRead; ///< of what as many threads can read from `level`
  std::string level;    ///< of the memory hierarchy: the first that holds the threads' shares of all memory of a call
};

/// The rates at which `work` is done in `milliseconds` in a call of this measurement.
Rates ratesOf(const Machine &machine, const Measurement &measurement, const Work &work, double milliseconds);
/// Those of the whole call at the median time.
Rates ratesOf(const Machine &machine, const Measurement &measurement);

} // namespace sst

#endif // SST_TOOLS_SST_BENCHMARK_RATES_H
