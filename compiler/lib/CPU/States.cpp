//===- States.cpp - what a stream's state consists of -----------------------------------------------------------===//

#include "States.h"

#include "Layout.h"
#include "Stages.h"

#include "sst/Dialect/SSTOps.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sst;

/// States beyond this many f32 do not fit the offsets of #sst.place.
static constexpr int64_t kMaxElements = int64_t(1) << 40;

bool sst::isInitialState(OpOperand &operand) {
  Value value = operand.get();
  return TypeSwitch<Operation *, bool>(operand.getOwner())
      .Case<CausalConv1DOp, EmaScanOp>([&](auto op) { return value == op.getInitialState(); })
      .Case([&](CausalAttentionOp op) { return value == op.getPastKey() || value == op.getPastValue(); })
      .Default([](Operation *) { return false; });
}

bool sst::isCarriedState(Value value) {
  // Of an argument with several uses getCarriedStates has said that it is no valid state. An input may have thousands.
  if (isa<BlockArgument>(value))
    return value.hasOneUse() && isInitialState(*value.use_begin());
  auto result = cast<OpResult>(value);
  return result.getResultNumber() > 0 && isa<CausalConv1DOp, EmaScanOp, CausalAttentionOp>(result.getOwner());
}

bool sst::carriesState(Operation *op) {
  if (auto conv = dyn_cast<CausalConv1DOp>(op))
    return conv.getInitialState() || conv.getFinalState();
  if (auto scan = dyn_cast<EmaScanOp>(op))
    return scan.getInitialState() || scan.getFinalState();
  auto attention = dyn_cast<CausalAttentionOp>(op);
  return attention && (attention.getPastKey() || attention.getPresentKey());
}

int64_t sst::getKeyRows(const StreamOptions &sizes) {
  // The rows of a call, or as many that a rollback takes back, which are never more.
  return padRows(sizes.attentionWindow ? sizes.maxRows + *sizes.attentionWindow - 1 : sizes.maxRows);
}

int64_t sst::getConvStateRows(int64_t taps, const StreamOptions &sizes) {
  return taps == 1 ? 0 : taps - 1 + sizes.rollback;
}

