//===- CpuLayout.h - how CPUs lay out memory ------------------------------------------------------------*- C++ -*-===//
//
// Sizes that plans, packed weights and kernels must agree on.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_CPULAYOUT_H
#define SST_COMPILER_CPULAYOUT_H

#include "sst/Dialect/SSTOps.h"

#include "llvm/Support/MathExtras.h"

namespace sst {

/// Lanes of every vector; rows in the arena are padded to a multiple of it.
inline constexpr int64_t kLanes = 16;
/// Columns of a panel of packed weights: one vector, so that a register tile of any width reads whole panels.
inline constexpr int64_t kPanelColumns = kLanes;
/// Most rows that go through the ops of a phase together; so many of each value that only this phase uses are kept.
/// Few enough to stay in the second-level cache, a multiple of every register tile.
inline constexpr int64_t kBlockRows = 72;

inline int64_t padChannels(int64_t channels) { return llvm::alignTo(channels, kLanes); }
/// Rows of the keys and values of a stream: whole panels.
inline int64_t padRows(int64_t rows) { return llvm::alignTo(rows, kLanes); }

/// The layout in which `use` reads its weight, or null if it is not a weight operand.
PanelsAttr getWeightLayout(mlir::OpOperand &use);

} // namespace sst

#endif // SST_COMPILER_CPULAYOUT_H
