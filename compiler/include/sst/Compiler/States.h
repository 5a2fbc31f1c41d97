//===- States.h - what a stream's state consists of ---------------------------------------------------*- C++ -*-===//
//
// A function that carries states has them as arguments and results, tensors of the ops with StatefulOpInterface.
// Compiled, they lie in one piece of memory per stream, described with #sst.place<state, ..>.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_STATES_H
#define SST_COMPILER_STATES_H

#include "sst/Compiler/Backend.h"
#include "sst/Compiler/Streams.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/SmallVector.h"

#include <string>

namespace sst {

/// A value that a function hands from one call to the next.
struct CarriedState {
  /// The result that is its new value.
  mlir::OpResult result;
  /// The number of the argument that is its old value, and of the operand of the return that is its new one.
  unsigned number;
  /// Where it lies in a state, and how much it takes, in f32.
  int64_t offset, elements;
  /// What it is, of which op, and how its memory is divided: equal for states that can be read as each other if they
  /// lie at the same place.
  std::string layout;
};

/// The one of `states` whose new value is `value`; null if there is none.
const CarriedState *findState(llvm::ArrayRef<CarriedState> states, mlir::Value value);

/// Whether an op takes the operand as the state to start from.
bool isInitialState(mlir::OpOperand &operand);

/// Whether a value is a carried state and not an activation: an argument of a function that an op takes as its initial
/// state, or a final state.
bool isCarriedState(mlir::Value value);

/// Whether `op` takes an initial state or returns a final one.
bool carriesState(mlir::Operation *op);

/// The sizes for states of the functions of a module; with an error on `function` if there are none or they are wrong.
llvm::FailureOr<StreamSizes> getStreamSizes(mlir::func::FuncOp function);

/// The states of a function, one for each argument that is an initial state, in this order. An error on the function if
/// they are not carried as compiled code does it: the final state of the op is returned at the position of the
/// argument, and neither is used otherwise.
llvm::FailureOr<llvm::SmallVector<CarriedState>> getCarriedStates(mlir::func::FuncOp function, const Backend &backend);

/// An error on `op` if it carries a state that is not among `states`.
llvm::LogicalResult checkCarried(mlir::Operation *op, llvm::ArrayRef<CarriedState> states);

} // namespace sst

#endif // SST_COMPILER_STATES_H
