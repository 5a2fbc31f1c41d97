//===- MergeProjections.cpp - one matrix for all projections of an input ------------------------------------------===//
//
// A unit is a pair of weight and bias that is used by dense ops only. The groups in which a unit takes part (one group
// per input) are its signature. Units of one group and equal signature go together wherever they are used, so their
// weights can be stored side by side in all of these places; other units of the group stay apart.
//
//===--------------------------------------------------------------------------------------------------------------===//

#include "PassUtils.h"
#include "WeightUses.h"

#include "sst/Compiler/ExpansionBudget.h"
#include "sst/Compiler/Passes.h"

#include "llvm/ADT/MapVector.h"

#include <map>

namespace sst {
#define GEN_PASS_DEF_MERGEPROJECTIONSPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;
using namespace sst;

static constexpr StringLiteral category = "sst-merge-projections";
static constexpr StringLiteral remarkName = "ProjectionsMerged";

namespace {
/// A weight (with its bias) and the dense ops that use it.
struct Unit {
  DenseWeights weights;
  /// In the order of their groups, all of which differ.
  SmallVector<DenseOp> users;
  /// The group of each user.
  SmallVector<unsigned> signature;
};

struct MergeProjectionsPass final : sst::impl::MergeProjectionsPassBase<MergeProjectionsPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  void collectGroups();
  FailureOr<Unit> getUnit(DenseWeights weights, const WeightUses &uses, std::string &reason);
  void collectUnits(const WeightUses &uses);
  void explainGroups();
  LogicalResult merge(ArrayRef<Unit *> cluster, WeightUses &uses);

  /// The dense ops of every group, and the group of every dense that is in one.
  SmallVector<SmallVector<DenseOp>> groups;
  DenseMap<Operation *, unsigned> groupOf;
  llvm::MapVector<Operation *, Unit> units;
  /// Why a dense is in no unit.
  DenseMap<Operation *, std::string> reasons;
};
} // namespace

/// Dense ops of one block with the same input and without epilogue belong together.
void MergeProjectionsPass::collectGroups() {
  llvm::MapVector<std::pair<Block *, Value>, SmallVector<DenseOp>> byInput;
  for (auto dense : collectOps<DenseOp>(getOperation()))
    if (!dense.getGate() && !dense.getResidual())
      byInput[{dense->getBlock(), dense.getInput()}].push_back(dense);
  for (auto &[key, members] : byInput) {
    for (DenseOp dense : members)
      groupOf[dense] = groups.size();
    groups.push_back(members);
  }
}

/// The unit of `weights`, or the reason why they cannot be merged.
FailureOr<Unit> MergeProjectionsPass::getUnit(DenseWeights weights, const WeightUses &uses, std::string &reason) {
  FailureOr<SmallVector<DenseOp>> users = uses.getUsers(weights, reason);
  if (failed(users))
    return failure();
  if (!llvm::all_of(*users, [&](DenseOp user) { return groupOf.contains(user); })) {
    reason = "its weights are also used by a dense with a gate or residual";
    return failure();
  }
  Unit unit{weights, std::move(*users), {}};
  llvm::stable_sort(unit.users, [&](DenseOp a, DenseOp b) { return groupOf.lookup(a) < groupOf.lookup(b); });
  unit.signature = llvm::map_to_vector(unit.users, [&](DenseOp user) { return groupOf.lookup(user); });
  if (std::adjacent_find(unit.signature.begin(), unit.signature.end()) != unit.signature.end()) {
    reason = "another dense applies the same weights to the same input";
    return failure();
  }
  return unit;
}

void MergeProjectionsPass::collectUnits(const WeightUses &uses) {
  // Why a weight cannot be merged. Thousands of dense ops may share one, so each is looked at once.
  DenseMap<Operation *, std::string> weightReasons;
  for (ArrayRef<DenseOp> members : groups) {
    if (members.size() < 2)
      continue;
    for (DenseOp dense : members) {
      std::string reason;
      FailureOr<DenseWeights> weights = uses.getWeights(dense, reason);
      if (failed(weights)) {
        reasons[dense] = reason;
        continue;
      }
      if (units.contains(weights->weight))
        continue;
      auto [found, isNew] = weightReasons.try_emplace(weights->weight);
      if (isNew) {
        FailureOr<Unit> unit = getUnit(*weights, uses, found->second);
        if (succeeded(unit)) {
          units.try_emplace(weights->weight, std::move(*unit));
          continue;
        }
      }
      reasons[dense] = found->second;
    }
  }
}

/// Says of every dense of a larger group that is not merged why it is not.
void MergeProjectionsPass::explainGroups() {
  for (ArrayRef<DenseOp> members : groups)
    if (members.size() > 1)
      for (DenseOp dense : members)
        if (auto found = reasons.find(dense); found != reasons.end())
          remark::missed(dense.getLoc(), remarkOn(dense, remarkName, category)) << found->second;
}

/// Puts the parts of a cluster's matrices, or of its biases, side by side.
static FailureOr<std::vector<float>> concatenate(ArrayRef<WeightOp> parts, ArrayRef<int64_t> widths, int64_t rows) {
  int64_t columns = 0;
  for (int64_t width : widths)
    columns += width;
  std::vector<float> result(rows * columns, 0.0f);
  int64_t first = 0;
  for (auto [part, width] : llvm::zip_equal(parts, widths)) {
    if (part) {
      FailureOr<std::vector<float>> values = readWeight(part);
      if (failed(values))
        return failure();
      for (int64_t row = 0; row < rows; ++row)
        std::copy_n(values->begin() + row * width, width, result.begin() + row * columns + first);
    }
    first += width;
  }
  return result;
}

