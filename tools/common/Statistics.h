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

/// What the work of a call depends on.
struct CallSize {
  size_t batch, rows;
  size_t position = 0;        ///< rows that each stream had before
  size_t attentionWindow = 0; ///< to how many rows a row attends; 0: to all up to itself
};

/// The attention window of a function of a model, an index into sst_info_t::functions.
inline size_t attentionWindowOf(const sst_info_t &info, uint32_t function) {
  return function == SST_FUNCTION_WINDOW ? 0 : info.attention_window;
}

/// One quantity of an op (sst_work_t::flops, sst_work_t::bytes) in a call of this size.
double quantity(const double (&factors)[4], const CallSize &size);

/// What one or more ops do in a call.
struct Work {
  double flops = 0;
  double bytes = 0;   ///< activations read and written
  double weights = 0; ///< bytes of weights read

  double allBytes() const { return bytes + weights; }
  Work &operator+=(const Work &other);
  Work operator*(double times) const { return {flops * times, bytes * times, weights * times}; }
};

/// The work of one op, and of all ops of a function.
Work workOf(const sst_work_t &work, const CallSize &size);
Work workOf(const sst_info_t &info, const sst_function_t &function, const CallSize &size);

} // namespace sst

#endif // SST_TOOLS_COMMON_STATISTICS_H
