/*
 * Rates.cpp - the quotients.
 */
#include "Rates.h"

#include <limits>

namespace sst {

static double quotient(double a, double b) { return b > 0 ? a / b : std::numeric_limits<double>::quiet_NaN(); }

Rates ratesOf(const Machine &machine, const Measurement &measurement, const Work &work, double milliseconds) {
  const sst_machine_peaks_t &peaks = machine.peaks(measurement.item);
  sst_memory_level_t level = sst_level_of(&peaks, double(measurement.memoryBytes));
  double seconds = measurement.hasWork ? milliseconds / 1e3 : 0;
  Rates rates;
  rates.level = sst_memory_level_name(level);
  rates.gflops = quotient(work.flops / 1e9, seconds);
  rates.percentOfPeak = quotient(100e9 * rates.gflops, peaks.flops);
  rates.gbPerSecond = quotient(work.allBytes() / 1e9, seconds);
  rates.percentOfRead = quotient(100e9 * rates.gbPerSecond, peaks.read[level]);
  return rates;
}

Rates ratesOf(const Machine &machine, const Measurement &measurement) {
  Work work = measurement.work;
  // The weights are what a step has to read from where they are; its activations stay in the first level.
  if (measurement.item.streams())
    work.bytes = 0;
  return ratesOf(machine, measurement, work, quantile(measurement.milliseconds, 0.5));
}

} // namespace sst
