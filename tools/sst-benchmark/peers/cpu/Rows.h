/*
 * Rows.h - what is done row by row between the products.
 */
#ifndef SST_PEERS_ROWS_H
#define SST_PEERS_ROWS_H

#include "Model.h"

namespace peers {

void normalize(const float *x, float *y, const Norm &norm, int channels);

/// silu of the causal convolution for rows [begin, end) of a sequence. `x` is its first row, rows `stride` apart;
/// `before` has the taps - 1 rows in front of it side by side, or is null if there is nothing.
void convolve(const Model &model, const Block &block, const float *before, const float *x, int stride, float *result,
              int begin, int end);

/// What `before` is for the rows behind the `rows` rows of `x`.
void carryRows(const Model &model, const float *before, const float *x, int stride, int rows, float *after);

/// Decay and factor of the input of a row's scan, from its b, c and dt.
void scanFactors(const Model &model, const float *bcdt, float factors[2]);

/// Scans channels [begin, end) of a sequence; `factors` has two for each row. With a gate, writes h * silu(gate) of
/// every row to `y`, rows `inner` apart; without, h of the last row to the first of `y`. Begins with h = `before` and
/// leaves h of the last row in `after`, unless these are null.
struct Scan {
  const float *u, *factors, *gate;
  float *y;
  int inner, gateStride, rows;
  const float *before;
  float *after;

  void run(int begin, int end) const;
};

/// x += sigmoid(gate) * ssm + (1 - sigmoid(gate)) * attention.
void mixBranches(float *x, const float *gate, const float *ssm, const float *attention, int channels);

} // namespace peers

#endif // SST_PEERS_ROWS_H
