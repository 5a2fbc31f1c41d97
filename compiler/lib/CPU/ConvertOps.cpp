//===- ConvertOps.cpp - one call of a kernel per stage ----------------------------------------------------------===//
//
// Operands are pieces of the arena, at the places that sst-plan-arena chose. In a stage divided by rows a piece starts
// at the first row of the current block, so kernels count rows from 0; what needs rows before the block gets all of
// them.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "CountWork.h"
#include "FunctionConverter.h"

#include "sst/Compiler/Check.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sst;

LogicalResult FunctionConverter::convert(DenseOp op) {
  KernelLibrary::Dense shape;
  FailureOr<Rows> x = getRows(op, op.getInput());
  FailureOr<Piece> weight = getWeight(op.getWeightMutable());
  if (failed(x) || failed(weight))
    return failure();
  shape.input = x->type;
  Arguments arguments;
  arguments.add(x->memory).add(*weight);
  shape.hasBias = static_cast<bool>(op.getBias());
  shape.storage = cast<PanelsAttr>(cast<RankedTensorType>(op.getWeight().getType()).getEncoding()).getStorage();
  if (op.getBias()) {
    FailureOr<Piece> bias = getWeight(*op.getBiasMutable().begin());
    if (failed(bias))
      return failure();
    arguments.add(*bias);
  }
  int64_t panels = 0;
  for (unsigned i = 0; i < op.getNumResults(); ++i) {
    FailureOr<Rows> y = getRows(op, op.getResult(i));
    if (failed(y))
      return failure();
    shape.outputs.push_back(y->type);
    shape.activations.push_back(op.getActivation(i));
    arguments.add(y->memory);
    panels += padChannels(y->type.channels) / kPanelColumns;
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
    arguments.add(rows->memory);
  }
  Value firstPanel = b.index(0), endPanel = b.index(panels);
  if (part.begin) {
    firstPanel = b.mul(part.begin, kColumnStep);
    endPanel = b.min(b.mul(part.end, kColumnStep), endPanel);
  }
  arguments.add(getScratch(op, 0, 0)).add(x->count).add(firstPanel).add(endPanel);
  if (!hasOneRow(op.getResult(0))) {
    call(kernels.getDense(shape), arguments);
    return success();
  }
  auto ifOp = scf::IfOp::create(b, b.less(x->count, b.index(2)), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOp.elseBlock());
  call(kernels.getDense(shape), arguments);
  b.setInsertionPointToStart(ifOp.thenBlock());
  func::FuncOp general = calledKernel;
  shape.isOneRow = true;
  call(kernels.getDense(shape), arguments);
  // Which of the two runs, each call decides; the name of the one is the beginning of that of the other.
  calledKernel = general;
  return success();
}

LogicalResult FunctionConverter::convert(LayerNormOp op) {
  FailureOr<Rows> x = getRows(op, op.getInput()), y = getRows(op, op.getOutput());
  FailureOr<Piece> gamma = getWeight(op.getGammaMutable()), beta = getWeight(op.getBetaMutable());
  if (failed(x) || failed(y) || failed(gamma) || failed(beta))
    return failure();
  call(kernels.getLayerNorm(x->type, y->type, op.getFlavor(), op.getEpsilon().convertToFloat()),
       Arguments().add(x->memory).add(*gamma).add(*beta).add(y->memory).add(x->count));
  return success();
}

LogicalResult FunctionConverter::convertElementwise(Operation *op, KernelLibrary::Elementwise kind,
                                                    Activation activation) {
  SmallVector<RowsType> types;
  Arguments arguments;
  for (Value operand : op->getOperands()) {
    FailureOr<Rows> x = getRows(op, operand);
    if (failed(x))
      return failure();
    types.push_back(x->type);
    arguments.add(x->memory);
  }
  FailureOr<Rows> y = getRows(op, op->getResult(0));
  if (failed(y))
    return failure();
  arguments.add(y->memory).add(y->count);
  call(kernels.getElementwise(kind, activation, types, y->type), arguments);
  return success();
}

LogicalResult FunctionConverter::convert(LastRowOp op) {
  FailureOr<Rows> x = getRows(op, op.getInput()), y = getRows(op, op.getOutput());
  if (failed(x) || failed(y))
    return failure();
  call(kernels.getLastRow(x->type, y->type),
       Arguments().add(x->memory).add(y->memory).add(common.batch).add(getRowsPerSequence(op.getInput())));
  return success();
}

