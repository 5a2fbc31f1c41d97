//===- SliceLastRow.cpp - compute only the last row where only that is wanted -------------------------------------===//
//
// A worklist of values of which a last row is taken. If all users of a value take its last row, the op that computes
// it is changed in place to compute that row from the last rows of its operands, which join the list. Since an op is
// changed only when nobody needs its other rows, the result does not depend on the order, and nothing is computed
// twice. Ops are erased meanwhile, and new ones may get their addresses: what is erased leaves all lists and maps.
//
//===--------------------------------------------------------------------------------------------------------------===//

#include "PassUtils.h"
#include "WeightUses.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/ExpansionBudget.h"
#include "sst/Compiler/Passes.h"

#include "llvm/ADT/PriorityWorklist.h"

namespace sst {
#define GEN_PASS_DEF_SLICELASTROWPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;
using namespace sst;

static constexpr StringLiteral category = "sst-slice-last-row";

namespace {
struct SliceLastRowPass final : sst::impl::SliceLastRowPassBase<SliceLastRowPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  void slice(Value value);
  bool isAnyWantedWhole(Operation *op, Value changed);
  Value getLastRow(Value value, Location user);
  void replaceLastRow(LastRowOp op, Value value);
  void eraseLastRows(Value value);
  FailureOr<SmallVector<DenseOp>> findSplit(DenseOp dense, const WeightUses &uses, std::string &reason);
  LogicalResult split(DenseOp dense, WeightUses &uses);
  void splitResults(DenseOp dense, ArrayRef<WeightOp> weights, ArrayRef<WeightOp> biases);
  std::string explainProducer(Operation *producer, OpResult result);
  void explain(LastRowOp op);

  llvm::PriorityWorklist<Value> worklist;
  /// Dense ops some results of which are wanted in the last row only, others whole.
  llvm::PriorityWorklist<Operation *> mixedDenses;
  /// The last row that was made of a value.
  DenseMap<Value, Value> lastRows;
  /// How many of the first results of an op are known to be wanted in the last row only; the next one is wanted
  /// whole.
  DenseMap<Operation *, unsigned> slicedResults;
  /// Why a dense of which one result is wanted in the last row only could not be split, and why a weight cannot.
  DenseMap<Operation *, std::string> splitReasons, weightReasons;
};
} // namespace

/// Whether `value` is used, and only by ops that take its last row.
static bool isOnlyLastRowUsed(Value value) {
  return !value.use_empty() && llvm::all_of(value.getUsers(), llvm::IsaPred<LastRowOp>);
}

static bool isUnusedOrOnlyLastRowUsed(Value value) { return value.use_empty() || isOnlyLastRowUsed(value); }

/// Whether `op` can compute the last row of `result` without the others; if not, `whyNot` may say why.
static bool canComputeOnlyLastRow(Operation *op, OpResult result, std::string &whyNot) {
  if (auto rowOp = dyn_cast<RowOpInterface>(op))
    return succeeded(rowOp.canComputeOnlyLastRow(result, whyNot));
  return isElementwise(op);
}

/// Whether `value` has rows that change with those of the other results of its op: a final state has not.
static bool isFinalState(Value value) {
  return llvm::any_of(getStates(value.getDefiningOp()), [&](const StateSlot &state) { return state.final == value; });
}

/// The location of the last row of `value`: its name with a suffix, or `user`, where it is wanted.
static Location getLastRowLoc(Value value, Location user) {
  auto result = dyn_cast<OpResult>(value);
  if (!result)
    return user;
  auto named = dyn_cast<NameLoc>(getResultLoc(result));
  if (!named)
    return user;
  auto name = StringAttr::get(value.getContext(), named.getName().getValue() + "_last_row");
  return NameLoc::get(name, named.getChildLoc());
}

/// Lets users of `op` use `value`, also those that take its last row, and erases it.
void SliceLastRowPass::replaceLastRow(LastRowOp op, Value value) {
  op.getOutput().replaceAllUsesWith(value);
  if (worklist.erase(op.getOutput()))
    worklist.insert(value);
  op.erase();
}

/// The last row of `value`, made right behind it; `value` is put on the worklist.
Value SliceLastRowPass::getLastRow(Value value, Location user) {
  RankedTensorType type = getLastRowType(value.getType());
  if (type == value.getType())
    return value;
  worklist.insert(value);
  if (Value existing = lastRows.lookup(value))
    return existing;
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  // The new op comes before all others that take this row and replaces them.
  SmallVector<LastRowOp> others;
  for (Operation *user : value.getUsers())
    if (auto lastRow = dyn_cast<LastRowOp>(user))
      others.push_back(lastRow);
  Value created = LastRowOp::create(builder, getLastRowLoc(value, user), type, value);
  lastRows[value] = created;
  for (LastRowOp other : others)
    replaceLastRow(other, created);
  return created;
}

