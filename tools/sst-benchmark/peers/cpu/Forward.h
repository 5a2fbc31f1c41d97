/*
 * Forward.h - a forward pass over whole sequences or over the next rows of streams, and the memory that it works in.
 */
#ifndef SST_PEERS_FORWARD_H
#define SST_PEERS_FORWARD_H

#include "Model.h"

namespace peers {

class Forward {
public:
  /// With `mostPast`, sequences are streams: a call computes `rows` rows behind up to so many that went before.
  Forward(Model &model, int batch, int rows, int threads, int mostPast = 0);
  /// Writes the last row of every sequence, batch x hidden. Leaves the streams where they are: the same call again
  /// computes the same.
  void run(const float *input, float *output);
  /// Makes the rows of the last call part of the streams.
  void advance();

private:
  /// What a block of a stream has to know of the past beside keys and values: for each sequence the taps - 1 rows
  /// before the convolution, and the scan's h.
  struct Carried {
    float *rows = nullptr, *h = nullptr;
  };

  void runBlock(size_t index);
  void scan(size_t index, bool sliced);
  void attention(float *keyValues);
  void sliceRows(Block &block);
  void slicedAttention();
  void feedForward(Block &block, int count, const float *gate, int gateStride);
  float *scratchOfThread() const;
  size_t keyValueSize() const; ///< floats of a block

  Model &model;
  const int batch, rows, threads, all; ///< all = batch * rows
  const int rowThreads;                ///< of loops over rows
  const int mostRows;                  ///< of a sequence, with its past
  int past = 0;                        ///< rows that the streams have
  std::vector<Carried> carried, next;  ///< of each block before and after the call; null if there are no streams
  int wideStride = 0;
  float *x, *normed, *wide, *sliced, *u, *bcdt, *factors, *y, *ssm, *heads, *attended, *ffn, *keyValues, *scratch;
};

} // namespace peers

#endif // SST_PEERS_FORWARD_H