LogicalResult FunctionConverter::convert(CausalConv1DOp op) {
  FailureOr<Rows> x = getRows(op, op.getInput(), /*whole=*/true), y = getRows(op, op.getOutput());
  FailureOr<Piece> weight = getWeight(op.getWeightMutable());
  if (failed(x) || failed(y) || failed(weight))
    return failure();
  Arguments arguments;
  arguments.add(x->memory).add(*weight);
  if (op.getBias()) {
    FailureOr<Piece> bias = getWeight(*op.getBiasMutable().begin());
    if (failed(bias))
      return failure();
    arguments.add(*bias);
  }
  arguments.add(y->memory);
  int64_t taps = cast<RankedTensorType>(op.getWeight().getType()).getDimSize(0);
  int64_t stateRows = carriesState(op) ? getConvStateRows(taps, streamSizes) : 0;
  if (stateRows > 0) {
    addStates(arguments);
    arguments.add(getStateOffset(op.getFinalState()));
  }
  Range rows = getBlock();
  arguments.add(getRowsPerSequence(op.getInput())).add(rows.begin).add(rows.end);
  call(
      kernels.getCausalConv1D({x->type, y->type, taps, stateRows, static_cast<bool>(op.getBias()), op.getActivation()}),
      arguments);
  return success();
}

/// The last rows of the input to the state.
LogicalResult FunctionConverter::convertStateRows(CausalConv1DOp op) {
  FailureOr<Rows> x = getRows(op, op.getInput(), /*whole=*/true);
  if (failed(x))
    return failure();
  Arguments arguments;
  arguments.add(x->memory);
  addStates(arguments);
  arguments.add(getStateOffset(op.getFinalState())).add(common.batch).add(getRowsPerSequence(op.getInput()));
  int64_t taps = cast<RankedTensorType>(op.getWeight().getType()).getDimSize(0);
  call(kernels.getStateRows(x->type, getConvStateRows(taps, streamSizes)), arguments);
  return success();
}

LogicalResult FunctionConverter::convertCoefficients(EmaScanOp op) {
  FailureOr<Rows> delta = getRows(op, op.getDelta()), bRows = getRows(op, op.getB()), cRows = getRows(op, op.getC());
  if (failed(delta) || failed(bRows) || failed(cRows))
    return failure();
  call(
      kernels.getEmaCoefficients(delta->type, bRows->type, cRows->type),
      Arguments().add(delta->memory).add(bRows->memory).add(cRows->memory).add(getScratch(op, 0, 2)).add(delta->count));
  return success();
}

LogicalResult FunctionConverter::convertStates(EmaScanOp op) {
  FailureOr<Rows> x = getRows(op, op.getInput()), y = getRows(op, op.getOutput());
  if (failed(x) || failed(y))
    return failure();
  Arguments arguments;
  arguments.add(x->memory);
  std::optional<RowsType> gateType;
  if (op.getGate()) {
    FailureOr<Rows> gate = getRows(op, op.getGate());
    if (failed(gate))
      return failure();
    gateType = gate->type;
    arguments.add(gate->memory);
  }
  arguments.add(y->memory).add(getScratch(op, 0, 2));
  int64_t versions = 0;
  if (carriesState(op)) {
    versions = streamSizes.rollback + 1;
    addStates(arguments);
    arguments.add(getStateOffset(op.getFinalState()));
  }
  arguments.add(common.batch).add(getRowsPerSequence(op.getInput())).add(part.begin).add(part.end);
  call(kernels.getEmaScan({x->type, y->type, gateType, op.getLastRow(), versions}), arguments);
  return success();
}

/// How many rows a row sees; 0 if all up to itself.
static int64_t getWindow(CausalAttentionOp op) { return static_cast<int64_t>(op.getWindow().value_or(0)); }

LogicalResult FunctionConverter::convert(CausalAttentionOp op) {
  FailureOr<Rows> query = getRows(op, op.getQuery()), key = getRows(op, op.getKey()),
                  value = getRows(op, op.getValue()), y = getRows(op, op.getOutput());
  if (failed(query) || failed(key) || failed(value) || failed(y))
    return failure();
  call(kernels.getCausalAttention({query->type, key->type, value->type, y->type, static_cast<int64_t>(op.getNumHeads()),
                                   op.getScale().convertToFloat(), getWindow(op)}),
       Arguments()
           .add(query->memory)
           .add(key->memory)
           .add(value->memory)
           .add(y->memory)
           .add(getScratch(op, 0, 0))
           .add(getRowsPerSequence(op.getQuery()))
           .add(getRowsPerSequence(op.getKey()))
           .add(part.begin)
           .add(part.end));
  return success();
}

