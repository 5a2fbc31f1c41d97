//===- Evaluation.h - one run of the interpreter ------------------------------------------------------*- C++ -*-===//
//
// What the evaluation of an op needs: values of operands, weights, bounds, run-time checks of shapes, probes. For those
// who write one (see EvaluationTable); who only runs programs needs Interpreter.h.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_EVALUATION_H
#define SST_COMPILER_EVALUATION_H

#include "sst/Compiler/Interpreter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

#include "llvm/ADT/Twine.h"

#include <optional>
#include <string>

namespace sst::reference {

/// A run of a function and of those that it calls.
class Execution {
public:
  /// `noise` is moved on by every value that it changes.
  Execution(mlir::ModuleOp module, const EvaluationTable &evaluations, const InterpreterLimits &limits,
            InterpreterNoise &noise, Interpreter::WeightCache &weights, ProbeCallback probe);

  /// Runs a function on values for its arguments.
  llvm::FailureOr<TensorRefs> call(mlir::func::FuncOp function, TensorRefs arguments);

  /// The value of an operand.
  TensorRef getRef(mlir::Value value) const;
  /// The same as a pointer; null if there is no operand.
  const HostTensor *get(mlir::Value value) const { return value ? getRef(value).get() : nullptr; }
  /// The value of a weight, row by row whatever its encoding. `user` is who asks.
  llvm::FailureOr<TensorRef> getWeight(mlir::Operation *user, mlir::StringAttr name);
  mlir::SymbolTableCollection &getSymbolTables() { return symbolTables; }

  /// To be called before a tensor of `shape` is made, each element of which takes `steps` steps: fails, with an error
  /// on `op`, if that is beyond the limits.
  llvm::LogicalResult charge(mlir::Operation *op, llvm::ArrayRef<int64_t> shape, int64_t steps);
  /// Hands a tensor to the run, which counts it as alive until the last reference goes.
  TensorRef own(HostTensor tensor);

  /// Shows a value to who looks; what an op returns is shown without it.
  void probe(const ProbePoint &point) {
    if (callback)
      callback(point);
  }

private:
  llvm::LogicalResult execute(mlir::Operation *op);
  void bindResults(mlir::Operation *op, const TensorRefs &results);
  void releaseOperands(mlir::Operation *op);
  void addNoise(HostTensor &tensor);

  mlir::ModuleOp module;
  const EvaluationTable &evaluations;
  const InterpreterLimits &limits;
  InterpreterNoise &noise;
  Interpreter::WeightCache &weights;
  ProbeCallback callback;
  mlir::SymbolTableCollection symbolTables;
  int64_t liveElements = 0, steps = 0, depth = 0;

  /// Values of one function's body, and how many uses each still has.
  struct Frame {
    llvm::DenseMap<mlir::Value, TensorRef> values;
    llvm::DenseMap<mlir::Value, int64_t> pendingUses;
  };
  Frame *frame = nullptr;
};

/// "2x60x256"; "?" for a dynamic size.
std::string formatSizes(llvm::ArrayRef<int64_t> shape);

/// Emits an error on `op` unless `tensor` has the sizes `expected`, of which any may be dynamic. `what` is the name in
/// quotes, e.g. "'bias'".
llvm::LogicalResult checkShape(mlir::Operation *op, const llvm::Twine &what, const HostTensor &tensor,
                               llvm::ArrayRef<int64_t> expected);

/// The product, or nothing if it does not fit or a size is negative.
std::optional<int64_t> multiplySizes(llvm::ArrayRef<int64_t> sizes);

} // namespace sst::reference

#endif // SST_COMPILER_EVALUATION_H
