//===- Dense.h - the kernels of sst.dense -------------------------------------------------------------*- C++ -*-===//
//
// A projection's kernel goes over panels of packed columns. It calls two others: one computes the sums of a few panels,
// the other applies the epilogue to them. Private to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_CPU_OPS_DENSE_H
#define SST_COMPILER_LIB_CPU_OPS_DENSE_H

#include "Ops.h"

namespace sst {

/// Most panels that a register tile has in any variant; columns are divided at multiples of it.
inline constexpr int64_t kColumnStep = 2;
/// Elements of the scratch memory: the sums of a block of rows and of a register tile's columns.
inline constexpr int64_t kDenseScratch = kBlockRows * kColumnStep * kPanelColumns;
/// Steps of k that the inner loop takes at once.
inline constexpr int64_t kDenseUnroll = 4;

/// Columns [first panel, end panel) of a projection, counted over all results. The range starts at a multiple of
/// kColumnStep.
struct DenseKernel {
  Rows input;
  Storage storage;
  Memory weight, bias;
  llvm::SmallVector<Rows> outputs;
  llvm::SmallVector<Activation> activations;
  Rows gate, other, residual;
  Memory scratch;
  mlir::Value rowCount, firstPanel, endPanel;
  /// For a single row, whose tiles have Tiles::rowPanels.
  bool isOneRow = false;
};
llvm::LogicalResult callDense(StageEmitter &e, DenseKernel &kernel);

/// The sums of adjacent panels, as many as a tile has or, for a single row, up to rowPanels; for rows [first row, end
/// row). The first of them goes to `outputOffset`, the next ones `outputStride` after each other.
struct DensePanels {
  Rows input;
  Storage storage;
  int64_t panels;
  Memory weight;
  mlir::Value weightOffset;
  Memory bias;
  mlir::Value biasOffset;
  Memory output;
  mlir::Value outputOffset, outputStride, firstRow, endRow;
};
void callDensePanels(KernelBuilder &b, KernelLibrary &library, DensePanels kernel);

/// Turns the sums of 2^k panels of columns of a result, in rows [first row, end row), into the result. They are rows of
/// just these columns.
struct DenseEpilogue {
  Activation activation;
  Memory sums;
  Rows output, gate, other, residual;
  mlir::Value firstRow, endRow, firstColumn, log2Panels;
  /// How many columns of a panel exist: all but in the last one of a result.
  int64_t valid;
};
void callDenseEpilogue(KernelBuilder &b, KernelLibrary &library, DenseEpilogue kernel);

} // namespace sst

#endif // SST_COMPILER_LIB_CPU_OPS_DENSE_H
