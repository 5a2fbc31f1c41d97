//===- FoldScales.cpp - attention scales into query projections ---------------------------------------------------===//
//
// The scale of an attention moves into the columns of the dense that computes its query. Weights are shared between
// functions: either all uses of the weight change or none does.
//
//===--------------------------------------------------------------------------------------------------------------===//

#include "PassUtils.h"
#include "WeightUses.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Passes.h"

#include <cmath>
#include <numeric>

namespace sst {
#define GEN_PASS_DEF_FOLDSCALESPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;
using namespace sst;

static constexpr StringLiteral category = "sst-fold-scales";

namespace {
/// Folding one scale into the query columns of all dense ops that share their weights.
struct Fold {
  DenseWeights weights;
  SmallVector<DenseOp> users;
  SmallVector<CausalAttentionOp> attentions;
  unsigned result = 0;
  float scale = 1;
};

struct FoldScalesPass final : sst::impl::FoldScalesPassBase<FoldScalesPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  LogicalResult plan(CausalAttentionOp attention, const WeightUses &uses, Fold &fold, std::string &reason);
  FailureOr<bool> apply(Fold &fold, WeightUses &uses, std::string &reason);
  FailureOr<bool> runOnce(bool report);
  /// Whether weights are stored as bf16, to which they have been rounded once.
  bool isBF16() { return getProjectionStorage(getOperation()) == Storage::BF16; }
  bool isExact() { return exactOnly || isBF16(); }
};
} // namespace

/// The attention whose query, and nothing else, is `value`; null if there is none.
static CausalAttentionOp getOnlyAttention(Value value) {
  if (!value.hasOneUse())
    return {};
  auto attention = dyn_cast<CausalAttentionOp>(*value.getUsers().begin());
  return attention && attention.getQuery() == value ? attention : CausalAttentionOp();
}

/// Finds the weights and all their users for folding the scale of `attention`.
LogicalResult FoldScalesPass::plan(CausalAttentionOp attention, const WeightUses &uses, Fold &fold,
                                   std::string &reason) {
  fold.scale = attention.getScale().convertToFloat();
  int exponent;
  if (isExact() && std::abs(std::frexp(fold.scale, &exponent)) != 0.5f) {
    reason = "the scale is not a power of two";
    return failure();
  }
  auto dense = attention.getQuery().getDefiningOp<DenseOp>();
  if (!dense) {
    reason = "the query is not the result of a dense";
    return failure();
  }
  fold.result = cast<OpResult>(attention.getQuery()).getResultNumber();
  FailureOr<DenseWeights> weights = uses.getWeights(dense, reason);
  if (failed(weights))
    return failure();
  fold.weights = *weights;
  FailureOr<SmallVector<DenseOp>> users = uses.getUsers(*weights, reason);
  if (failed(users))
    return failure();
  // The weight is new in this round, so its users are not known yet: another round will see them.
  if (!llvm::is_contained(*users, dense))
    return failure();
  fold.users = *users;
  SmallVector<int64_t> widths = getResultWidths(dense);
  for (DenseOp user : fold.users) {
    StringRef who = user == dense ? "the query's dense" : "another dense with the same weights";
    if (getResultWidths(user) != widths)
      reason = (who + " splits the columns otherwise").str();
    else if (user.getGate() || user.getResidual() || user.getActivation(fold.result) != Activation::None)
      reason = (who + " has an activation, gate or residual").str();
    CausalAttentionOp reader = reason.empty() ? getOnlyAttention(user.getOutputs()[fold.result]) : CausalAttentionOp();
    if (reason.empty() && (!reader || reader.getScale().convertToFloat() != fold.scale))
      reason = (who + " is used otherwise than as the query of an attention with this scale").str();
    if (!reason.empty())
      return failure();
    fold.attentions.push_back(reader);
  }
  return success();
}

