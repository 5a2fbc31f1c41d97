//===- ConvertToLoops.cpp - scheduled functions to calls of kernels ---------------------------------------------===//
//
// A function over tensors becomes one over four buffers. Each op becomes a call of its kernel with views of the arena,
// at the places that sst-plan-arena chose.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Passes.h"
#include "sst/Compiler/WeightBlob.h"

#include "llvm/ADT/TypeSwitch.h"

namespace sst {
#define GEN_PASS_DEF_CONVERTTOLOOPSPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;
using namespace sst;

namespace {

/// An activation at run time: its type and memory, and how many rows it has in all and per sequence.
struct Rows {
  RowsType type;
  Value memory;
  Value count;
  Value perSequence;
};

/// Rewrites one function.
class FunctionConverter {
public:
  FunctionConverter(func::FuncOp source, KernelLibrary &kernels, const llvm::StringMap<int64_t> &weightOffsets)
      : source(source), kernels(kernels), weightOffsets(weightOffsets), b(source.getLoc(), OpBuilder(source)) {}
  LogicalResult convert();

private:
  LogicalResult checkSignature();
  void createFunction();
  LogicalResult convertOp(Operation *op);
  LogicalResult convert(DenseOp op);
  LogicalResult convert(LayerNormOp op);
  LogicalResult convert(LastRowOp op);
  LogicalResult convert(CausalConv1DOp op);
  LogicalResult convert(EmaScanOp op);
  LogicalResult convert(CausalAttentionOp op);
  LogicalResult convertElementwise(Operation *op, KernelLibrary::Elementwise kind, Activation activation);

  /// Memory of a result of `op`, at its place.
  Rows placeResult(Operation *op, unsigned number = 0);
  FailureOr<Rows> getRows(Operation *user, Value value);
  FailureOr<Value> getWeight(Operation *user, Value value);
  Value viewScratch(Operation *op, unsigned number, int64_t elementsPerRow);
  Value spaceOffset(PlaceAttr place);
  LogicalResult checkPlan(Operation *op);
  LogicalResult refuseStates(Operation *op, bool hasStates);
  void call(func::FuncOp kernel, ValueRange operands) { func::CallOp::create(b, kernel, operands); }

  func::FuncOp source, target;
  KernelLibrary &kernels;
  const llvm::StringMap<int64_t> &weightOffsets;
  KernelBuilder b;
  ArenaAttr arena;
  Value input, output, workspace, weights, batch, rowsPerSequence, totalRows, one;
  DenseMap<Value, Rows> rowsOf;
};

struct ConvertToLoopsPass final : sst::impl::ConvertToLoopsPassBase<ConvertToLoopsPass> {
  using Base::Base;
  void runOnOperation() override;
};

} // namespace

LogicalResult FunctionConverter::checkSignature() {
  FunctionType type = source.getFunctionType();
  auto isRows = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getRank() == 3 && !tensor.isDynamicDim(2) && tensor.getElementType().isF32();
  };
  if (type.getNumInputs() == 1 && type.getNumResults() == 1 && isRows(type.getInput(0)) && isRows(type.getResult(0)))
    return success();
  return source.emitOpError("expects one argument and one result, both batch x rows x channels of f32, but got ")
         << type << "; pass weights as 'sst.weight'";
}

/// Inserts the new function before the old one and computes the row counts.
void FunctionConverter::createFunction() {
  Type bytes = MemRefType::get({ShapedType::kDynamic}, b.getI8Type()), index = b.getIndexType();
  target = func::FuncOp::create(b, source.getName(), b.getFunctionType({bytes, bytes, bytes, bytes, index, index}, {}));
  target.setVisibility(source.getVisibility());
  Block *entry = target.addEntryBlock();
  b.setInsertionPointToStart(entry);
  input = entry->getArgument(0);
  output = entry->getArgument(1);
  workspace = entry->getArgument(2);
  weights = entry->getArgument(3);
  batch = entry->getArgument(4);
  rowsPerSequence = entry->getArgument(5);
  one = b.index(1);
  totalRows = arith::MulIOp::create(b, batch, rowsPerSequence);
  int64_t channels = getChannels(source.getArgumentTypes()[0]);
  RowsType type{channels, channels};
  Value view = memref::ViewOp::create(b, type.memref(b.getContext()), input, b.index(0), ValueRange{totalRows});
  rowsOf[source.getArgument(0)] = {type, view, totalRows, rowsPerSequence};
}

