//===- Layout.h - where values live at run time -------------------------------------------------------*- C++ -*-===//
//
// Sizes that the arena planner and the loop emission must agree on. Private to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_CPU_LAYOUT_H
#define SST_COMPILER_LIB_CPU_LAYOUT_H

#include "sst/Dialect/SSTOps.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

#include "llvm/Support/MathExtras.h"

namespace sst {

/// Lanes of every vector; rows in the arena are padded to a multiple of it.
inline constexpr int64_t kLanes = 16;
/// Columns of a panel of packed weights: one vector, so that a register tile of any width reads whole panels.
inline constexpr int64_t kPanelColumns = kLanes;
/// Most rows that go through the ops of a phase together; so many of each value that only this phase uses are kept.
/// Few enough to stay in the second-level cache, a multiple of every register tile.
inline constexpr int64_t kBlockRows = 72;
/// Most panels that a register tile of sst.dense has in any variant; columns are divided at multiples of it.
inline constexpr int64_t kColumnStep = 2;
/// Elements of the scratch memory of sst.dense: the sums of a block of rows and of a register tile's columns.
inline constexpr int64_t kDenseScratch = kBlockRows * kColumnStep * kPanelColumns;
/// Keys that attention handles between two updates of its running maximum. Part of the definition of the result: the
/// blocks start at multiples of it.
inline constexpr int64_t kKeyBlock = 256;
/// Most query rows of a register tile of attention, in any variant.
inline constexpr int64_t kMaxQueryTile = 12;
/// Query rows that share a block of transposed keys; a multiple of every register tile.
inline constexpr int64_t kQueryBlock = 120;

inline int64_t padChannels(int64_t channels) { return llvm::alignTo(channels, kLanes); }
/// Rows of the keys and values of a stream: whole panels.
inline int64_t padRows(int64_t rows) { return llvm::alignTo(rows, kLanes); }

/// Channels of an activation tensor.
inline int64_t getChannels(mlir::Type type) { return llvm::cast<mlir::RankedTensorType>(type).getDimSize(2); }

/// Whether values of a type are activations that the arena can hold: f32, rank 3, static channels, no encoding.
inline bool isPlaceable(mlir::Type type) {
  auto tensor = llvm::dyn_cast<mlir::RankedTensorType>(type);
  return tensor && tensor.getRank() == 3 && tensor.getElementType().isF32() && isActivationType(tensor);
}

/// The layout in which `use` reads its weight, or null if it is not a weight operand of a known op.
PanelsAttr getWeightLayout(mlir::OpOperand &use);

/// A piece of memory an op needs while it runs.
struct ScratchSize {
  Space space;
  /// In f32 (per row for Space::Rows), a multiple of kLanes.
  int64_t elements;
  /// The stages that use it.
  unsigned firstStage, lastStage;
};

/// The scratch memory of `op`, in the order in which its kernel takes it.
llvm::SmallVector<ScratchSize> getScratchSizes(mlir::Operation *op);

} // namespace sst

#endif // SST_COMPILER_LIB_CPU_LAYOUT_H