FailureOr<StreamOptions> sst::getStreamOptions(func::FuncOp function) {
  auto module = function->getParentOfType<ModuleOp>();
  auto stream = module ? module->getAttrOfType<DictionaryAttr>("sst.stream") : DictionaryAttr();
  auto get = [&](StringRef name) -> int64_t {
    auto value = stream ? dyn_cast_or_null<IntegerAttr>(stream.get(name)) : IntegerAttr();
    return value && value.getType().isSignlessInteger(64) ? value.getInt() : -1;
  };
  StreamOptions sizes;
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

/// The final state that belongs to an initial one; null if there is none.
static OpResult getFinalState(OpOperand &initial) {
  Value state = TypeSwitch<Operation *, Value>(initial.getOwner())
                    .Case<CausalConv1DOp, EmaScanOp>([](auto op) { return op.getFinalState(); })
                    .Case([&](CausalAttentionOp op) {
                      return initial.get() == op.getPastKey() ? op.getPresentKey() : op.getPresentValue();
                    })
                    .Default([](Operation *) { return Value(); });
  return dyn_cast_or_null<OpResult>(state);
}

/// How much of a state belongs to `state`, the final state of an op.
static int64_t countElements(OpResult state, const StreamOptions &sizes) {
  Operation *op = state.getOwner();
  int64_t channels = getChannels(op->getOperand(0).getType());
  if (auto conv = dyn_cast<CausalConv1DOp>(op)) {
    int64_t taps = cast<RankedTensorType>(conv.getWeight().getType()).getDimSize(0);
    return getConvStateRows(taps, sizes) * padChannels(channels);
  }
  if (isa<EmaScanOp>(op))
    return (sizes.rollback + 1) * padChannels(channels);
  auto attention = cast<CausalAttentionOp>(op);
  auto heads = static_cast<int64_t>(attention.getNumHeads());
  int64_t headDim = channels / heads;
  return heads * getKeyRows(sizes) * (state == attention.getPresentKey() ? headDim : padChannels(headDim));
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

static std::string describeLayout(OpResult state, int64_t number) {
  Operation *op = state.getOwner();
  std::string text = op->getName().getStringRef().str() + " " + std::to_string(number) + " #" +
                     std::to_string(state.getResultNumber()) + " " +
                     std::to_string(getChannels(op->getOperand(0).getType()));
  if (auto conv = dyn_cast<CausalConv1DOp>(op))
    text += " taps " + std::to_string(cast<RankedTensorType>(conv.getWeight().getType()).getDimSize(0));
  if (auto attention = dyn_cast<CausalAttentionOp>(op))
    text += " heads " + std::to_string(attention.getNumHeads());
  return text;
}

/// A state of a stream without end has the keys that the module's window shows; one with an end has all.
static LogicalResult checkWindow(OpResult state, const StreamOptions &sizes) {
  auto attention = dyn_cast<CausalAttentionOp>(state.getOwner());
  if (!attention)
    return success();
  auto describe = [](std::optional<int64_t> window) { return window ? std::to_string(*window) : "none"; };
  std::optional<int64_t> window;
  if (attention.getWindow())
    window = static_cast<int64_t>(*attention.getWindow());
  if (window == sizes.attentionWindow)
    return success();
  return attention.emitOpError("carries states, and expects the 'attention_window' of the module's 'sst.stream' as its "
                               "'window', but got ")
         << describe(window) << " vs " << describe(sizes.attentionWindow);
}

/// A stream goes on by all rows of a call, so a state has to.
static LogicalResult checkAllRows(OpResult state, BlockArgument input) {
  Operation *op = state.getOwner();
  auto attention = dyn_cast<CausalAttentionOp>(op);
  Value rows = attention ? attention.getKey() : op->getOperand(0);
  if (hasOneRow(rows) == hasOneRow(input))
    return success();
  return op->emitOpError("carries states, and expects '")
         << (attention ? "key" : "input") << "' to have all rows of the function's first argument, " << input.getType()
         << ", but got " << rows.getType();
}

FailureOr<SmallVector<CarriedState>> sst::getCarriedStates(func::FuncOp function) {
  SmallVector<CarriedState> states;
  auto terminator = cast<func::ReturnOp>(function.getBody().front().getTerminator());
  StreamOptions sizes;
  int64_t offset = 0;
  llvm::DenseMap<Operation *, int64_t> numbers = countBefore(function);
  for (BlockArgument argument : function.getArguments()) {
    if (llvm::none_of(argument.getUses(), isInitialState))
      continue;
    if (states.empty()) {
      FailureOr<StreamOptions> found = getStreamOptions(function);
      if (failed(found))
        return failure();
      sizes = *found;
    }
    unsigned number = argument.getArgNumber();
    if (number == 0)
      return function.emitOpError("expects argument #0 to be the rows of a call, but it is an initial state");
    OpResult result = argument.hasOneUse() ? getFinalState(*argument.use_begin()) : OpResult();
    if (!result || !result.hasOneUse() || number >= terminator.getNumOperands() ||
        terminator.getOperand(number) != result)
      return function.emitOpError("expects argument #")
             << number << " to be the initial state of one op, and result #" << number
             << " to be the final state of that op, with no other uses; return the state that follows from it";
    if (failed(checkWindow(result, sizes)) || failed(checkAllRows(result, function.getArgument(0))))
      return failure();
    int64_t elements = countElements(result, sizes);
    if (elements > kMaxElements - offset)
      return function.emitOpError("has states of more than ")
             << kMaxElements << " elements; compile for fewer rows (--max-rows) or less rollback";
    states.push_back({result, number, offset, elements, describeLayout(result, numbers[result.getOwner()])});
    offset += elements;
  }
  return states;
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