/// Byte offset of a place in the workspace; the order of the spaces is that of #sst.arena.
Value FunctionConverter::spaceOffset(PlaceAttr place) {
  constexpr int64_t bytes = sizeof(float);
  Value paddedRows = b.add(totalRows, 16), paddedSequences = b.add(batch, 1);
  if (place.getSpace() == Space::Rows)
    return b.mul(paddedRows, place.getOffset() * bytes);
  Value base = b.mul(paddedRows, arena.getRows() * bytes);
  if (place.getSpace() == Space::Sequences)
    return b.add(base, b.mul(paddedSequences, place.getOffset() * bytes));
  SST_CHECK(place.getSpace() == Space::Fixed, "a result has no place in the workspace");
  return b.add(base, b.add(b.mul(paddedSequences, arena.getSequences() * bytes), place.getOffset() * bytes));
}

/// The plan must cover what the kernels will use: it is an attribute, and may come from a file.
LogicalResult FunctionConverter::checkPlan(Operation *op) {
  auto isPlan = [](ArrayAttr places, size_t size) {
    return places && places.size() == size && llvm::all_of(places, llvm::IsaPred<PlaceAttr>);
  };
  auto fits = [&](PlaceAttr place, int64_t elements) {
    int64_t end = place.getOffset() + elements;
    int64_t size = place.getSpace() == Space::Rows        ? arena.getRows()
                   : place.getSpace() == Space::Sequences ? arena.getSequences()
                                                          : arena.getFixed();
    return place.getOffset() >= 0 && place.getOffset() % kLanes == 0 && end <= size;
  };
  SmallVector<ScratchSize> scratch = getScratchSizes(op);
  auto places = op->getAttrOfType<ArrayAttr>(kPlacesAttr);
  auto scratchPlaces = op->getAttrOfType<ArrayAttr>(kScratchAttr);
  bool valid = isPlan(places, op->getNumResults()) && (scratch.empty() || isPlan(scratchPlaces, scratch.size()));
  for (size_t i = 0; valid && i < places.size(); ++i) {
    auto place = cast<PlaceAttr>(places[i]);
    auto type = cast<RankedTensorType>(op->getResult(i).getType());
    Space expected = type.getDimSize(1) == 1 ? Space::Sequences : Space::Rows;
    valid = place.getSpace() == Space::Result ||
            (place.getSpace() == expected && fits(place, padChannels(type.getDimSize(2))));
  }
  for (size_t i = 0; valid && i < scratch.size(); ++i) {
    auto place = cast<PlaceAttr>(scratchPlaces[i]);
    valid = place.getSpace() == scratch[i].space && fits(place, scratch[i].elements);
  }
  if (valid)
    return success();
  return op->emitOpError("expects a valid plan in 'sst.places' and 'sst.scratch'; run --sst-plan-arena first");
}

Rows FunctionConverter::placeResult(Operation *op, unsigned number) {
  Value result = op->getResult(number);
  auto type = cast<RankedTensorType>(result.getType());
  bool perSequence = type.getDimSize(1) == 1;
  auto place = cast<PlaceAttr>(op->getAttrOfType<ArrayAttr>(kPlacesAttr)[number]);
  Rows rows;
  rows.count = perSequence ? batch : totalRows;
  rows.perSequence = perSequence ? one : rowsPerSequence;
  bool external = place.getSpace() == Space::Result;
  rows.type = {type.getDimSize(2), external ? type.getDimSize(2) : padChannels(type.getDimSize(2))};
  rows.memory = memref::ViewOp::create(b, rows.type.memref(b.getContext()), external ? output : workspace,
                                       external ? b.index(0) : spaceOffset(place), ValueRange{rows.count});
  rowsOf[result] = rows;
  return rows;
}

