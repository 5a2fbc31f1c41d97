//===- SliceLastRow.cpp - compute only the last row where only that is wanted -------------------------------------===//
//
// A worklist of values of which a last row is taken. If all users of a value take its last row, the op that computes
// it is changed in place to compute that row from the last rows of its operands, which join the list. Since an op is
// changed only when nobody needs its other rows, the result does not depend on the order, and nothing is computed
// twice.
//
//===--------------------------------------------------------------------------------------------------------------===//

#include "PassUtils.h"
#include "WeightUses.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Passes.h"

#include "llvm/ADT/SetVector.h"

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
  Value getLastRow(Value value, Location user);
  FailureOr<bool> splitDenses();
  void explain(LastRowOp op);

  SetVector<Value> worklist;
  /// Why a dense of which one result is wanted in the last row only could not be split.
  DenseMap<Operation *, std::string> splitReasons;
};
} // namespace

/// The type of the last row of a value of type `type`.
static RankedTensorType getLastRowType(Type type) {
  auto rows = cast<RankedTensorType>(type);
  return RankedTensorType::get({rows.getDimSize(0), 1, rows.getDimSize(2)}, rows.getElementType());
}

/// Whether `value` is used, and only by ops that take its last row with the type that follows from its own.
static bool isOnlyLastRowUsed(Value value) {
  return !value.use_empty() && llvm::all_of(value.getUsers(), [&](Operation *user) {
    return isa<LastRowOp>(user) && user->getResult(0).getType() == getLastRowType(value.getType());
  });
}

static bool isUnusedOrOnlyLastRowUsed(Value value) { return value.use_empty() || isOnlyLastRowUsed(value); }

/// Whether `op` computes each element of its result from the same elements of its operands, all of one type.
static bool isElementwise(Operation *op) {
  if (isa<ActivationOp, GatedFusionOp>(op))
    return true;
  return op->getNumOperands() != 0 && op->getNumResults() == 1 && op->getNumRegions() == 0 && isPure(op) &&
         OpTrait::hasElementwiseMappableTraits(op) &&
         llvm::all_of(op->getOperandTypes(), [&](Type type) { return type == op->getResult(0).getType(); });
}

/// The operands of which `op` needs only the last row when only the last row of `result` is wanted; nothing if it
/// needs other rows, too, or is of a kind that this pass does not know.
static std::optional<SmallVector<OpOperand *>> getSlicedOperands(Operation *op, Value result) {
  SmallVector<OpOperand *> operands;
  if (auto norm = dyn_cast<LayerNormOp>(op)) {
    operands.push_back(&norm.getInputMutable());
  } else if (auto dense = dyn_cast<DenseOp>(op)) {
    operands.push_back(&dense.getInputMutable());
    for (MutableOperandRange range : {dense.getGateMutable(), dense.getOtherMutable(), dense.getResidualMutable()})
      for (OpOperand &operand : range)
        operands.push_back(&operand);
  } else if (auto scan = dyn_cast<EmaScanOp>(op)) {
    for (OpOperand &operand : scan.getGateMutable())
      operands.push_back(&operand);
  } else if (auto attention = dyn_cast<CausalAttentionOp>(op); attention && result == attention.getOutput()) {
    operands.push_back(&attention.getQueryMutable());
  } else if (isElementwise(op)) {
    for (OpOperand &operand : op->getOpOperands())
      operands.push_back(&operand);
  } else {
    return std::nullopt;
  }
  return operands;
}

/// The results of `op` that change with `result`: all of a dense, else only itself.
static SmallVector<Value> getSlicedResults(Operation *op, Value result) {
  if (isa<DenseOp>(op))
    return llvm::to_vector_of<Value>(op->getResults());
  return {result};
}

/// The location of the last row of `value`: its name with a suffix, or `user`, where it is wanted.
static Location getLastRowLoc(Value value, Location user) {
  auto result = dyn_cast<OpResult>(value);
  if (!result)
    return user;
  auto named = dyn_cast<NameLoc>(getResultLocs(result.getOwner())[result.getResultNumber()]);
  if (!named)
    return user;
  auto name = StringAttr::get(value.getContext(), named.getName().getValue() + "_last_row");
  return NameLoc::get(name, named.getChildLoc());
}

/// The last row of `value`, made right behind it, and put on the worklist.
Value SliceLastRowPass::getLastRow(Value value, Location user) {
  RankedTensorType type = getLastRowType(value.getType());
  if (type == value.getType())
    return value;
  worklist.insert(value);
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  // The new op comes before all others that take this row and replaces them.
  SmallVector<LastRowOp> existing;
  for (Operation *user : value.getUsers())
    if (auto lastRow = dyn_cast<LastRowOp>(user); lastRow && lastRow.getType() == type)
      existing.push_back(lastRow);
  auto created = LastRowOp::create(builder, getLastRowLoc(value, user), type, value);
  for (LastRowOp lastRow : existing) {
    lastRow.getOutput().replaceAllUsesWith(created.getOutput());
    lastRow.erase();
  }
  return created;
}

