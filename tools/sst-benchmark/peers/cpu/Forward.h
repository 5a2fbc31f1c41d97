/*
 * Forward.h - a forward pass, and the memory that it works in.
 */
#ifndef SST_PEERS_FORWARD_H
#define SST_PEERS_FORWARD_H

#include "Model.h"

namespace peers {

class Forward {
public:
  Forward(Model &model, int batch, int rows, int threads);
  /// Writes the last row of every sequence, batch x hidden.
  void run(const float *input, float *output);

private:
  void runBlock(size_t index);
  void scan(Block &block, bool sliced);
  void attention();
  void sliceRows(Block &block);
  void slicedAttention();
  void feedForward(Block &block, int count, const float *gate, int gateStride);
  float *scratchOfThread() const;

  Model &model;
  const int batch, rows, threads, all; ///< all = batch * rows
  int wideStride = 0;
  float *x, *normed, *wide, *sliced, *u, *bcdt, *factors, *y, *ssm, *heads, *attended, *ffn, *keyValues, *scratch;
};

} // namespace peers

#endif // SST_PEERS_FORWARD_H
