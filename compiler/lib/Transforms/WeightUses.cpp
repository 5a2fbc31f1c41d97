//===- WeightUses.cpp - who uses which weight ---------------------------------------------------------------------===//

#include "WeightUses.h"

#include "PassUtils.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace sst;

WeightUses::WeightUses(ModuleOp module) : symbolTable(module) {
  for (Operation *op : collectOps(module)) {
    order.try_emplace(op, order.size());
    if (auto get = dyn_cast<GetWeightOp>(op))
      byGetWeight[get.getNameAttr().getAttr()].push_back(get);
    if (auto path = dyn_cast<PathOpInterface>(op))
      for (auto &[name, shape] : path.getWeightShapes())
        otherwise.insert(StringAttr::get(module.getContext(), name));
    // Any other attribute that names a weight.
    if (isa<GetWeightOp, WeightOp>(op))
      continue;
    for (NamedAttribute attribute : op->getAttrs())
      attribute.getValue().walk([&](SymbolRefAttr ref) { otherwise.insert(ref.getRootReference()); });
  }
  for (NamedAttribute attribute : module->getAttrs())
    attribute.getValue().walk([&](SymbolRefAttr ref) { otherwise.insert(ref.getRootReference()); });
}

WeightOp WeightUses::lookup(Value value) const {
  auto get = value.getDefiningOp<GetWeightOp>();
  return get ? symbolTable.lookup<WeightOp>(get.getNameAttr().getAttr()) : WeightOp();
}

FailureOr<DenseWeights> WeightUses::getWeights(DenseOp dense, std::string &reason) const {
  DenseWeights result;
  result.weight = lookup(dense.getWeight());
  if (dense.getBias())
    result.bias = lookup(dense.getBias());
  if (!result.weight || (dense.getBias() && !result.bias)) {
    reason = (Twine("its ") + (result.weight ? "bias" : "weight") + " is not the result of an sst.get_weight").str();
    return failure();
  }
  for (WeightOp weight : {result.weight, result.bias})
    if (weight && cast<RankedTensorType>(weight.getType()).getEncoding()) {
      reason = (Twine("weight @") + weight.getSymName() + " is packed").str();
      return failure();
    }
  return result;
}

/// Adds the dense ops that use `weight`, one of `weights`; every use must be of both.
LogicalResult WeightUses::appendUsers(WeightOp weight, DenseWeights weights, SetVector<Operation *> &users,
                                      std::string &reason) const {
  reason = (Twine("weight @") + weight.getSymName() + " has a use of another kind").str();
  if (otherwise.contains(weight.getSymNameAttr()))
    return failure();
  auto found = byGetWeight.find(weight.getSymNameAttr());
  if (found == byGetWeight.end())
    return success();
  for (GetWeightOp get : found->second)
    for (Operation *user : get->getUsers()) {
      auto dense = dyn_cast<DenseOp>(user);
      if (!dense || lookup(dense.getWeight()) != weights.weight ||
          static_cast<bool>(dense.getBias()) != static_cast<bool>(weights.bias) ||
          (weights.bias && lookup(dense.getBias()) != weights.bias))
        return failure();
      users.insert(user);
    }
  return success();
}

FailureOr<SmallVector<DenseOp>> WeightUses::getUsers(DenseWeights weights, std::string &reason) const {
  SetVector<Operation *> users;
  if (failed(appendUsers(weights.weight, weights, users, reason)) ||
      (weights.bias && failed(appendUsers(weights.bias, weights, users, reason))))
    return failure();
  SmallVector<DenseOp> result = llvm::map_to_vector(users, [](Operation *op) { return cast<DenseOp>(op); });
  llvm::sort(result, [&](DenseOp lhs, DenseOp rhs) { return order.lookup(lhs) < order.lookup(rhs); });
  reason.clear();
  return result;
}

SmallVector<int64_t> sst::getResultWidths(DenseOp dense) {
  return llvm::map_to_vector(dense.getOutputs(),
                             [](Value output) { return cast<RankedTensorType>(output.getType()).getDimSize(2); });
}

std::string sst::appendToStem(StringRef name, StringRef suffix) {
  size_t dot = name.rfind('.');
  if (dot == StringRef::npos)
    return (name + suffix).str();
  return (name.take_front(dot) + suffix + name.drop_front(dot)).str();
}

/// The longest common prefix of `names` that ends behind a '_' or '.', and may end nowhere else.
static StringRef commonPrefix(ArrayRef<StringRef> names) {
  StringRef prefix = names[0];
  for (StringRef name : names.drop_front()) {
    size_t length = 0;
    while (length < std::min(prefix.size(), name.size()) && prefix[length] == name[length])
      ++length;
    prefix = prefix.take_front(length);
  }
  size_t end = prefix.find_last_of("_.");
  return end == StringRef::npos ? StringRef() : prefix.take_front(end + 1);
}

std::string sst::joinNames(ArrayRef<StringRef> names) {
  // Long names help nobody: beyond this many parts the rest is only counted.
  constexpr size_t maxParts = 8;
  StringRef suffix = names[0].contains('.') ? names[0].substr(names[0].rfind('.')) : StringRef();
  if (!llvm::all_of(names, [&](StringRef name) { return name.ends_with(suffix); }))
    suffix = {};
  StringRef prefix = commonPrefix(names);
  SmallVector<std::string> parts;
  for (StringRef name : names.take_front(maxParts)) {
    StringRef middle = name.drop_front(prefix.size());
    parts.push_back(middle.drop_back(std::min(suffix.size(), middle.size())).str());
  }
  if (names.size() > maxParts)
    parts.push_back("and_" + std::to_string(names.size() - maxParts));
  return (prefix + llvm::join(parts, "_") + suffix).str();
}

WeightOp sst::insertWeight(SymbolTable &symbolTable, WeightOp after, StringRef name, RankedTensorType type,
                           std::vector<float> storage) {
  OpBuilder builder(after->getContext());
  builder.setInsertionPointAfter(after);
  WeightOp weight = createWeight(builder, after.getLoc(), name, type, std::move(storage));
  symbolTable.insert(weight);
  return weight;
}

Value sst::getWeightValue(OpBuilder &builder, Location loc, WeightOp weight) {
  return GetWeightOp::create(builder, loc, weight.getType(), weight.getSymName());
}