/// Multiplies `count` columns from `first` on of a matrix with `columns` columns. Returns false if a value overflows,
/// or is rounded although it should be exact.
static bool scaleColumns(std::vector<float> &values, int64_t columns, int64_t first, int64_t count, float scale,
                         bool exact) {
  for (size_t row = 0; row < values.size(); row += columns)
    for (int64_t column = first; column < first + count; ++column) {
      float &value = values[row + column];
      float scaled = value * scale;
      if (std::isfinite(value) && (!std::isfinite(scaled) || (exact && scaled / scale != value)))
        return false;
      value = scaled;
    }
  return true;
}

/// Rewrites weights and users. The result is false, and `reason` says why, if the values do not allow it; failure
/// if the values cannot be read.
FailureOr<bool> FoldScalesPass::apply(Fold &fold, WeightUses &uses, std::string &reason) {
  SmallVector<int64_t> widths = getResultWidths(fold.users[0]);
  int64_t first = std::accumulate(widths.begin(), widths.begin() + fold.result, int64_t(0));
  int64_t columns = std::accumulate(widths.begin(), widths.end(), int64_t(0));
  SmallVector<std::vector<float>> scaled;
  for (WeightOp weight : {fold.weights.weight, fold.weights.bias}) {
    if (!weight)
      continue;
    FailureOr<std::vector<float>> values = readWeight(weight);
    if (failed(values))
      return failure();
    bool isRounded = isBF16() && weight == fold.weights.weight;
    if (!scaleColumns(*values, columns, first, widths[fold.result], fold.scale, isExact()) ||
        (isRounded && !llvm::all_of(*values, fitsBF16))) {
      reason = (Twine("a value of @") + weight.getSymName() + " would overflow or round").str();
      return false;
    }
    scaled.push_back(std::move(*values));
  }
  auto replace = [&](WeightOp weight, std::vector<float> values) {
    return insertWeight(uses.getSymbolTable(), weight, appendToStem(weight.getSymName(), "_scaled"),
                        cast<RankedTensorType>(weight.getType()), std::move(values));
  };
  WeightOp weight = replace(fold.weights.weight, std::move(scaled[0]));
  WeightOp bias = fold.weights.bias ? replace(fold.weights.bias, std::move(scaled[1])) : WeightOp();
  for (auto [dense, attention] : llvm::zip_equal(fold.users, fold.attentions)) {
    OpBuilder builder(dense);
    dense.getWeightMutable().assign(getWeightValue(builder, dense.getLoc(), weight));
    if (bias)
      dense.getBiasMutable().assign(getWeightValue(builder, dense.getLoc(), bias));
    attention.setScale(llvm::APFloat(1.0f));
    remark::passed(attention.getLoc(), remarkOn(attention, "ScaleFolded", category))
        << (Twine("into @") + weight.getSymName()).str();
  }
  return true;
}

/// Folds what can be folded without looking twice at a weight. Returns whether anything changed.
FailureOr<bool> FoldScalesPass::runOnce(bool report) {
  WeightUses uses(getOperation());
  bool changed = false;
  for (auto attention : collectOps<CausalAttentionOp>(getOperation())) {
    if (attention.getScale().convertToFloat() == 1.0f)
      continue;
    Fold fold;
    std::string reason;
    if (succeeded(plan(attention, uses, fold, reason))) {
      FailureOr<bool> applied = apply(fold, uses, reason);
      if (failed(applied))
        return failure();
      changed |= *applied;
    }
    if (report && !reason.empty())
      remark::missed(attention.getLoc(), remarkOn(attention, "ScaleFolded", category)) << reason;
  }
  return changed;
}

void FoldScalesPass::runOnOperation() {
  // A weight that holds several queries needs several rounds. The round that finds nothing more says why.
  FailureOr<bool> changed = true;
  while (succeeded(changed) && *changed) {
    eraseDeadOps(getOperation());
    changed = runOnce(/*report=*/false);
  }
  if (failed(changed) || failed(runOnce(/*report=*/true)))
    signalPassFailure();
}
