//===- Interpreter.h - the reference interpreter ------------------------------------------------------*- C++ -*-===//
//
// Runs functions of sst ops in float64, one op at a time, as the descriptions of the ops say. It is what compiled code
// and passes are compared with: made to be read and trusted, not to be fast. What is not here: loading modules and
// tensors from files (the tool sst-interpret).
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_INTERPRETER_H
#define SST_COMPILER_INTERPRETER_H

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace sst {

/// A tensor with its values, row-major.
struct HostTensor {
  llvm::SmallVector<int64_t> shape;
  std::vector<double> data;
};

/// Bounds on what a program may use, so that a hostile one ends with an error.
struct InterpreterLimits {
  /// Elements of all tensors that live at the same time, weights included; 4 GiB of doubles.
  int64_t liveElements = int64_t(1) << 29;
  /// Multiplications or comparable steps of one run; about half an hour.
  int64_t steps = int64_t(1) << 41;
  /// Calls inside of calls.
  int64_t callDepth = 64;
};

/// What arithmetic that rounds might do: every input, every weight and every result of an op is multiplied by 1 + r,
/// and a is added, random numbers of each element with |r| <= relative and |a| <= absolute. How far the results move
/// shows how much of a difference rounding explains. The same seed gives the same values.
struct InterpreterNoise {
  double relative = 0, absolute = 0;
  uint64_t seed = 0;
};

/// A value that was just computed.
struct ProbePoint {
  /// The op, as in "sst.ema_scan". Inside an `sst.block` that was not expanded: the op that expansion would give.
  llvm::StringRef kind;
  /// The name in the op's location, as in "sst_block_1_ssm_conv"; empty if there is none.
  llvm::StringRef name;
  /// Where; for messages.
  mlir::Location loc;
  /// Which result of the op.
  unsigned result;
  const HostTensor &value;
};

/// Is called once for each result of each op, in the order of execution.
using ProbeCallback = llvm::function_ref<void(const ProbePoint &)>;

/// A value of a run; ops share it.
using TensorRef = std::shared_ptr<const HostTensor>;
using TensorRefs = llvm::SmallVector<TensorRef>;

namespace reference {
class Execution;

/// Computes the results of an op, or says at the op what is wrong; Evaluation.h has what it needs for that. The shapes
/// of the results must fit their types.
using Evaluation = llvm::FailureOr<TensorRefs> (*)(Execution &execution, mlir::Operation *op);
} // namespace reference

/// What an interpreter can evaluate, by the full names of ops ("sst.dense").
using EvaluationTable = llvm::StringMap<reference::Evaluation>;

/// The evaluations of all ops of sst, of calls and of arithmetic on tensors. A program that has ops of its own hands
/// the interpreter a copy with its own entries.
const EvaluationTable &getEvaluations();

/// Interprets the functions of a module. The module must have passed the verifier, must outlive the interpreter and
/// must not change while it exists: values of weights are read once and kept. So must `evaluations`. Not thread-safe;
/// several interpreters may share a module.
class Interpreter {
public:
  explicit Interpreter(mlir::ModuleOp module, InterpreterLimits limits = {}, InterpreterNoise noise = {},
                       const EvaluationTable &evaluations = getEvaluations())
      : module(module), limits(limits), noise(noise), evaluations(evaluations) {}

  /// Runs `function` on `inputs`, one for each argument. What cannot be run is a diagnostic at the op: an op that is
  /// not known, sizes that do not fit together at run time, a function that does not exist, a limit.
  llvm::FailureOr<llvm::SmallVector<HostTensor>> run(llvm::StringRef function, llvm::ArrayRef<HostTensor> inputs,
                                                     ProbeCallback probe = nullptr);

  /// Weights that were read, by their `sst.weight`.
  using WeightCache = llvm::DenseMap<mlir::Operation *, std::shared_ptr<const HostTensor>>;

private:
  mlir::ModuleOp module;
  InterpreterLimits limits;
  InterpreterNoise noise;
  const EvaluationTable &evaluations;
  WeightCache weights;
};

/// The name in a location: that of the outermost name, or of the first part that has one; empty without any.
llvm::StringRef getLocationName(mlir::Location loc);

} // namespace sst

#endif // SST_COMPILER_INTERPRETER_H
