//===- SSTInterfaces.h - what passes and backends ask of an op ----------------------------------------*- C++ -*-===//
//
// The interfaces of SSTInterfaces.td, what their answers consist of, and functions that answer for any op: also for the
// elementwise ops of `arith`, which have no interface of ours.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_SSTINTERFACES_H
#define SST_DIALECT_SSTINTERFACES_H

#include "sst/Dialect/SSTDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>
#include <string>
#include <utility>

namespace sst {

/// What a state consists of.
enum class StateKind {
  /// The last few rows of an operand, one tensor per sequence.
  LastRows,
  /// One row that each row of the input changes.
  Value,
  /// All rows of an operand so far, or as many as a window shows.
  AllRows
};

/// A state that an op can carry.
struct StateSlot {
  /// Where it comes in; null if the op starts from nothing.
  mlir::OpOperand *initial = nullptr;
  /// Where it goes out; null if the op does not return it.
  mlir::OpResult final;
  StateKind kind = StateKind::Value;
  /// The operand along the rows of which the state goes on; it holds rows of this one if it holds rows.
  mlir::OpOperand *rows = nullptr;
  /// Of all rows, how many a row sees, the last of which is itself; nothing for all.
  std::optional<int64_t> window;
};

/// Which rows of an operand a row of the results needs.
enum class RowUse {
  /// The row with the same number.
  SameRow,
  /// Others, too; none that come later in time.
  EarlierRows,
  /// The operand has no rows of this call: a weight, a state.
  NoRows
};

/// How an op uses a weight.
struct WeightUse {
  enum Kind {
    /// A matrix that each row is multiplied by.
    Projection,
    /// One value per column of a projection.
    Bias,
    /// One or a few values per channel.
    PerChannel
  };
  Kind kind = PerChannel;
  /// How the columns belong to results, in order; the widths add up to the last dimension of the weight.
  llvm::SmallVector<int64_t> segments;
};

/// What can become part of the op that computes a value `x`.
enum class Epilogue {
  /// An elementwise function of `x`.
  Activation,
  /// `x * factor`
  Product,
  /// `gate * x + (1 - gate) * other`, with the operands gate and other
  Mixture,
  /// `residual + x`
  Sum
};

} // namespace sst

#include "sst/Dialect/SSTInterfaces.h.inc"

namespace sst {

/// The states that `op` can carry; none for an op without the interface.
llvm::SmallVector<StateSlot> getStates(mlir::Operation *op);

/// Whether `op` computes each element of its one result from the same elements of its operands, all of one type, as the
/// elementwise ops of `arith` do.
bool isElementwise(mlir::Operation *op);

/// Which rows of an operand a row of the results needs; nothing if the op does not say.
std::optional<RowUse> getRowUse(mlir::OpOperand &operand);

/// How an operand is used as a weight; nothing if it is none.
std::optional<WeightUse> getWeightUse(mlir::OpOperand &operand);

/// `type`, which has three dimensions, with one row.
mlir::RankedTensorType getLastRowType(mlir::Type type);

/// What most ops do to compute only their last row: operands of which they need the same row become last rows, and so
/// do the types of all results that are not final states.
void cutToLastRow(mlir::Operation *op, llvm::function_ref<mlir::Value(mlir::Value)> lastRowOf);

} // namespace sst

#endif // SST_DIALECT_SSTINTERFACES_H