/// Lets users of the last row of `value`, which has only one, use `value`.
void SliceLastRowPass::eraseLastRows(Value value) {
  SmallVector<LastRowOp> found;
  for (Operation *user : value.getUsers())
    // In unreachable code, an op may be its own operand.
    if (auto op = dyn_cast<LastRowOp>(user); op && op.getOutput() != value)
      found.push_back(op);
  for (LastRowOp op : found)
    replaceLastRow(op, value);
}

/// Whether more than the last row of some result is wanted, now that only the last row of `changed` is. A result of
/// which only that is wanted stays so, and one that is wanted whole until it is `changed` itself: the search goes on
/// where it ended before.
bool SliceLastRowPass::isAnyWantedWhole(Operation *op, Value changed) {
  auto [entry, isNew] = slicedResults.try_emplace(op, 0);
  unsigned &next = entry->second, count = op->getNumResults();
  if (!isNew && next < count && changed != op->getResult(next))
    return true;
  while (next < count && (isUnusedOrOnlyLastRowUsed(op->getResult(next)) || isFinalState(op->getResult(next))))
    ++next;
  return next < count;
}

/// Changes the op that computes `value` if only last rows of it are wanted.
void SliceLastRowPass::slice(Value value) {
  if (value.getType() == getLastRowType(value.getType()))
    return eraseLastRows(value);
  Operation *op = value.getDefiningOp();
  if (!op || !isOnlyLastRowUsed(value))
    return;
  std::string whyNot;
  if (!canComputeOnlyLastRow(op, cast<OpResult>(value), whyNot))
    return;
  if (isAnyWantedWhole(op, value)) {
    // Only a projection can be split into one op per result.
    if (isa<DenseOp>(op))
      mixedDenses.insert(op);
    return;
  }
  mixedDenses.erase(op);
  remark::passed(op->getLoc(), remarkOn(op, "Sliced", category)) << op->getName().getStringRef();
  auto lastRowOf = [&](Value operand) { return getLastRow(operand, op->getLoc()); };
  if (auto rowOp = dyn_cast<RowOpInterface>(op))
    rowOp.computeOnlyLastRow(lastRowOf);
  else
    cutToLastRow(op, lastRowOf);
  for (Value result : op->getResults())
    if (!isFinalState(result))
      eraseLastRows(result);
}

/// Creates one weight for each range of columns of `weight`, named by number.
static FailureOr<SmallVector<WeightOp>> splitColumns(WeightOp weight, ArrayRef<int64_t> widths,
                                                     SymbolTable &symbolTable) {
  FailureOr<std::vector<float>> values = readWeight(weight);
  if (failed(values))
    return failure();
  auto type = cast<RankedTensorType>(weight.getType());
  int64_t columns = type.getShape().back();
  int64_t rows = type.getRank() == 2 ? type.getDimSize(0) : 1;
  SmallVector<WeightOp> result;
  int64_t first = 0;
  for (auto [index, width] : llvm::enumerate(widths)) {
    std::vector<float> part(rows * width);
    for (int64_t row = 0; row < rows; ++row)
      std::copy_n(values->begin() + row * columns + first, width, part.begin() + row * width);
    SmallVector<int64_t> shape(type.getShape());
    shape.back() = width;
    result.push_back(insertWeight(symbolTable, result.empty() ? weight : result.back(),
                                  appendToStem(weight.getSymName(), ("_" + Twine(index)).str()),
                                  RankedTensorType::get(shape, type.getElementType()), std::move(part)));
    first += width;
  }
  return result;
}

/// Replaces `dense` by one dense per result that is used.
void SliceLastRowPass::splitResults(DenseOp dense, ArrayRef<WeightOp> weights, ArrayRef<WeightOp> biases) {
  OpBuilder builder(dense);
  SmallVector<Location> locs = getResultLocs(dense);
  for (auto [i, output] : llvm::enumerate(dense.getOutputs())) {
    worklist.erase(output);
    lastRows.erase(output);
    if (output.use_empty())
      continue;
    Value weight = getWeightValue(builder, locs[i], weights[i]);
    Value bias = biases.empty() ? Value() : getWeightValue(builder, locs[i], biases[i]);
    SmallVector<Attribute> activations;
    if (dense.getActivation(i) != Activation::None)
      activations.push_back(ActivationAttr::get(dense.getContext(), dense.getActivation(i)));
    auto part = DenseOp::create(builder, locs[i], TypeRange(output.getType()), dense.getInput(), weight, bias, Value(),
                                Value(), Value(), builder.getArrayAttr(activations));
    output.replaceAllUsesWith(part.getOutputs()[0]);
    worklist.insert(part.getOutputs()[0]);
  }
  mixedDenses.erase(dense);
  slicedResults.erase(dense);
  splitReasons.erase(dense);
  dense.erase();
}

