//===- DecaySumOps.cpp - what example.decay_sum is --------------------------------------------------------------===//
//
// The verifier, and what passes and backends ask.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "DecaySum.h"

#include "mlir/IR/Builders.h"

#include "llvm/Support/ErrorHandling.h"

using namespace mlir;
using namespace example;

#include "DecaySumDialect.cpp.inc"

#define GET_OP_CLASSES
#include "DecaySumOps.cpp.inc"

void ExampleDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "DecaySumOps.cpp.inc"
      >();
}

LogicalResult DecaySumOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  // C1
  if (getOutput().getType() != input)
    return emitOpError("expects 'output' to have the type of 'input', but got ")
           << getOutput().getType() << " vs " << input;
  // C2
  auto state = RankedTensorType::get({input.getDimSize(0), input.getDimSize(2)}, input.getElementType());
  for (auto [name, value] :
       {std::pair<StringRef, Value>{"initial_state", getInitialState()}, {"final_state", getFinalState()}})
    if (value && value.getType() != state)
      return emitOpError("expects '") << name << "' to have the type " << state << ", but got " << value.getType();
  // C3
  double decay = getDecay().convertToDouble();
  if (!(decay >= 0 && decay <= 1))
    return emitOpError("expects 'decay' to be in [0, 1], but got ") << decay;
  return success();
}

SmallVector<sst::StateSlot> DecaySumOp::getStates() {
  MutableOperandRange initial = getInitialStateMutable();
  sst::StateSlot state;
  state.initial = initial.empty() ? nullptr : &initial[0];
  state.final = cast_or_null<OpResult>(getFinalState());
  state.kind = sst::StateKind::Value;
  state.rows = &getInputMutable();
  return {state};
}

sst::RowUse DecaySumOp::getRowUse(OpOperand &operand) {
  return &operand == &getInputMutable() ? sst::RowUse::EarlierRows : sst::RowUse::NoRows;
}

LogicalResult DecaySumOp::canComputeOnlyLastRow(OpResult result, std::string &whyNot) {
  whyNot = "the last row of a sum needs all rows";
  return failure();
}

void DecaySumOp::computeOnlyLastRow(function_ref<Value(Value)> lastRowOf) {
  llvm::reportFatalInternalError("a sum never says that it can");
}
