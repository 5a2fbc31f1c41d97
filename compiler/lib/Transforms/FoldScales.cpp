//===- FoldScales.cpp - attention scales into query projections ---------------------------------------------------===//
//
// The scale of an attention moves into the columns of the dense that computes its query. Weights are shared between
// functions: either all uses of the weight change or none does. A weight may hold thousands of queries; all of them are
// scaled together.
//
//===--------------------------------------------------------------------------------------------------------------===//

#include "PassUtils.h"
#include "WeightUses.h"

#include "sst/Compiler/ExpansionBudget.h"
#include "sst/Compiler/Passes.h"

#include "llvm/ADT/MapVector.h"

#include <cmath>

namespace sst {
#define GEN_PASS_DEF_FOLDSCALESPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;
using namespace sst;

static constexpr StringLiteral category = "sst-fold-scales";

namespace {
/// A scale that is to go into one result of all dense ops that share their weights.
struct Fold {
  float scale = 1;
  /// The attentions that read the result, one per dense.
  SmallVector<CausalAttentionOp> attentions;
  /// Why it stays, and the dense that is to blame; empty if it can go.
  std::string reason;
  Operation *culprit = nullptr;
};

/// The dense ops that share a weight and its bias.
struct Projection {
  DenseWeights weights;
  /// None if it cannot be changed; then `reason` says why.
  SmallVector<DenseOp> users;
  std::string reason;
  /// By number of the result.
  llvm::MapVector<unsigned, Fold> folds;
};

/// An attention with a scale.
struct Query {
  CausalAttentionOp attention;
  /// The weight into which it is to go, and the result that it is for; null if there is none, and why.
  Operation *weight = nullptr;
  unsigned result = 0;
  std::string reason;
};

struct FoldScalesPass final : sst::impl::FoldScalesPassBase<FoldScalesPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  Query plan(CausalAttentionOp attention, const WeightUses &uses);
  Fold planFold(const Projection &projection, unsigned result, float scale);
  LogicalResult apply(Projection &projection, WeightUses &uses);
  void replaceWeights(Projection &projection, ArrayRef<WeightOp> weights, SmallVector<std::vector<float>> values,
                      size_t scaled, WeightUses &uses);
  std::string explain(Query &query);
  bool canScale(ArrayRef<float> values, int64_t columns, int64_t first, int64_t count, float scale, bool isRounded);
  /// Whether weights are stored as bf16, to which they have been rounded once.
  bool isBF16() { return getProjectionStorage(getOperation()) == Storage::BF16; }
  bool isExact() { return exactOnly || isBF16(); }
  bool isPowerOfTwo(float scale) {
    int exponent;
    return std::abs(std::frexp(scale, &exponent)) == 0.5f;
  }

  llvm::MapVector<Operation *, Projection> projections;
};
} // namespace

/// The attention whose query, and nothing else, is `value`; null if there is none.
static CausalAttentionOp getOnlyAttention(Value value) {
  if (!value.hasOneUse())
    return {};
  auto attention = dyn_cast<CausalAttentionOp>(*value.getUsers().begin());
  return attention && attention.getQuery() == value ? attention : CausalAttentionOp();
}

/// What stands against folding `scale` into one result of `projection`, if anything.
Fold FoldScalesPass::planFold(const Projection &projection, unsigned result, float scale) {
  Fold fold;
  fold.scale = scale;
  for (DenseOp user : projection.users) {
    CausalAttentionOp reader = getOnlyAttention(user.getOutputs()[result]);
    if (user.getGate() || user.getResidual() || user.getActivation(result) != Activation::None)
      fold.reason = "has an activation, gate or residual";
    else if (!reader || reader.getScale().convertToFloat() != scale)
      fold.reason = "is used otherwise than as the query of an attention with this scale";
    if (!fold.reason.empty()) {
      fold.culprit = user;
      return fold;
    }
    fold.attentions.push_back(reader);
  }
  return fold;
}

/// Finds the weights and all their users for folding the scale of `attention`.
Query FoldScalesPass::plan(CausalAttentionOp attention, const WeightUses &uses) {
  Query query;
  query.attention = attention;
  float scale = attention.getScale().convertToFloat();
  auto dense = attention.getQuery().getDefiningOp<DenseOp>();
  if (isExact() && !isPowerOfTwo(scale))
    query.reason = "the scale is not a power of two";
  else if (!dense)
    query.reason = "the query is not the result of a dense";
  if (!query.reason.empty())
    return query;
  FailureOr<DenseWeights> weights = uses.getWeights(dense, query.reason);
  if (failed(weights))
    return query;
  query.weight = weights->weight;
  query.result = cast<OpResult>(attention.getQuery()).getResultNumber();
  auto [found, isNew] = projections.try_emplace(query.weight);
  Projection &projection = found->second;
  if (isNew) {
    projection.weights = *weights;
    FailureOr<SmallVector<DenseOp>> users = uses.getUsers(*weights, projection.reason);
    SmallVector<int64_t> widths = getResultWidths(dense);
    if (succeeded(users) && llvm::any_of(*users, [&](DenseOp user) { return getResultWidths(user) != widths; }))
      projection.reason = "another dense with the same weights splits the columns otherwise";
    if (projection.reason.empty())
      projection.users = *users;
  }
  if (projection.reason.empty() && !projection.folds.contains(query.result))
    projection.folds[query.result] = planFold(projection, query.result, scale);
  return query;
}