/// Lets users of the last row of `value`, which has only one, use `value`.
static void eraseLastRows(Value value) {
  for (Operation *user : llvm::make_early_inc_range(value.getUsers()))
    if (auto lastRow = dyn_cast<LastRowOp>(user); lastRow && lastRow.getType() == value.getType()) {
      lastRow.getOutput().replaceAllUsesWith(value);
      lastRow.erase();
    }
}

/// Changes the op that computes `value` if only last rows of it are wanted.
void SliceLastRowPass::slice(Value value) {
  if (value.getType() == getLastRowType(value.getType()))
    return eraseLastRows(value);
  Operation *op = value.getDefiningOp();
  if (!op || !isOnlyLastRowUsed(value))
    return;
  std::optional<SmallVector<OpOperand *>> operands = getSlicedOperands(op, value);
  SmallVector<Value> results = getSlicedResults(op, value);
  if (!operands || !llvm::all_of(results, isUnusedOrOnlyLastRowUsed))
    return;
  remark::passed(op->getLoc(), remarkOn(op, "Sliced", category)) << op->getName().getStringRef();
  for (OpOperand *operand : *operands)
    operand->set(getLastRow(operand->get(), op->getLoc()));
  if (auto scan = dyn_cast<EmaScanOp>(op))
    scan.setLastRow(true);
  for (Value result : results) {
    result.setType(getLastRowType(result.getType()));
    eraseLastRows(result);
  }
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
static void splitDense(DenseOp dense, ArrayRef<WeightOp> weights, ArrayRef<WeightOp> biases) {
  OpBuilder builder(dense);
  SmallVector<Location> locs = getResultLocs(dense);
  for (unsigned i = 0, e = dense.getOutputs().size(); i < e; ++i) {
    Value output = dense.getOutputs()[i];
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
  }
  dense.erase();
}

/// Splits dense ops some results of which are wanted whole and some in the last row, with all that share their
/// weights. Returns whether there were any.
FailureOr<bool> SliceLastRowPass::splitDenses() {
  WeightUses uses(getOperation());
  DenseSet<Operation *> done;
  bool changed = false;
  for (auto dense : collectOps<DenseOp>(getOperation())) {
    if (done.contains(dense) || llvm::none_of(dense.getOutputs(), isOnlyLastRowUsed))
      continue;
    // More than one result, else it would have been sliced.
    std::string &reason = splitReasons[dense];
    reason.clear();
    FailureOr<DenseWeights> weights = uses.getWeights(dense, reason);
    FailureOr<SmallVector<DenseOp>> users;
    if (succeeded(weights))
      users = uses.getUsers(*weights, reason);
    if (failed(users))
      continue;
    SmallVector<int64_t> widths = getResultWidths(dense);
    if (llvm::any_of(*users, [&](DenseOp user) { return getResultWidths(user) != widths; })) {
      reason = (Twine("weight @") + weights->weight.getSymName() + " is split otherwise elsewhere").str();
      continue;
    }
    remark::passed(dense.getLoc(), remarkOn(dense, "Split", category)) << weights->weight.getSymName();
    auto kernels = splitColumns(weights->weight, widths, uses.getSymbolTable());
    if (failed(kernels))
      return failure();
    FailureOr<SmallVector<WeightOp>> biases = SmallVector<WeightOp>();
    if (weights->bias)
      biases = splitColumns(weights->bias, widths, uses.getSymbolTable());
    if (failed(biases))
      return failure();
    done.insert(users->begin(), users->end());
    for (DenseOp user : *users)
      splitDense(user, *kernels, *biases);
    changed = true;
  }
  return changed;
}

/// Says why `op` is still there.
void SliceLastRowPass::explain(LastRowOp op) {
  Value input = op.getInput();
  Operation *producer = input.getDefiningOp();
  std::string reason;
  if (!producer)
    reason = "the value is an argument";
  else if (op.getType() != getLastRowType(input.getType()))
    reason = "the result's type is not the operand's with one row";
  else if (!isOnlyLastRowUsed(input))
    reason = "other rows of the value are needed, too";
  else if (isa<BlockOp>(producer))
    reason = "blocks must be expanded first (sst-expand-blocks)";
  else if (isa<CausalConv1DOp>(producer))
    reason = "the last row of a convolution needs earlier rows";
  else if (isa<DenseOp>(producer))
    reason = splitReasons.lookup(producer);
  else
    reason = (Twine(producer->getName().getStringRef()) + " cannot be sliced").str();
  remark::missed(op.getLoc(), remarkOn(op, "Sliced", category)) << reason;
}

void SliceLastRowPass::runOnOperation() {
  splitReasons.clear();
  FailureOr<bool> changed = true;
  while (succeeded(changed) && *changed) {
    eraseDeadOps(getOperation());
    for (auto lastRow : collectOps<LastRowOp>(getOperation()))
      worklist.insert(lastRow.getInput());
    while (!worklist.empty())
      slice(worklist.pop_back_val());
    changed = splitDenses();
  }
  if (failed(changed))
    return signalPassFailure();
  for (auto lastRow : collectOps<LastRowOp>(getOperation()))
    explain(lastRow);
}
