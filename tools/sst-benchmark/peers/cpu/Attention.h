/*
 * Attention.h - causal attention of one head for a tile of queries, with a running maximum and sum over tiles of keys.
 */
#ifndef SST_PEERS_ATTENTION_H
#define SST_PEERS_ATTENTION_H

#include "Linear.h"

namespace peers {

/// The most queries of a tile, and the keys of one.
constexpr int queryTile = 128, keyTile = 512;

/// Floats of scratch memory that a call needs.
size_t attentionScratch(int headDim);

/// Queries [first, first + count), whose first row is that of `query`, over keys [0, first + count). The results go to
/// `out`, rows `outStride` apart.
void attend(Matrix query, Matrix key, Matrix value, int headDim, int first, int count, float *out, int outStride,
            float *scratch);

} // namespace peers

#endif // SST_PEERS_ATTENTION_H