Value FunctionConverter::viewScratch(Operation *op, unsigned number, int64_t elementsPerRow) {
  auto place = cast<PlaceAttr>(op->getAttrOfType<ArrayAttr>(kScratchAttr)[number]);
  Value size = place.getSpace() == Space::Rows ? b.mul(b.add(totalRows, 16), elementsPerRow) : b.index(elementsPerRow);
  return memref::ViewOp::create(b, MemRefType::get({ShapedType::kDynamic}, b.getF32Type()), workspace,
                                spaceOffset(place), ValueRange{size});
}

FailureOr<Rows> FunctionConverter::getRows(Operation *user, Value value) {
  auto it = rowsOf.find(value);
  if (it != rowsOf.end())
    return it->second;
  return user->emitOpError("expects its operands to come from the function's argument or from sst ops, but one is ")
         << value;
}

FailureOr<Value> FunctionConverter::getWeight(Operation *user, Value value) {
  auto get = value.getDefiningOp<GetWeightOp>();
  auto type = cast<RankedTensorType>(value.getType());
  auto panels = dyn_cast_or_null<PanelsAttr>(type.getEncoding());
  auto offset = get ? weightOffsets.find(get.getName()) : weightOffsets.end();
  if (!panels || offset == weightOffsets.end())
    return user->emitOpError("expects packed weights, but got ")
           << type << "; declare them as 'sst.weight' and run --sst-pack-weights first";
  int64_t elements = panels.getStorageElements(type.getRank() == 2 ? type.getDimSize(0) : 1);
  return Value(memref::ViewOp::create(b, MemRefType::get({elements}, b.getF32Type()), weights, b.index(offset->second),
                                      ValueRange{}));
}

LogicalResult FunctionConverter::refuseStates(Operation *op, bool hasStates) {
  if (!hasStates)
    return success();
  return op->emitOpError("carries a state from or to another call, which is not lowered yet; remove its initial and "
                         "final states");
}

LogicalResult FunctionConverter::convert(DenseOp op) {
  KernelLibrary::Dense shape;
  FailureOr<Rows> x = getRows(op, op.getInput());
  FailureOr<Value> weight = getWeight(op, op.getWeight());
  if (failed(x) || failed(weight))
    return failure();
  auto layout = cast<PanelsAttr>(cast<RankedTensorType>(op.getWeight().getType()).getEncoding());
  SmallVector<int64_t> segments;
  for (Value result : op.getOutputs())
    segments.push_back(getChannels(result.getType()));
  if (layout.getWidth() != kPanelColumns || layout.getSegments() != ArrayRef<int64_t>(segments))
    return op.emitOpError("expects a weight packed for its results, but got ") << layout;
  shape.input = x->type;
  SmallVector<Value> operands = {x->memory, *weight};
  shape.hasBias = static_cast<bool>(op.getBias());
  if (op.getBias()) {
    FailureOr<Value> bias = getWeight(op, op.getBias());
    if (failed(bias))
      return failure();
    operands.push_back(*bias);
  }
  for (unsigned i = 0; i < op.getNumResults(); ++i) {
    Rows y = placeResult(op, i);
    shape.outputs.push_back(y.type);
    shape.activations.push_back(op.getActivation(i));
    operands.push_back(y.memory);
  }
  for (auto [value, slot] : {std::pair<Value, std::optional<RowsType> *>{op.getGate(), &shape.gate},
                             {op.getOther(), &shape.other},
                             {op.getResidual(), &shape.residual}}) {
    if (!value)
      continue;
    FailureOr<Rows> rows = getRows(op, value);
    if (failed(rows))
      return failure();
    *slot = rows->type;
    operands.push_back(rows->memory);
  }
  operands.push_back(x->count);
  call(kernels.getDense(shape), operands);
  return success();
}

