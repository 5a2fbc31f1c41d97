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

double quantity(const double (&factors)[3], size_t batch, size_t rows) {
  double sequences = double(batch), steps = double(rows);
  return factors[0] * sequences * steps + factors[1] * sequences + factors[2] * sequences * (steps * (steps + 1) / 2);
}

Work &Work::operator+=(const Work &other) {
  flops += other.flops;
  bytes += other.bytes;
  weights += other.weights;
  return *this;
}

Work workOf(const sst_op_t &op, size_t batch, size_t rows) {
  return {quantity(op.flops, batch, rows), quantity(op.bytes, batch, rows), double(op.weights_bytes)};
}

Work workOf(const sst_op_t *ops, size_t count, size_t batch, size_t rows) {
  Work sum;
  for (size_t i = 0; i < count; ++i)
    sum += workOf(ops[i], batch, rows);
  return sum;
}

} // namespace sst
