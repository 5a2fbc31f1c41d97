//===- PackWeights.cpp - weights in the order in which kernels read them ----------------------------------------===//
//
// The layout of a weight follows from the op that reads it. See #sst.panels for what is stored.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/CollectOps.h"
#include "sst/Compiler/CpuLayout.h"
#include "sst/Compiler/ExpansionBudget.h"
#include "sst/Compiler/Passes.h"
#include "sst/Compiler/WeightData.h"
#include "sst/Dialect/SSTInterfaces.h"
#include "sst/Dialect/SSTOps.h"

#include "llvm/ADT/MapVector.h"

namespace sst {
#define GEN_PASS_DEF_PACKWEIGHTSPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;
using namespace sst;

PanelsAttr sst::getWeightLayout(OpOperand &use) {
  MLIRContext *context = use.getOwner()->getContext();
  std::optional<WeightUse> weight = getWeightUse(use);
  if (!weight)
    return {};
  switch (weight->kind) {
  case WeightUse::Projection:
    return PanelsAttr::get(context, kPanelColumns, weight->segments, getProjectionStorage(use.getOwner()));
  case WeightUse::Bias:
    return PanelsAttr::get(context, kPanelColumns, weight->segments, Storage::F32);
  case WeightUse::PerChannel: {
    auto type = cast<RankedTensorType>(use.get().getType());
    return PanelsAttr::get(context, kLanes, {type.getShape().back()}, Storage::F32);
  }
  }
  return {};
}

/// The stored values of a `rows x columns` weight in the given layout.
static std::vector<float> packValues(ArrayRef<float> values, int64_t rows, int64_t columns, PanelsAttr layout) {
  std::vector<float> storage;
  storage.reserve(layout.getStorageElements(rows));
  int64_t first = 0;
  for (int64_t segment : layout.getSegments()) {
    for (int64_t panel = 0; panel < segment; panel += layout.getWidth()) {
      int64_t present = std::min(layout.getWidth(), segment - panel);
      for (int64_t row = 0; row < rows; ++row) {
        const float *source = values.data() + row * columns + first + panel;
        storage.insert(storage.end(), source, source + present);
        storage.insert(storage.end(), padChannels(present) - present, 0.0f);
      }
    }
    first += segment;
  }
  return storage;
}

namespace {
/// The uses of a weight by the layout in which they read it.
struct Packing {
  WeightOp weight;
  llvm::MapVector<PanelsAttr, SmallVector<OpOperand *>> layouts;
  /// Whether no use is left for the weight as it is.
  bool replacesAll = true;

  int64_t getRows() { return type().getRank() == 2 ? type().getDimSize(0) : 1; }
  RankedTensorType type() { return cast<RankedTensorType>(weight.getType()); }
};

struct PackWeightsPass final : sst::impl::PackWeightsPassBase<PackWeightsPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  LogicalResult chargePadding(ArrayRef<Packing> packings);
  LogicalResult pack(Packing &packing, SymbolTable &symbols);
};
} // namespace

/// The weights that are read in a layout of their own, with their uses in program order.
static FailureOr<SmallVector<Packing>> collectPackings(ModuleOp module, const SymbolTable &symbols) {
  llvm::MapVector<StringAttr, Packing> packings;
  for (Operation *op : collectOps(module))
    for (OpOperand &operand : op->getOpOperands()) {
      auto get = operand.get().getDefiningOp<GetWeightOp>();
      if (!get)
        continue;
      Packing &packing = packings[get.getNameAttr().getAttr()];
      if (!packing.weight)
        packing.weight = symbols.lookup<WeightOp>(get.getNameAttr().getAttr());
      if (!packing.weight)
        return get.emitOpError("expects a weight named '") << get.getName() << "', but there is none";
      PanelsAttr layout = getWeightLayout(operand);
      packing.replacesAll &= static_cast<bool>(layout);
      if (layout)
        packing.layouts[layout].push_back(&operand);
    }
  SmallVector<Packing> result;
  for (auto &entry : packings)
    if (!entry.second.layouts.empty() && !entry.second.type().getEncoding())
      result.push_back(std::move(entry.second));
  return result;
}

/// Checks what padding and copies for several layouts add to what the file holds.
LogicalResult PackWeightsPass::chargePadding(ArrayRef<Packing> packings) {
  ExpansionBudget budget;
  if (failed(budget.chargeSplats(getOperation())))
    return failure();
  for (Packing packing : packings) {
    uint64_t elements = 0;
    for (PanelsAttr layout : llvm::make_first_range(packing.layouts))
      elements = llvm::SaturatingAdd(elements, static_cast<uint64_t>(layout.getStorageElements(packing.getRows())));
    elements -= static_cast<uint64_t>(packing.type().getNumElements());
    if (failed(budget.charge(packing.weight, llvm::SaturatingMultiply<uint64_t>(elements, sizeof(float)))))
      return failure();
  }
  return success();
}

/// Replaces the uses of one weight by uses of packed ones, one per layout.
LogicalResult PackWeightsPass::pack(Packing &packing, SymbolTable &symbols) {
  WeightOp weight = packing.weight;
  RankedTensorType type = packing.type();
  int64_t columns = type.getShape().back(), rows = packing.getRows();
  FailureOr<std::vector<float>> values = readWeight(weight);
  if (failed(values))
    return failure();
  if (llvm::any_of(packing.layouts, [](auto &entry) { return entry.first.getStorage() == Storage::BF16; }) &&
      !llvm::all_of(*values, fitsBF16))
    return weight.emitOpError("expects values that bf16 can hold; import the model with --weight-storage=bf16");
  Location loc = weight.getLoc();
  std::string name = weight.getName().str(), packedName = name;
  OpBuilder builder(weight);
  builder.setInsertionPointAfter(weight);
  if (packing.replacesAll)
    symbols.erase(weight);
  int64_t copies = 0;
  for (auto &[layout, operands] : packing.layouts) {
    auto packedType = RankedTensorType::get(type.getShape(), type.getElementType(), layout);
    while (symbols.lookup(packedName))
      packedName = name + ".packed" + std::to_string(++copies);
    symbols.insert(createWeight(builder, loc, packedName, packedType, packValues(*values, rows, columns, layout)));
    for (OpOperand *operand : operands) {
      OpBuilder useBuilder(operand->getOwner());
      operand->set(GetWeightOp::create(useBuilder, operand->get().getLoc(), packedType, packedName));
    }
  }
  return success();
}

void PackWeightsPass::runOnOperation() {
  SymbolTable symbols(getOperation());
  FailureOr<SmallVector<Packing>> packings = collectPackings(getOperation(), symbols);
  if (failed(packings) || failed(chargePadding(*packings)))
    return signalPassFailure();
  for (Packing &packing : *packings)
    if (failed(pack(packing, symbols)))
      return signalPassFailure();
  for (Operation *op : collectOps(getOperation()))
    if (isa<GetWeightOp>(op) && op->use_empty())
      op->erase();
}
