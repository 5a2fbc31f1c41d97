//===- PackWeights.cpp - weights in the order in which kernels read them ----------------------------------------===//
//
// The layout of a weight follows from the op that reads it. See #sst.panels for what is stored.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Layout.h"

#include "sst/Compiler/Passes.h"
#include "sst/Compiler/WeightData.h"
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
  auto type = cast<RankedTensorType>(use.get().getType());
  auto alongChannels = [&] { return PanelsAttr::get(context, kLanes, {type.getShape().back()}, Storage::F32); };
  if (auto dense = dyn_cast<DenseOp>(use.getOwner())) {
    if (use.get() != dense.getWeight() && use.get() != dense.getBias())
      return {};
    SmallVector<int64_t> segments;
    for (Value output : dense.getOutputs())
      segments.push_back(getChannels(output.getType()));
    bool isProjection = use.get() == dense.getWeight();
    return PanelsAttr::get(context, kPanelColumns, segments, isProjection ? getProjectionStorage(dense) : Storage::F32);
  }
  if (auto norm = dyn_cast<LayerNormOp>(use.getOwner()))
    return use.get() == norm.getGamma() || use.get() == norm.getBeta() ? alongChannels() : PanelsAttr();
  if (auto conv = dyn_cast<CausalConv1DOp>(use.getOwner()))
    return use.get() == conv.getWeight() || use.get() == conv.getBias() ? alongChannels() : PanelsAttr();
  return {};
}

/// The stored values of a `rows x columns` weight in the given layout.
static std::vector<float> pack(ArrayRef<float> values, int64_t rows, int64_t columns, PanelsAttr layout) {
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
struct PackWeightsPass final : sst::impl::PackWeightsPassBase<PackWeightsPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  LogicalResult packUses(WeightOp weight, ArrayRef<OpOperand *> uses);
};
} // namespace

/// Replaces the uses of one weight, in program order, by uses of packed ones, one per layout.
LogicalResult PackWeightsPass::packUses(WeightOp weight, ArrayRef<OpOperand *> uses) {
  auto type = cast<RankedTensorType>(weight.getType());
  if (type.getEncoding())
    return success();
  llvm::MapVector<PanelsAttr, SmallVector<OpOperand *>> layouts;
  bool replacesAll = true;
  for (OpOperand *use : uses) {
    PanelsAttr layout = getWeightLayout(*use);
    replacesAll &= static_cast<bool>(layout);
    if (layout)
      layouts[layout].push_back(use);
  }
  if (layouts.empty())
    return success();
  FailureOr<std::vector<float>> values = readWeight(weight);
  if (failed(values))
    return failure();
  if (llvm::any_of(layouts, [](auto &entry) { return entry.first.getStorage() == Storage::BF16; }) &&
      !llvm::all_of(*values, fitsBF16))
    return weight.emitOpError("expects values that bf16 can hold; import the model with --weight-storage=bf16");
  Location loc = weight.getLoc();
  std::string name = weight.getName().str();
  OpBuilder builder(weight);
  builder.setInsertionPointAfter(weight);
  if (replacesAll)
    weight.erase();
  int64_t columns = type.getShape().back(), rows = type.getRank() == 2 ? type.getDimSize(0) : 1;
  for (auto &[layout, operands] : layouts) {
    auto packedType = RankedTensorType::get(type.getShape(), type.getElementType(), layout);
    std::string packedName = name;
    for (int64_t i = 1; SymbolTable::lookupSymbolIn(getOperation(), packedName); ++i)
      packedName = name + ".packed" + std::to_string(i);
    createWeight(builder, loc, packedName, packedType, pack(*values, rows, columns, layout));
    for (OpOperand *operand : operands) {
      OpBuilder useBuilder(operand->getOwner());
      operand->set(GetWeightOp::create(useBuilder, operand->get().getLoc(), packedType, packedName));
    }
  }
  return success();
}

void PackWeightsPass::runOnOperation() {
  llvm::MapVector<StringAttr, SmallVector<OpOperand *>> uses;
  getOperation().walk([&](Operation *op) {
    for (OpOperand &operand : op->getOpOperands())
      if (auto get = operand.get().getDefiningOp<GetWeightOp>())
        uses[get.getNameAttr().getAttr()].push_back(&operand);
  });
  SymbolTable symbols(getOperation());
  for (auto &[name, operands] : uses) {
    auto weight = symbols.lookup<WeightOp>(name);
    if (!weight || failed(packUses(weight, operands)))
      return signalPassFailure();
  }
  getOperation().walk([](GetWeightOp get) {
    if (get->use_empty())
      get->erase();
  });
}
