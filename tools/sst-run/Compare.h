/*
 * Compare.h - two arrays of floats, element by element.
 */
#ifndef SST_TOOLS_SST_RUN_COMPARE_H
#define SST_TOOLS_SST_RUN_COMPARE_H

#include <cstddef>

namespace sst {

struct Comparison {
  size_t count = 0;     ///< elements compared
  size_t different = 0; ///< elements with |got - want| > atol + rtol * |want|
  /// The largest |got - want|; infinite where one is a NaN or an infinity and the other is something else. NaN equals
  /// NaN, and an infinity the same infinity, with a difference of 0.
  double largest = 0;
  size_t index = 0; ///< where the largest difference is (the first one)
  float got = 0, want = 0;

  bool pass() const { return different == 0; }
};

/// A view of rows of `width` floats, each `stride` behind the one before.
struct Rows {
  const float *data;
  size_t count, width, stride;
};

/// Compares `got` with `want`, which has as many rows and lies without gaps.
Comparison compareRows(const Rows &got, const float *want, double atol, double rtol);

} // namespace sst

#endif // SST_TOOLS_SST_RUN_COMPARE_H