/// All dense ops that share the weights of `dense`, or the reason why they cannot be split.
FailureOr<SmallVector<DenseOp>> SliceLastRowPass::findSplit(DenseOp dense, const WeightUses &uses,
                                                            std::string &reason) {
  FailureOr<DenseWeights> weights = uses.getWeights(dense, reason);
  if (failed(weights))
    return failure();
  // What keeps a weight whole does not go away.
  if (auto found = weightReasons.find(weights->weight); found != weightReasons.end()) {
    reason = found->second;
    return failure();
  }
  FailureOr<SmallVector<DenseOp>> users = uses.getUsers(*weights, reason);
  SmallVector<int64_t> widths = getResultWidths(dense);
  if (succeeded(users) && llvm::any_of(*users, [&](DenseOp user) { return getResultWidths(user) != widths; }))
    reason = (Twine("weight @") + weights->weight.getSymName() + " is split otherwise elsewhere").str();
  if (reason.empty())
    return users;
  weightReasons[weights->weight] = reason;
  return failure();
}

/// Splits a dense some results of which are wanted whole and some in the last row, with all that share its weights, if
/// that is possible.
LogicalResult SliceLastRowPass::split(DenseOp dense, WeightUses &uses) {
  std::string reason;
  FailureOr<SmallVector<DenseOp>> users = findSplit(dense, uses, reason);
  if (failed(users)) {
    splitReasons[dense] = reason;
    return success();
  }
  DenseWeights weights = *uses.getWeights(dense, reason);
  SmallVector<int64_t> widths = getResultWidths(dense);
  remark::passed(dense.getLoc(), remarkOn(dense, "Split", category)) << weights.weight.getSymName();
  FailureOr<SmallVector<WeightOp>> kernels = splitColumns(weights.weight, widths, uses.getSymbolTable());
  FailureOr<SmallVector<WeightOp>> biases = SmallVector<WeightOp>();
  if (succeeded(kernels) && weights.bias)
    biases = splitColumns(weights.bias, widths, uses.getSymbolTable());
  if (failed(kernels) || failed(biases))
    return failure();
  for (DenseOp user : *users)
    splitResults(user, *kernels, *biases);
  return success();
}

/// Why `producer`, the last row of whose result is wanted, computes it whole.
std::string SliceLastRowPass::explainProducer(Operation *producer, OpResult result) {
  std::string reason;
  if (!canComputeOnlyLastRow(producer, result, reason))
    return reason.empty() ? (Twine(producer->getName().getStringRef()) + " cannot be sliced").str() : reason;
  if (auto found = splitReasons.find(producer); found != splitReasons.end())
    return found->second;
  return "another result of the op is needed whole";
}

/// Says why `op` is still there.
void SliceLastRowPass::explain(LastRowOp op) {
  Value input = op.getInput();
  Operation *producer = input.getDefiningOp();
  std::string reason;
  if (!producer)
    reason = "the value is an argument";
  else if (!isOnlyLastRowUsed(input))
    reason = "other rows of the value are needed, too";
  else
    reason = explainProducer(producer, cast<OpResult>(input));
  remark::missed(op.getLoc(), remarkOn(op, "Sliced", category)) << reason;
}

void SliceLastRowPass::runOnOperation() {
  worklist.clear();
  mixedDenses.clear();
  lastRows.clear();
  slicedResults.clear();
  splitReasons.clear();
  weightReasons.clear();
  if (failed(checkSplats(getOperation())))
    return signalPassFailure();
  eraseDeadOps(getOperation());
  WeightUses uses(getOperation());
  for (auto lastRow : collectOps<LastRowOp>(getOperation()))
    worklist.insert(lastRow.getInput());
  while (!worklist.empty() || !mixedDenses.empty()) {
    if (!worklist.empty())
      slice(worklist.pop_back_val());
    else if (failed(split(cast<DenseOp>(mixedDenses.pop_back_val()), uses)))
      return signalPassFailure();
  }
  // Weights that were split are no longer read.
  eraseDeadOps(getOperation());
  for (auto lastRow : collectOps<LastRowOp>(getOperation()))
    explain(lastRow);
}
