//===- States.cpp - what a stream's state consists of -----------------------------------------------------------===//

#include "sst/Compiler/States.h"

#include "sst/Compiler/StageGraph.h"
#include "sst/Dialect/SSTInterfaces.h"
#include "sst/Dialect/StateLayout.h"

using namespace mlir;
using namespace sst;

/// States beyond this many f32 do not fit the offsets of #sst.place.
static constexpr int64_t kMaxElements = int64_t(1) << 40;

bool sst::isInitialState(OpOperand &operand) {
  return llvm::any_of(getStates(operand.getOwner()), [&](const StateSlot &state) { return state.initial == &operand; });
}

bool sst::isCarriedState(Value value) {
  // Of an argument with several uses getCarriedStates has said that it is no valid state. An input may have thousands.
  if (isa<BlockArgument>(value))
    return value.hasOneUse() && isInitialState(*value.use_begin());
  auto result = cast<OpResult>(value);
  return llvm::any_of(getStates(result.getOwner()), [&](const StateSlot &state) { return state.final == result; });
}

bool sst::carriesState(Operation *op) {
  return llvm::any_of(getStates(op), [](const StateSlot &state) { return state.initial || state.final; });
}

FailureOr<StreamSizes> sst::getStreamSizes(func::FuncOp function) {
  auto module = function->getParentOfType<ModuleOp>();
  auto stream = module ? module->getAttrOfType<DictionaryAttr>("sst.stream") : DictionaryAttr();
  auto get = [&](StringRef name) -> int64_t {
    auto value = stream ? dyn_cast_or_null<IntegerAttr>(stream.get(name)) : IntegerAttr();
    return value && value.getType().isSignlessInteger(64) ? value.getInt() : -1;
  };
  StreamSizes sizes;
  sizes.maxRows = get("max_rows");
  sizes.rollback = get("rollback");
  if (stream && stream.contains("attention_window"))
    sizes.attentionWindow = get("attention_window");
  int64_t window = sizes.attentionWindow.value_or(1);
  if (sizes.maxRows >= 1 && sizes.maxRows <= kMaxStreamRows && sizes.rollback >= 0 && sizes.rollback <= sizes.maxRows &&
      window >= 1 && window <= kMaxStreamRows)
    return sizes;
  return function.emitOpError("carries states, and expects 'max_rows' in [1, ")
         << kMaxStreamRows << "], 'rollback' in [0, max_rows] and, if any, 'attention_window' in [1, " << kMaxStreamRows
         << "], all i64, in the module's 'sst.stream'; import the model again";
}

/// For every op of a function that carries states, how many of the same kind come before it. Blocks follow each other,
/// so this says which block's it is.
static llvm::DenseMap<Operation *, int64_t> countBefore(func::FuncOp function) {
  llvm::DenseMap<Operation *, int64_t> before;
  llvm::DenseMap<OperationName, int64_t> counts;
  for (Operation &op : function.getBody().front())
    if (carriesState(&op))
      before[&op] = counts[op.getName()]++;
  return before;
}

/// A state of a stream without end has the rows that the module's window shows; one with an end has all.
static LogicalResult checkWindow(Operation *op, const StateSlot &state, const StreamSizes &sizes) {
  if (state.kind != StateKind::AllRows || state.window == sizes.attentionWindow)
    return success();
  auto describe = [](std::optional<int64_t> window) { return window ? std::to_string(*window) : "none"; };
  return op->emitOpError("carries states, and expects the 'attention_window' of the module's 'sst.stream' as its "
                         "'window', but got ")
         << describe(state.window) << " vs " << describe(sizes.attentionWindow);
}

/// A stream goes on by all rows of a call, so a state has to.
static LogicalResult checkAllRows(Operation *op, const StateSlot &state, BlockArgument input) {
  Value rows = state.rows->get();
  if (hasOneRow(rows) == hasOneRow(input))
    return success();
  return op->emitOpError("carries states, and expects operand #")
         << state.rows->getOperandNumber() << " to have all rows of the function's first argument, " << input.getType()
         << ", but got " << rows.getType();
}

