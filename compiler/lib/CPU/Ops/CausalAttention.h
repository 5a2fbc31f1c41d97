//===- CausalAttention.h - the kernels of sst.causal_attention ----------------------------------------*- C++ -*-===//
//
// Private to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_CPU_OPS_CAUSALATTENTION_H
#define SST_COMPILER_LIB_CPU_OPS_CAUSALATTENTION_H

#include "Ops.h"

namespace sst {

/// Keys that attention handles between two updates of its running maximum. Part of the definition of the result: the
/// blocks start at multiples of it.
inline constexpr int64_t kKeyBlock = 256;
/// Most query rows of a register tile, in any variant.
inline constexpr int64_t kMaxQueryTile = 12;
/// Query rows that share a block of transposed keys; a multiple of every register tile.
inline constexpr int64_t kQueryBlock = 120;

/// Attention for items [first item, end item) of batch * heads * (query rows / kQueryBlock, rounded up); to keys and
/// values of the call, or to those of the states, the last ones of which are those of this call's rows.
struct AttentionKernel {
  int64_t numHeads;
  float scale;
  /// Rows that a row sees, itself the last; 0: all up to itself.
  int64_t window;
  Rows query, key, value;
  /// Instead of `key` and `value`: where in a state they are, and how many rows it has.
  StreamStates states;
  mlir::Value keyState, valueState;
  int64_t stateRows = 0;
  Rows output;
  Memory scratch;
  mlir::Value queryRows, keyRows, firstItem, endItem;
};
llvm::LogicalResult callAttention(StageEmitter &e, AttentionKernel &kernel);

/// Keys and values of rows [first row, end row) of all sequences, whose memory starts at the first row, to the states,
/// each at its position modulo `stateRows`.
struct AppendKernel {
  int64_t numHeads, stateRows;
  Rows key, value;
  StreamStates states;
  mlir::Value keyState, valueState, rows, firstRow, endRow;
};
llvm::LogicalResult callAppend(StageEmitter &e, AppendKernel &kernel);

/// Turns the scores of a row against a block of keys into weights relative to the running maximum, and updates maximum,
/// sum and the output of `channels` channels. Only the keys of the block before `count` count, and not those before
/// `first` unless that is null; the others are offsets in the scratch memory.
struct AttentionSoftmax {
  int64_t channels;
  Memory scratch;
  mlir::Value scores, maximum, sum, output, first, count;
};
void callAttentionSoftmax(KernelBuilder &b, KernelLibrary &library, AttentionSoftmax kernel);

} // namespace sst

#endif // SST_COMPILER_LIB_CPU_OPS_CAUSALATTENTION_H