/// Why the attention still has its scale.
std::string FoldScalesPass::explain(Query &query) {
  if (!query.weight)
    return query.reason;
  const Projection &projection = projections.find(query.weight)->second;
  if (!projection.reason.empty())
    return projection.reason;
  const Fold &fold = projection.folds.find(query.result)->second;
  if (!fold.culprit)
    return fold.reason;
  bool isOwn = fold.culprit == query.attention.getQuery().getDefiningOp() &&
               fold.scale == query.attention.getScale().convertToFloat();
  return (isOwn ? "the query's dense " : "another dense with the same weights ") + fold.reason;
}

/// Whether no value of `count` columns from `first` on of a matrix with `columns` columns overflows when it is
/// multiplied, or is rounded although it should be exact. `isRounded`: the matrix is stored as bf16.
bool FoldScalesPass::canScale(ArrayRef<float> values, int64_t columns, int64_t first, int64_t count, float scale,
                              bool isRounded) {
  for (size_t row = 0; row < values.size(); row += columns)
    for (float value : values.slice(row + first, count)) {
      float scaled = value * scale;
      if (std::isfinite(value) && (!std::isfinite(scaled) || (isExact() && scaled / scale != value)))
        return false;
      if (isRounded && !fitsBF16(scaled))
        return false;
    }
  return true;
}

/// Rewrites weights and users as far as the values allow it. Fails if they cannot be read.
LogicalResult FoldScalesPass::apply(Projection &projection, WeightUses &uses) {
  SmallVector<WeightOp> weights = {projection.weights.weight};
  if (projection.weights.bias)
    weights.push_back(projection.weights.bias);
  SmallVector<std::vector<float>> values;
  for (WeightOp weight : weights) {
    FailureOr<std::vector<float>> read = readWeight(weight);
    if (failed(read))
      return failure();
    values.push_back(std::move(*read));
  }
  SmallVector<int64_t> widths = getResultWidths(projection.users[0]), firsts = {0};
  for (int64_t width : widths)
    firsts.push_back(firsts.back() + width);
  int64_t columns = firsts.back();
  size_t scaled = 0;
  for (auto &[result, fold] : projection.folds) {
    int64_t first = firsts[result], count = widths[result];
    for (size_t i = 0; i < weights.size() && fold.reason.empty(); ++i)
      if (!canScale(values[i], columns, first, count, fold.scale, isBF16() && i == 0))
        fold.reason = (Twine("a value of @") + weights[i].getSymName() + " would overflow or round").str();
    if (!fold.reason.empty())
      continue;
    ++scaled;
    for (std::vector<float> &matrix : values)
      for (size_t row = 0; row < matrix.size(); row += columns)
        for (float &value : MutableArrayRef(matrix).slice(row + first, count))
          value *= fold.scale;
  }
  if (scaled != 0)
    replaceWeights(projection, weights, std::move(values), scaled, uses);
  return success();
}

/// Lets the users of a projection use new weights, into which `scaled` results have been scaled.
void FoldScalesPass::replaceWeights(Projection &projection, ArrayRef<WeightOp> weights,
                                    SmallVector<std::vector<float>> values, size_t scaled, WeightUses &uses) {
  // One suffix per query, but long names help nobody.
  constexpr size_t maxSuffixes = 4;
  std::string suffix;
  for (size_t i = 0; i < std::min(scaled, maxSuffixes); ++i)
    suffix += "_scaled";
  SmallVector<WeightOp> replacements;
  for (auto [i, matrix] : llvm::enumerate(values)) {
    WeightOp weight = weights[i];
    replacements.push_back(insertWeight(uses.getSymbolTable(), weight, appendToStem(weight.getSymName(), suffix),
                                        cast<RankedTensorType>(weight.getType()), std::move(matrix)));
  }
  for (DenseOp dense : projection.users) {
    OpBuilder builder(dense);
    dense.getWeightMutable().assign(getWeightValue(builder, dense.getLoc(), replacements[0]));
    if (replacements.size() > 1)
      dense.getBiasMutable().assign(getWeightValue(builder, dense.getLoc(), replacements[1]));
  }
  for (auto &[result, fold] : projection.folds)
    for (CausalAttentionOp attention : fold.reason.empty() ? fold.attentions : SmallVector<CausalAttentionOp>()) {
      attention.setScale(llvm::APFloat(1.0f));
      remark::passed(attention.getLoc(), remarkOn(attention, "ScaleFolded", category))
          << (Twine("into @") + replacements[0].getSymName()).str();
    }
}

void FoldScalesPass::runOnOperation() {
  projections.clear();
  if (failed(checkSplats(getOperation())))
    return signalPassFailure();
  eraseDeadOps(getOperation());
  WeightUses uses(getOperation());
  SmallVector<Query> queries;
  for (auto attention : collectOps<CausalAttentionOp>(getOperation()))
    if (attention.getScale().convertToFloat() != 1.0f)
      queries.push_back(plan(attention, uses));
  for (auto &entry : projections)
    if (!entry.second.folds.empty() && failed(apply(entry.second, uses)))
      return signalPassFailure();
  for (Query &query : queries)
    if (std::string reason = explain(query); !reason.empty())
      remark::missed(query.attention.getLoc(), remarkOn(query.attention, "ScaleFolded", category)) << reason;
  // The uses of weights that were replaced.
  eraseDeadOps(getOperation());
}
