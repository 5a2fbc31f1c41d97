/*
 * Profile.cpp - ticks of the clock that calls read to seconds, and sums.
 */
#include "common/Profile.h"

#include <algorithm>
#include <chrono>

namespace sst {

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

uint64_t readTicks() {
#if defined(__aarch64__)
  uint64_t ticks;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return __builtin_ia32_rdtsc();
#endif
}

double median(std::vector<uint64_t> &values) {
  if (values.empty())
    return 0;
  size_t middle = (values.size() - 1) / 2;
  std::nth_element(values.begin(), values.begin() + ptrdiff_t(middle), values.end());
  return double(values[middle]);
}

} // namespace

void OpProfile::add(const OpProfile &other) {
  work += other.work;
  measured += other.measured;
  predicted += other.predicted;
}

size_t Profile::begin(const sst_info_t &info, const sst_function_t &function, size_t threadCount) {
  model = &info;
  table = function;
  threads = threadCount;
  samples.assign(table.count + 1, {});
  startTick = readTicks();
  startTime = now();
  return threads * samples.size();
}

void Profile::add(const std::vector<uint64_t> &ticks) {
  if (samples[0].size() >= mostCalls)
    return;
  size_t width = samples.size();
  for (size_t op = 0; op < width; ++op) {
    uint64_t sum = 0;
    for (size_t t = 0; t < threads; ++t)
      sum += ticks[t * width + op];
    samples[op].push_back(sum);
  }
}

void Profile::end(const sst_machine_peaks_t &machine, const std::vector<CallSize> &calls) {
  peaks = machine;
  // Far enough from where the clocks started that reading them does not count.
  while (now() - startTime < 0.01) {
  }
  double secondsPerTick = (now() - startTime) / double(std::max<uint64_t>(readTicks() - startTick, 1));
  double scale = secondsPerTick / double(threads);
  for (size_t i = 0; i < table.count; ++i) {
    const sst_op_t &entry = table.ops[i];
    OpProfile op;
    op.name = model->strings + entry.name;
    op.kernel = model->strings + entry.kernel;
    op.phase = entry.phase;
    op.measured = median(samples[i]) * scale;
    for (const CallSize &call : calls) {
      Work one = workOf(model->works[entry.work], call);
      op.work += one;
      op.predicted += sst_predict_seconds(&peaks, one.flops, one.bytes, one.weights, double(model->weights_bytes));
    }
    if (phases.empty() || phases.back().phase != op.phase) {
      phases.emplace_back();
      phases.back().phase = op.phase;
    }
    phases.back().add(op);
    ops.push_back(op);
  }
  waiting = median(samples.back()) * scale;
}

} // namespace sst