LogicalResult FunctionConverter::convert(LayerNormOp op) {
  FailureOr<Rows> x = getRows(op, op.getInput());
  FailureOr<Value> gamma = getWeight(op, op.getGamma()), beta = getWeight(op, op.getBeta());
  if (failed(x) || failed(gamma) || failed(beta))
    return failure();
  Rows y = placeResult(op);
  call(kernels.getLayerNorm(x->type, y.type, op.getFlavor(), op.getEpsilon().convertToFloat()),
       {x->memory, *gamma, *beta, y.memory, x->count});
  return success();
}

LogicalResult FunctionConverter::convertElementwise(Operation *op, KernelLibrary::Elementwise kind,
                                                    Activation activation) {
  SmallVector<RowsType> types;
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    FailureOr<Rows> x = getRows(op, operand);
    if (failed(x))
      return failure();
    types.push_back(x->type);
    operands.push_back(x->memory);
  }
  Rows y = placeResult(op);
  operands.append({y.memory, y.count});
  call(kernels.getElementwise(kind, activation, types, y.type), operands);
  return success();
}

LogicalResult FunctionConverter::convert(LastRowOp op) {
  FailureOr<Rows> x = getRows(op, op.getInput());
  if (failed(x))
    return failure();
  Rows y = placeResult(op);
  call(kernels.getLastRow(x->type, y.type), {x->memory, y.memory, batch, x->perSequence});
  return success();
}

LogicalResult FunctionConverter::convert(CausalConv1DOp op) {
  FailureOr<Rows> x = getRows(op, op.getInput());
  FailureOr<Value> weight = getWeight(op, op.getWeight());
  if (failed(refuseStates(op, op.getInitialState() || op.getFinalState())) || failed(x) || failed(weight))
    return failure();
  SmallVector<Value> operands = {x->memory, *weight};
  if (op.getBias()) {
    FailureOr<Value> bias = getWeight(op, op.getBias());
    if (failed(bias))
      return failure();
    operands.push_back(*bias);
  }
  Rows y = placeResult(op);
  operands.append({y.memory, batch, x->perSequence});
  int64_t taps = cast<RankedTensorType>(op.getWeight().getType()).getDimSize(0);
  call(kernels.getCausalConv1D(x->type, y.type, taps, static_cast<bool>(op.getBias()), op.getActivation()), operands);
  return success();
}

LogicalResult FunctionConverter::convert(EmaScanOp op) {
  FailureOr<Rows> x = getRows(op, op.getInput()), delta = getRows(op, op.getDelta()), bRows = getRows(op, op.getB()),
                  cRows = getRows(op, op.getC());
  if (failed(refuseStates(op, op.getInitialState() || op.getFinalState())) || failed(x) || failed(delta) ||
      failed(bRows) || failed(cRows))
    return failure();
  SmallVector<Value> operands = {x->memory, delta->memory, bRows->memory, cRows->memory};
  std::optional<RowsType> gateType;
  if (op.getGate()) {
    FailureOr<Rows> gate = getRows(op, op.getGate());
    if (failed(gate))
      return failure();
    gateType = gate->type;
    operands.push_back(gate->memory);
  }
  Rows y = placeResult(op);
  operands.append({y.memory, viewScratch(op, 0, kLanes), batch, x->perSequence});
  call(kernels.getEmaScan({x->type, delta->type, bRows->type, cRows->type, y.type, gateType, op.getLastRow()}),
       operands);
  return success();
}

