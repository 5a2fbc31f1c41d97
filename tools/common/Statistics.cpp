/*
 * Statistics.cpp - in double, which is exact for every count that occurs.
 */
#include "common/Statistics.h"

#include <algorithm>
#include <cmath>

namespace sst {

double quantile(const std::vector<double> &values, double q) {
  size_t rank = size_t(std::ceil(q * double(values.size())));
  return values[std::min(std::max<size_t>(rank, 1), values.size()) - 1];
}

double quantity(const double (&factors)[4], const CallSize &size) {
  double sequences = double(size.batch), steps = double(size.rows), position = double(size.position);
  double window = size.attentionWindow > 0 ? double(size.attentionWindow) : position + steps;
  // The rows at positions up to window - 1 attend to one more each, the others to `window`.
  double growing = std::min(std::max(window - position, 0.0), steps);
  double pairs = growing * position + growing * (growing + 1) / 2 + (steps - growing) * window;
  double lastPairs = std::min(position + steps, window);
  return sequences * (factors[0] * steps + factors[1] + factors[2] * pairs + factors[3] * lastPairs);
}

Work &Work::operator+=(const Work &other) {
  flops += other.flops;
  bytes += other.bytes;
  weights += other.weights;
  return *this;
}

Work workOf(const sst_work_t &work, const CallSize &size) {
  return {quantity(work.flops, size), quantity(work.bytes, size), double(work.weights_bytes)};
}

Work workOf(const sst_info_t &info, const sst_function_t &function, const CallSize &size) {
  Work sum;
  for (size_t i = 0; i < function.count; ++i)
    sum += workOf(info.works[function.ops[i].work], size);
  return sum;
}

} // namespace sst
