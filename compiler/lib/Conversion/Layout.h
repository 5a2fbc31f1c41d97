//===- Layout.h - where values live at run time -------------------------------------------------------*- C++ -*-===//
//
// Sizes that the arena planner and the loop emission must agree on. Private to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_CONVERSION_LAYOUT_H
#define SST_COMPILER_LIB_CONVERSION_LAYOUT_H

#include "sst/Dialect/SSTDialect.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

#include "llvm/Support/MathExtras.h"

namespace sst {

/// Lanes of every vector; rows in the arena are padded to a multiple of it.
inline constexpr int64_t kLanes = 16;
/// Columns of a panel of packed weights of sst.dense.
inline constexpr int64_t kPanelColumns = 32;
/// Keys that attention handles between two updates of its running maximum. Part of the definition of the result: the
/// blocks start at multiples of it.
inline constexpr int64_t kKeyBlock = 256;
/// Most query rows that attention handles at once, in any variant.
inline constexpr int64_t kMaxQueryTile = 12;

/// Names of the attributes that carry the plan.
inline constexpr llvm::StringLiteral kPlacesAttr = "sst.places";
inline constexpr llvm::StringLiteral kScratchAttr = "sst.scratch";
inline constexpr llvm::StringLiteral kArenaAttr = "sst.arena";

inline int64_t padChannels(int64_t channels) { return llvm::alignTo(channels, kLanes); }

/// Channels of an activation tensor.
inline int64_t getChannels(mlir::Type type) { return llvm::cast<mlir::RankedTensorType>(type).getDimSize(2); }

/// A piece of memory an op needs while it runs.
struct ScratchSize {
  Space space;
  /// In f32 (per row for Space::Rows), a multiple of kLanes.
  int64_t elements;
};

/// The scratch memory of `op`, in the order in which its kernel takes it.
llvm::SmallVector<ScratchSize> getScratchSizes(mlir::Operation *op);

} // namespace sst

#endif // SST_COMPILER_LIB_CONVERSION_LAYOUT_H