/// Creates the merged weight of `parts`; null parts are zeros.
static FailureOr<WeightOp> createMerged(ArrayRef<WeightOp> parts, ArrayRef<int64_t> widths, int64_t rows, bool isBias,
                                        SymbolTable &symbolTable) {
  FailureOr<std::vector<float>> values = concatenate(parts, widths, rows);
  if (failed(values))
    return failure();
  SmallVector<StringRef> names;
  WeightOp last;
  for (WeightOp part : parts)
    if (part) {
      names.push_back(part.getSymName());
      last = part;
    }
  int64_t columns = static_cast<int64_t>(values->size()) / std::max<int64_t>(rows, 1);
  SmallVector<int64_t> shape = isBias ? SmallVector<int64_t>{columns} : SmallVector<int64_t>{rows, columns};
  auto type = RankedTensorType::get(shape, Float32Type::get(last.getContext()));
  return insertWeight(symbolTable, last, joinNames(names), type, std::move(*values));
}

/// Replaces `parts`, dense ops of one group, by one dense at the place of the first of them.
static void replaceDense(ArrayRef<DenseOp> parts, WeightOp weight, WeightOp bias) {
  DenseOp first = *llvm::min_element(parts, [](DenseOp a, DenseOp b) { return a->isBeforeInBlock(b); });
  OpBuilder builder(first);
  SmallVector<Location> locs;
  SmallVector<Type> types;
  SmallVector<Value> results;
  SmallVector<Attribute> activations;
  for (DenseOp part : parts) {
    llvm::append_range(locs, getResultLocs(part));
    llvm::append_range(types, part.getOutputs().getTypes());
    llvm::append_range(results, part.getOutputs());
    for (unsigned i = 0, e = part.getOutputs().size(); i < e; ++i)
      activations.push_back(ActivationAttr::get(part.getContext(), part.getActivation(i)));
  }
  // All `none` is spelled as nothing.
  if (llvm::all_of(activations, [](Attribute a) { return cast<ActivationAttr>(a).getValue() == Activation::None; }))
    activations.clear();
  Location loc = fuseResultLocs(locs);
  Value weightValue = getWeightValue(builder, loc, weight);
  Value biasValue = bias ? getWeightValue(builder, loc, bias) : Value();
  auto merged = DenseOp::create(builder, loc, types, first.getInput(), weightValue, biasValue, Value(), Value(),
                                Value(), builder.getArrayAttr(activations));
  remark::passed(loc, remarkOn(merged, remarkName, category)) << (Twine("into @") + weight.getSymName()).str();
  for (auto [from, to] : llvm::zip_equal(results, merged.getOutputs()))
    from.replaceAllUsesWith(to);
  for (DenseOp part : parts)
    part.erase();
}

LogicalResult MergeProjectionsPass::merge(ArrayRef<Unit *> cluster, WeightUses &uses) {
  SmallVector<WeightOp> weights, biases;
  SmallVector<int64_t> widths;
  for (Unit *unit : cluster) {
    weights.push_back(unit->weights.weight);
    biases.push_back(unit->weights.bias);
    widths.push_back(cast<RankedTensorType>(unit->weights.weight.getType()).getDimSize(1));
  }
  int64_t rows = cast<RankedTensorType>(weights[0].getType()).getDimSize(0);
  FailureOr<WeightOp> weight = createMerged(weights, widths, rows, /*isBias=*/false, uses.getSymbolTable());
  FailureOr<WeightOp> bias = WeightOp();
  if (succeeded(weight) && llvm::any_of(biases, [](WeightOp op) { return op; }))
    bias = createMerged(biases, widths, 1, /*isBias=*/true, uses.getSymbolTable());
  if (failed(weight) || failed(bias))
    return failure();
  // Equal signatures: the i-th users of all units are in the same group.
  for (unsigned i = 0, e = cluster[0]->users.size(); i < e; ++i)
    replaceDense(llvm::map_to_vector(cluster, [&](Unit *unit) { return unit->users[i]; }), *weight, *bias);
  return success();
}

/// Units of equal signature, in the order of their first unit.
static SmallVector<SmallVector<Unit *>> formClusters(llvm::MapVector<Operation *, Unit> &units) {
  std::map<SmallVector<unsigned>, unsigned> clusterOf;
  SmallVector<SmallVector<Unit *>> clusters;
  for (auto &[weight, unit] : units) {
    auto [found, isNew] = clusterOf.try_emplace(unit.signature, clusters.size());
    if (isNew)
      clusters.emplace_back();
    clusters[found->second].push_back(&unit);
  }
  return clusters;
}

void MergeProjectionsPass::runOnOperation() {
  groups.clear();
  groupOf.clear();
  units.clear();
  reasons.clear();
  if (failed(checkSplats(getOperation())))
    return signalPassFailure();
  eraseDeadOps(getOperation());
  WeightUses uses(getOperation());
  collectGroups();
  collectUnits(uses);
  SmallVector<SmallVector<Unit *>> clusters = formClusters(units);
  for (ArrayRef<Unit *> cluster : clusters)
    if (cluster.size() == 1)
      for (DenseOp user : cluster[0]->users)
        reasons[user] = "no other weight is used with exactly the same inputs in all functions";
  explainGroups();
  for (ArrayRef<Unit *> cluster : clusters)
    if (cluster.size() > 1 && failed(merge(cluster, uses)))
      return signalPassFailure();
}
