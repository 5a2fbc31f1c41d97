/*
 * Model.h - the weights of an SSTransformer, joined so that each block does as few products as possible.
 */
#ifndef SST_PEERS_MODEL_H
#define SST_PEERS_MODEL_H

#include "Linear.h"

#include <string>
#include <vector>

namespace peers {

struct Norm {
  std::vector<float> gamma, beta;
};

struct Block {
  Norm norm, ffnNorm;
  std::vector<float> conv, convBias; ///< conv is [taps, inner]
  Linear wide;                       ///< x | k | v | z | q | gate; without the last three if the block is sliced
  Linear slice;                      ///< z | q | gate, if the block is sliced
  Linear scan;                       ///< b | c | dt
  Linear ssmOut, attentionOut, up, down;
};

struct Model {
  int embed = 0, hidden = 0, inner = 0, state = 0, taps = 0, attention = 0, headDim = 0;
  bool lastOnly = false; ///< the last block computes only what its last row depends on
  bool project = false;
  Linear inputProjection;
  std::vector<Block> blocks;
  Norm finalNorm;

  Model(const std::string &path, bool lastOnly);

  int heads() const { return attention / headDim; }
  // Columns of the wide product.
  int keys() const { return inner; }
  int values() const { return keys() + attention; }
  int gates() const { return values() + attention; } ///< z, the first of three that a sliced block does later
  int queries() const { return gates() + inner; }
  int mix() const { return queries() + attention; }
  int width() const { return mix() + hidden; }
  int scanWidth() const { return 2 * state + inner; }
};

} // namespace peers

#endif // SST_PEERS_MODEL_H