namespace {
/// Lays out the states of a function one behind the other.
class StateCollector {
public:
  StateCollector(func::FuncOp function, const Backend &backend)
      : function(function), backend(backend), numbers(countBefore(function)) {}
  LogicalResult collect();
  SmallVector<CarriedState> states;

private:
  LogicalResult add(BlockArgument argument, const StreamSizes &sizes);

  func::FuncOp function;
  const Backend &backend;
  llvm::DenseMap<Operation *, int64_t> numbers;
  int64_t offset = 0;
};
} // namespace

LogicalResult StateCollector::add(BlockArgument argument, const StreamSizes &sizes) {
  auto terminator = cast<func::ReturnOp>(function.getBody().front().getTerminator());
  unsigned number = argument.getArgNumber();
  if (number == 0)
    return function.emitOpError("expects argument #0 to be the rows of a call, but it is an initial state");
  Operation *op = argument.hasOneUse() ? argument.use_begin()->getOwner() : nullptr;
  SmallVector<StateSlot> slots = op ? getStates(op) : SmallVector<StateSlot>();
  const auto *slot = llvm::find_if(
      slots, [&](const StateSlot &state) { return state.initial && state.initial->get() == Value(argument); });
  OpResult result = slot == slots.end() ? OpResult() : slot->final;
  if (!result || !result.hasOneUse() || number >= terminator.getNumOperands() ||
      terminator.getOperand(number) != result)
    return function.emitOpError("expects argument #")
           << number << " to be the initial state of one op, and result #" << number
           << " to be the final state of that op, with no other uses; return the state that follows from it";
  if (failed(checkWindow(op, *slot, sizes)) || failed(checkAllRows(op, *slot, function.getArgument(0))))
    return failure();
  const ScheduledOp *scheduled = backend.find(op);
  if (!scheduled)
    return refuse(op, backend);
  std::optional<StateLayout> layout = scheduled->layOutState(op, slot - slots.begin(), sizes);
  if (!layout)
    return op->emitOpError("has a code generator whose layOutState() does not say how state #")
           << slot - slots.begin() << " is laid out";
  if (layout->elements > kMaxElements - offset)
    return function.emitOpError("has states of more than ")
           << kMaxElements << " elements; compile for fewer rows (--max-rows) or less rollback";
  std::string text = op->getName().getStringRef().str() + " " + std::to_string(numbers[op]) + " #" +
                     std::to_string(result.getResultNumber()) + " " + layout->text;
  states.push_back({result, number, offset, layout->elements, std::move(text)});
  offset += layout->elements;
  return success();
}

LogicalResult StateCollector::collect() {
  std::optional<StreamSizes> sizes;
  for (BlockArgument argument : function.getArguments()) {
    if (llvm::none_of(argument.getUses(), isInitialState))
      continue;
    if (!sizes) {
      FailureOr<StreamSizes> found = getStreamSizes(function);
      if (failed(found))
        return failure();
      sizes = *found;
    }
    if (failed(add(argument, *sizes)))
      return failure();
  }
  return success();
}

FailureOr<SmallVector<CarriedState>> sst::getCarriedStates(func::FuncOp function, const Backend &backend) {
  StateCollector collector(function, backend);
  if (failed(collector.collect()))
    return failure();
  return std::move(collector.states);
}

const CarriedState *sst::findState(ArrayRef<CarriedState> states, Value value) {
  // A state has one use, the return, and the states are in the order of their numbers there.
  if (!value.hasOneUse())
    return nullptr;
  unsigned number = value.use_begin()->getOperandNumber();
  const auto *found = llvm::lower_bound(
      states, number, [](const CarriedState &state, unsigned wanted) { return state.number < wanted; });
  return found != states.end() && found->result == value ? found : nullptr;
}

LogicalResult sst::checkCarried(Operation *op, ArrayRef<CarriedState> states) {
  auto isCarried = [&](Value result) { return findState(states, result) != nullptr; };
  bool complete = llvm::all_of(op->getResults(), [&](Value r) { return !isCarriedState(r) || isCarried(r); });
  if (!carriesState(op) || (complete && llvm::any_of(op->getResults(), isCarried)))
    return success();
  return op->emitOpError("expects its initial state to be an argument of the function, and its final state to be "
                         "returned, or neither");
}
