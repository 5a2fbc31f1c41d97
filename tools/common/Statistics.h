/*
 * Statistics.h - quantiles of times, and the work of ops.
 */
#ifndef SST_TOOLS_COMMON_STATISTICS_H
#define SST_TOOLS_COMMON_STATISTICS_H

#include "sst/Runtime/sst_abi.h"

#include <vector>

namespace sst {

/// The value that a share `q` in (0, 1] of the sorted, non-empty `values` does not exceed: the nearest rank, so always
/// one of them, and the largest for q = 0.99 and fewer than 100 values. The smallest for q = 0.
double quantile(const std::vector<double> &values, double q);

/// One quantity of an op (sst_op_t::flops, sst_op_t::bytes) in a call of these sizes.
double quantity(const double (&factors)[3], size_t batch, size_t rows);

/// What one or more ops do in a call.
struct Work {
  double flops = 0;
  double bytes = 0;   ///< activations read and written
  double weights = 0; ///< bytes of weights read

  double allBytes() const { return bytes + weights; }
  Work &operator+=(const Work &other);
  Work operator*(double times) const { return {flops * times, bytes * times, weights * times}; }
};

/// The work of one op, and of `count` of them.
Work workOf(const sst_op_t &op, size_t batch, size_t rows);
Work workOf(const sst_op_t *ops, size_t count, size_t batch, size_t rows);

} // namespace sst

#endif // SST_TOOLS_COMMON_STATISTICS_H
