/*
 * Drift.h - how far the rows of a sequence are from what `window` gives for each of them.
 *
 * A window sees the last window_size rows and nothing else; a sequence or stream carries the states of the convolution
 * and the scan, and the keys it still attends to, from all rows before. So the two are different functions of the same
 * rows, and only the user's own rows tell by how much.
 */
#ifndef SST_TOOLS_SST_RUN_DRIFT_H
#define SST_TOOLS_SST_RUN_DRIFT_H

#include <cstddef>
#include <vector>

namespace sst {

struct Drift {
  size_t equalRows = 0;         ///< equal bit for bit
  std::vector<double> relative; ///< |got - want| / |want| of each row (Euclidean norms), sorted
  double largest = 0;           ///< the last of them, and where it is
  size_t sequence = 0, row = 0;
  double largestDifference = 0; ///< of one element

  /// Adds a row of `width` elements: of the sequence or stream (`got`), and of the window that ends there (`want`).
  void add(size_t sequence, size_t row, const float *got, const float *want, size_t width);
  /// To be called after the last row.
  void finish();
};

} // namespace sst

#endif // SST_TOOLS_SST_RUN_DRIFT_H