/// Keys and values to the state.
LogicalResult FunctionConverter::convertAppend(CausalAttentionOp op) {
  FailureOr<Rows> key = getRows(op, op.getKey()), value = getRows(op, op.getValue());
  if (failed(key) || failed(value))
    return failure();
  Arguments arguments;
  arguments.add(key->memory).add(value->memory);
  addStates(arguments);
  Range rows = getBlock();
  arguments.add(getStateOffset(op.getPresentKey()))
      .add(getStateOffset(op.getPresentValue()))
      .add(getRowsPerSequence(op.getKey()))
      .add(rows.begin)
      .add(rows.end);
  call(kernels.getAppendKeys(key->type, value->type, static_cast<int64_t>(op.getNumHeads()), getKeyRows(streamSizes)),
       arguments);
  return success();
}

LogicalResult FunctionConverter::convertFromState(CausalAttentionOp op) {
  FailureOr<Rows> query = getRows(op, op.getQuery()), y = getRows(op, op.getOutput());
  if (failed(query) || failed(y))
    return failure();
  Arguments arguments;
  arguments.add(query->memory);
  addStates(arguments);
  arguments.add(y->memory)
      .add(getScratch(op, 0, 0))
      .add(getStateOffset(op.getPresentKey()))
      .add(getStateOffset(op.getPresentValue()))
      .add(getRowsPerSequence(op.getQuery()))
      .add(getRowsPerSequence(op.getKey()))
      .add(part.begin)
      .add(part.end);
  call(kernels.getAttentionFromState({query->type, y->type, static_cast<int64_t>(op.getNumHeads()),
                                      op.getScale().convertToFloat(), getKeyRows(streamSizes), getWindow(op)}),
       arguments);
  return success();
}

void FunctionConverter::numberSteps() {
  DenseMap<std::pair<const void *, unsigned>, int64_t> counts;
  stepNumbers.clear();
  phasesOf.clear();
  for (const Step &step : steps) {
    stepNumbers.push_back(++counts[{step.op->getName().getAsOpaquePointer(), step.stage}]);
    phasesOf[step.op].push_back(step.phase);
  }
}

/// A name for what a step computes: that of the weight it applies, else the op's with a number.
std::string FunctionConverter::getStepName(const Step &step) {
  for (Value operand : step.op->getOperands())
    if (auto get = operand.getDefiningOp<GetWeightOp>())
      return get.getName().rsplit('.').first.str() + (step.stage == 0 ? "" : "_state");
  std::string name = step.op->getName().stripDialect().str();
  if (isa<EmaScanOp>(step.op) && step.stage == 0)
    name += "_coefficients";
  if (isa<CausalAttentionOp>(step.op) && step.stage + 1 < getStages(step.op).size())
    name += "_append";
  return name + "_" + std::to_string(stepNumbers[&step - steps.begin()]);
}

LogicalResult FunctionConverter::convertStep(const Step &step) {
  using Kind = KernelLibrary::Elementwise;
  Operation *op = step.op;
  currentPhase = step.phase;
  if (failed(checkPlan(op)))
    return failure();
  LogicalResult result =
      TypeSwitch<Operation *, LogicalResult>(op)
          .Case<DenseOp, LayerNormOp, LastRowOp>([&](auto concrete) { return convert(concrete); })
          .Case([&](CausalConv1DOp conv) { return step.stage == 0 ? convert(conv) : convertStateRows(conv); })
          .Case([&](CausalAttentionOp attention) {
            if (!carriesState(op))
              return convert(attention);
            return step.stage == 0 ? convertAppend(attention) : convertFromState(attention);
          })
          .Case([&](EmaScanOp scan) { return step.stage == 0 ? convertCoefficients(scan) : convertStates(scan); })
          .Case([&](ActivationOp activation) { return convertElementwise(op, Kind::Activation, activation.getKind()); })
          .Case([&](GatedFusionOp) { return convertElementwise(op, Kind::GatedFusion, Activation::None); })
          .Case([&](arith::AddFOp) { return convertElementwise(op, Kind::Add, Activation::None); })
          .Case([&](arith::SubFOp) { return convertElementwise(op, Kind::Sub, Activation::None); })
          .Case([&](arith::MulFOp) { return convertElementwise(op, Kind::Mul, Activation::None); })
          .Default([&](Operation *) -> LogicalResult {
            SST_CHECK(false, "an op with stages has no conversion");
            return failure();
          });
  if (failed(result))
    return failure();
  Work work = countWork(step);
  works[&step - steps.begin()] =
      WorkAttr::get(b.getContext(), b.getStringAttr(getStepName(step)), calledKernel.getSymNameAttr(), step.phase,
                    b.getDenseF64ArrayAttr(work.flops), b.getDenseF64ArrayAttr(work.bytes), work.weights);
  return success();
}