LogicalResult FunctionConverter::convert(CausalAttentionOp op) {
  FailureOr<Rows> query = getRows(op, op.getQuery()), key = getRows(op, op.getKey()),
                  value = getRows(op, op.getValue());
  if (failed(refuseStates(op, op.getPastKey() || op.getPresentKey() || op.getPresentValue())) || failed(query) ||
      failed(key) || failed(value))
    return failure();
  Rows y = placeResult(op);
  SmallVector<ScratchSize> scratch = getScratchSizes(op);
  call(kernels.getCausalAttention({query->type, key->type, value->type, y.type, static_cast<int64_t>(op.getNumHeads()),
                                   op.getScale().convertToFloat()}),
       {query->memory, key->memory, value->memory, y.memory, viewScratch(op, 0, scratch[0].elements),
        viewScratch(op, 1, scratch[1].elements), batch, query->perSequence, key->perSequence});
  return success();
}

LogicalResult FunctionConverter::convertOp(Operation *op) {
  if (isa<GetWeightOp>(op))
    return success();
  if (isa<func::ReturnOp>(op)) {
    auto *producer = op->getOperand(0).getDefiningOp();
    auto places = producer ? producer->getAttrOfType<ArrayAttr>(kPlacesAttr) : ArrayAttr();
    auto number = places ? cast<OpResult>(op->getOperand(0)).getResultNumber() : 0;
    if (!places || cast<PlaceAttr>(places[number]).getSpace() != Space::Result)
      return op->emitOpError("expects the returned value to be placed in the result; run --sst-plan-arena first");
    func::ReturnOp::create(b);
    return success();
  }
  using Kind = KernelLibrary::Elementwise;
  bool known = isa<DenseOp, LayerNormOp, LastRowOp, CausalConv1DOp, EmaScanOp, CausalAttentionOp, ActivationOp,
                   GatedFusionOp, arith::AddFOp, arith::SubFOp, arith::MulFOp>(op);
  if (!known)
    return op->emitOpError("has no kernel; expand it first (--sst-expand-blocks), or write it in terms of sst ops and "
                           "arith.addf, arith.subf, arith.mulf on batch x rows x channels");
  if (failed(checkPlan(op)))
    return failure();
  return TypeSwitch<Operation *, LogicalResult>(op)
      .Case<DenseOp, LayerNormOp, LastRowOp, CausalConv1DOp, EmaScanOp, CausalAttentionOp>(
          [&](auto concrete) { return convert(concrete); })
      .Case([&](ActivationOp activation) { return convertElementwise(op, Kind::Activation, activation.getKind()); })
      .Case([&](GatedFusionOp) { return convertElementwise(op, Kind::GatedFusion, Activation::None); })
      .Case([&](arith::AddFOp) { return convertElementwise(op, Kind::Add, Activation::None); })
      .Case([&](arith::SubFOp) { return convertElementwise(op, Kind::Sub, Activation::None); })
      .Default([&](Operation *) { return convertElementwise(op, Kind::Mul, Activation::None); });
}

LogicalResult FunctionConverter::convert() {
  arena = source->getAttrOfType<ArenaAttr>(kArenaAttr);
  if (!arena)
    return source.emitOpError("expects a planned arena; run --sst-plan-arena first");
  if (failed(checkSignature()))
    return failure();
  createFunction();
  target->setAttr(kArenaAttr, arena);
  for (Operation &op : source.getBody().front()) {
    b.setLoc(op.getLoc());
    if (failed(convertOp(&op)))
      return failure();
  }
  source.erase();
  return success();
}

void ConvertToLoopsPass::runOnOperation() {
  ModuleOp module = getOperation();
  std::optional<Tiles> tiles = getTiles(variant);
  if (!tiles) {
    module.emitError("expects 'variant' to be x86-64-v3 or x86-64-v4, but got '") << variant << "'";
    return signalPassFailure();
  }
  KernelLibrary kernels(module, *tiles);
  llvm::StringMap<int64_t> offsets = getWeightOffsets(module);
  for (func::FuncOp function : llvm::to_vector(module.getOps<func::FuncOp>()))
    if (!function.isExternal() && failed(FunctionConverter(function, kernels, offsets).convert()))
      return signalPassFailure();
}
