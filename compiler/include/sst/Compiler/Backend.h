//===- Backend.h - what scheduling asks of those who generate code ------------------------------------*- C++ -*-===//
//
// The graph of stages, the plans of phases and of memory, and the states of a stream know no target. What they need to
// know of one, a backend says: of which stages an op consists, what memory these need, how a state is laid out. What an
// op means, its interfaces say (SSTInterfaces.h).
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_BACKEND_H
#define SST_COMPILER_BACKEND_H

#include "sst/Dialect/SSTOps.h"

#include "mlir/IR/Operation.h"

#include "llvm/ADT/SmallVector.h"

#include <optional>
#include <string>

namespace sst {

/// How the work of a stage is divided into units that threads compute independently of each other.
enum class Partition {
  /// By rows of all sequences.
  Rows,
  /// By items, whatever they are: channels, heads, columns. Each takes all rows.
  Items,
  /// Not at all: too little to divide.
  Whole,
};

/// An operand that a stage reads.
struct StageRead {
  mlir::OpOperand *operand;
  /// Whether a stage that is divided by rows needs, for each of its rows, no other row of the operand.
  bool onlySameRow;
};
inline StageRead readSameRow(mlir::OpOperand &operand) { return {&operand, true}; }
inline StageRead readAnyRow(mlir::OpOperand &operand) { return {&operand, false}; }

/// A part of what an op does, which all threads finish before its next one begins.
struct StageInfo {
  /// Behind the name of the op where its stages are listed; empty for the one that users think of.
  llvm::StringLiteral suffix;
  Partition partition;
  /// Activations; weights and states are no business of scheduling.
  llvm::SmallVector<StageRead, 4> reads;
  /// Results; none of them a state that is carried.
  llvm::SmallVector<mlir::OpResult, 1> computes;
  /// Whether items differ so much in their work that threads had better take them one by one.
  bool isUneven = false;
};

/// A piece of memory that an op needs while it runs.
struct ScratchSize {
  Space space;
  /// In f32 (per row for Space::Rows), a multiple of what a row of the workspace is padded to.
  int64_t elements;
  /// The stages that use it.
  unsigned firstStage, lastStage;
};

/// How much streams have to remember; the module's `sst.stream`.
struct StreamSizes {
  /// Most rows of a stream; with an attention window, of one call.
  int64_t maxRows = 0;
  /// By how many rows a stream can go back.
  int64_t rollback = 0;
  /// How many rows a row attends to; nothing for all up to itself.
  std::optional<int64_t> attentionWindow;
};

/// A state of an op in the memory of a stream.
struct StateLayout {
  /// In f32.
  int64_t elements;
  /// All that decides how the elements are laid out, but for the sizes of the stream: states of equal text are read as
  /// each other.
  std::string text;
};

/// What a stage does; see #sst.work.
struct Work {
  /// What counts: rows, sequences, pairs of a row and one that it attends to, such pairs of the last rows.
  enum Unit { Row, Sequence, Pair, LastPair, kUnits };
  double flops[kUnits] = {}, bytes[kUnits] = {};
  int64_t weights = 0;
};

/// How a backend computes one kind of op: what it takes to plan it. Without state; called by several threads.
class ScheduledOp {
public:
  virtual ~ScheduledOp() = default;
  /// An error on an op that its verifier accepts and this does not.
  virtual llvm::LogicalResult check(mlir::Operation *op) const { return llvm::success(); }
  /// One after the other; each needs all of the one before it. StageGraph checks that all of the op is in one of them.
  virtual llvm::SmallVector<StageInfo> getStages(mlir::Operation *op) const = 0;
  /// In the order of the numbers by which the code asks for it.
  virtual llvm::SmallVector<ScratchSize> getScratch(mlir::Operation *op) const { return {}; }
  /// Operands that are read at exactly the element that is about to be written, so that the one result may take their
  /// place.
  virtual llvm::SmallVector<mlir::OpOperand *> getOverwritable(mlir::Operation *op) const { return {}; }
  /// The state of this number (getStates() in SSTInterfaces.h); every op that has states needs it.
  virtual std::optional<StateLayout> layOutState(mlir::Operation *op, unsigned state, const StreamSizes &sizes) const {
    return std::nullopt;
  }
  /// The work of a stage without what getWork() adds: each operand read and result written once, weights.
  virtual Work countWork(mlir::Operation *op, unsigned stage) const = 0;
};

/// A generator of code.
class Backend {
public:
  virtual ~Backend() = default;
  /// How an op is computed; null if it cannot be.
  virtual const ScheduledOp *find(mlir::Operation *op) const = 0;
  /// "sst.dense, sst.layer_norm, ...": what a message lists.
  virtual std::string listOps() const = 0;
  /// How many f32 a row of so many channels takes in the workspace.
  virtual int64_t padChannels(int64_t channels) const = 0;
  /// Rows of a value that a thread keeps if only the phase that computes it uses them.
  virtual int64_t getBlockRows() const = 0;
  /// Most parts of a phase: everything that is divided by rows is one, everything that is not divided another, any
  /// other stage one of its own.
  virtual size_t getMaxParts() const = 0;
};

/// Whether an activation has, by its type, one row per sequence.
bool hasOneRow(mlir::Value value);
/// How a stage is divided that computes each row of `value` on its own.
inline Partition divideByRows(mlir::Value value) { return hasOneRow(value) ? Partition::Whole : Partition::Rows; }

/// Channels of an activation tensor.
inline int64_t getChannels(mlir::Type type) { return llvm::cast<mlir::RankedTensorType>(type).getDimSize(2); }
inline int64_t getChannels(mlir::Value value) { return getChannels(value.getType()); }

/// Whether values of a type are activations that the workspace can hold: f32, rank 3, static channels, no encoding.
inline bool isPlaceable(mlir::Type type) {
  auto tensor = llvm::dyn_cast<mlir::RankedTensorType>(type);
  return tensor && tensor.getRank() == 3 && tensor.getElementType().isF32() && isActivationType(tensor);
}

} // namespace sst

#endif // SST_COMPILER_BACKEND_H
