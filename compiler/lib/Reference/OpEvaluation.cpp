//===- OpEvaluation.cpp - what each op means ----------------------------------------------------------------------===//
//
// One function for each op: compare the shapes that are only known at run time, charge for the result, compute. The
// table at the end says which is for which.
//
//===--------------------------------------------------------------------------------------------------------------===//

#include "Execution.h"
#include "Kernels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace sst;
using namespace sst::reference;

using Results = FailureOr<TensorRefs>;

/// What an activation counts as, in steps.
static constexpr int64_t stepsPerFunction = 16;

static Results one(Execution &execution, HostTensor result) { return TensorRefs{execution.own(std::move(result))}; }

/// Checks a value that may be absent.
static LogicalResult checkOptional(Operation *op, const Twine &what, const HostTensor *tensor,
                                   ArrayRef<int64_t> expected) {
  return tensor ? checkShape(op, what, *tensor, expected) : success();
}

//===--------------------------------------------------------------------------------------------------------------===//
// Row-local ops
//===--------------------------------------------------------------------------------------------------------------===//

/// The epilogue of a dense with gate or residual, which has one result.
static HostTensor finishDense(HostTensor a, const HostTensor *gate, const HostTensor *other,
                              const HostTensor *residual) {
  HostTensor m = gate ? gatedFusion(*gate, a, *other) : std::move(a);
  return residual ? add(*residual, m) : m;
}

static Results evaluateDense(Execution &execution, DenseOp op) {
  const HostTensor &input = *execution.get(op.getInput()), &weight = *execution.get(op.getWeight());
  const HostTensor *bias = execution.get(op.getBias()), *gate = execution.get(op.getGate());
  const HostTensor *other = execution.get(op.getOther()), *residual = execution.get(op.getResidual());
  int64_t batch = input.shape[0], rows = input.shape[1], columns = weight.shape[1];
  if (failed(checkShape(op, "'weight'", weight, {input.shape[2], columns})) ||
      failed(checkOptional(op, "'bias'", bias, {columns})) ||
      failed(checkOptional(op, "'gate'", gate, {batch, rows, columns})) ||
      failed(checkOptional(op, "'other'", other, {batch, rows, columns})) ||
      failed(checkOptional(op, "'residual'", residual, {batch, rows, columns})) ||
      failed(execution.charge(op, {batch, rows, columns}, input.shape[2] + stepsPerFunction)))
    return failure();
  HostTensor p = project(input, weight, bias);
  TensorRefs results;
  int64_t begin = 0;
  for (auto [index, output] : llvm::enumerate(op.getOutputs())) {
    int64_t count = cast<RankedTensorType>(output.getType()).getDimSize(2);
    if (ShapedType::isDynamic(count) || count > columns - begin)
      return op.emitOpError("expects the channels of the results to add up to ") << columns;
    HostTensor a = activate(op.getActivation(index), takeChannels(p, begin, count));
    results.push_back(execution.own(finishDense(std::move(a), gate, other, residual)));
    begin += count;
  }
  return results;
}

static Results evaluateLayerNorm(Execution &execution, LayerNormOp op) {
  const HostTensor &input = *execution.get(op.getInput());
  const HostTensor &gamma = *execution.get(op.getGamma()), &beta = *execution.get(op.getBeta());
  if (failed(checkShape(op, "'gamma'", gamma, {input.shape[2]})) ||
      failed(checkShape(op, "'beta'", beta, {input.shape[2]})) ||
      failed(execution.charge(op, input.shape, stepsPerFunction)))
    return failure();
  return one(execution, layerNorm(input, gamma, beta, op.getFlavor(), op.getEpsilon().convertToDouble()));
}

static Results evaluateActivation(Execution &execution, ActivationOp op) {
  const HostTensor &input = *execution.get(op.getInput());
  if (failed(execution.charge(op, input.shape, stepsPerFunction)))
    return failure();
  return one(execution, activate(op.getKind(), input));
}

static Results evaluateLastRow(Execution &execution, LastRowOp op) {
  const HostTensor &input = *execution.get(op.getInput());
  if (input.shape[1] == 0)
    return op.emitOpError("expects 'input' to have at least one row, but got ") << formatSizes(input.shape);
  if (failed(execution.charge(op, {input.shape[0], 1, input.shape[2]}, 1)))
    return failure();
  return one(execution, lastRow(input));
}

static Results evaluateGatedFusion(Execution &execution, GatedFusionOp op) {
  const HostTensor &gate = *execution.get(op.getGate());
  const HostTensor &first = *execution.get(op.getFirst()), &second = *execution.get(op.getSecond());
  if (failed(checkShape(op, "'first'", first, gate.shape)) || failed(checkShape(op, "'second'", second, gate.shape)) ||
      failed(execution.charge(op, gate.shape, 3)))
    return failure();
  return one(execution, gatedFusion(gate, first, second));
}

/// An arith op on two tensors of the same shape.
static Results evaluateBinary(Execution &execution, Operation *op,
                              HostTensor (*function)(const HostTensor &, const HostTensor &)) {
  const HostTensor &lhs = *execution.get(op->getOperand(0)), &rhs = *execution.get(op->getOperand(1));
  if (failed(checkShape(op, "'rhs'", rhs, lhs.shape)) || failed(execution.charge(op, lhs.shape, 1)))
    return failure();
  return one(execution, function(lhs, rhs));
}

//===--------------------------------------------------------------------------------------------------------------===//
// Ops along time
//===--------------------------------------------------------------------------------------------------------------===//

/// The output and, if the op has it as a result, the final state.
static TensorRefs takeCarried(Execution &execution, Carried carried, bool wantsState) {
  TensorRefs results = {execution.own(std::move(carried.output))};
  if (wantsState)
    results.push_back(execution.own(std::move(carried.finalState)));
  return results;
}

static Results evaluateCausalConv1D(Execution &execution, CausalConv1DOp op) {
  const HostTensor &input = *execution.get(op.getInput()), &weight = *execution.get(op.getWeight());
  const HostTensor *bias = execution.get(op.getBias()), *initialState = execution.get(op.getInitialState());
  int64_t batch = input.shape[0], rows = input.shape[1], channels = input.shape[2], taps = weight.shape[0];
  if (taps < 1)
    return op.emitOpError("expects 'weight' to have at least one tap, but got ") << formatSizes(weight.shape);
  if (failed(checkShape(op, "'weight'", weight, {taps, channels})) ||
      failed(checkOptional(op, "'bias'", bias, {channels})) ||
      failed(checkOptional(op, "'initial_state'", initialState, {batch, taps - 1, channels})) ||
      failed(execution.charge(op, {batch, rows, channels}, taps + stepsPerFunction)) ||
      failed(execution.charge(op, {batch, taps - 1, channels}, 1)))
    return failure();
  Carried carried = causalConv1D(input, weight, bias, initialState);
  carried.output = activate(op.getActivation(), std::move(carried.output));
  return takeCarried(execution, std::move(carried), static_cast<bool>(op.getFinalState()));
}

static Results evaluateEmaScan(Execution &execution, EmaScanOp op) {
  const HostTensor &input = *execution.get(op.getInput()), &delta = *execution.get(op.getDelta());
  const HostTensor &b = *execution.get(op.getB()), &c = *execution.get(op.getC());
  const HostTensor *initialState = execution.get(op.getInitialState()), *gate = execution.get(op.getGate());
  int64_t batch = input.shape[0], rows = input.shape[1], channels = input.shape[2];
  int64_t outputRows = op.getLastRow() ? 1 : rows;
  if (op.getLastRow() && rows == 0)
    return op.emitOpError("expects 'input' to have at least one row with 'last_row', but got ")
           << formatSizes(input.shape);
  if (delta.shape[2] == 0)
    return op.emitOpError("expects 'delta' to have at least one channel, but got ") << formatSizes(delta.shape);
  if (failed(checkShape(op, "'delta'", delta, {batch, rows, ShapedType::kDynamic})) ||
      failed(checkShape(op, "'b'", b, {batch, rows, ShapedType::kDynamic})) ||
      failed(checkShape(op, "'c'", c, b.shape)) ||
      failed(checkOptional(op, "'initial_state'", initialState, {batch, channels})) ||
      failed(checkOptional(op, "'gate'", gate, {batch, outputRows, channels})) ||
      failed(execution.charge(op, {batch, rows, channels}, stepsPerFunction)) ||
      failed(execution.charge(op, {batch, channels}, 1)))
    return failure();
  Carried carried = emaScan(input, delta, b, c, initialState, gate, op.getLastRow());
  return takeCarried(execution, std::move(carried), static_cast<bool>(op.getFinalState()));
}

static Results evaluateCausalAttention(Execution &execution, CausalAttentionOp op) {
  const HostTensor &query = *execution.get(op.getQuery());
  const HostTensor &key = *execution.get(op.getKey()), &value = *execution.get(op.getValue());
  const HostTensor *pastKey = execution.get(op.getPastKey()), *pastValue = execution.get(op.getPastValue());
  int64_t batch = query.shape[0], rows = query.shape[1], channels = query.shape[2];
  int64_t heads = static_cast<int64_t>(op.getNumHeads());
  int64_t allRows = key.shape[1] + (pastKey ? pastKey->shape[1] : 0);
  if (failed(checkShape(op, "'key'", key, {batch, ShapedType::kDynamic, channels})) ||
      failed(checkShape(op, "'value'", value, key.shape)) ||
      failed(checkOptional(op, "'past_key'", pastKey, {batch, ShapedType::kDynamic, channels})) ||
      failed(checkOptional(op, "'past_value'", pastValue, pastKey ? ArrayRef<int64_t>(pastKey->shape) : key.shape)))
    return failure();
  if (key.shape[1] < rows)
    return op.emitOpError("expects at least as many rows in 'key' as in 'query' at run time, but got ")
           << key.shape[1] << " vs " << rows;
  if (failed(execution.charge(op, {batch, allRows, channels}, 2)) ||
      failed(execution.charge(op, query.shape, allRows * 2 + stepsPerFunction)))
    return failure();
  HostTensor keys = appendRows(pastKey, key), values = appendRows(pastValue, value);
  TensorRefs results = {
      execution.own(causalAttention(query, keys, values, heads, op.getScale().convertToDouble(), op.getWindow()))};
  if (op.getPresentKey()) {
    results.push_back(execution.own(std::move(keys)));
    results.push_back(execution.own(std::move(values)));
  }
  return results;
}

//===--------------------------------------------------------------------------------------------------------------===//
// Weights, constants, calls
//===--------------------------------------------------------------------------------------------------------------===//

static Results evaluateGetWeight(Execution &execution, GetWeightOp op) {
  FailureOr<TensorRef> weight = execution.getWeight(op, op.getNameAttr().getAttr());
  if (failed(weight))
    return failure();
  return TensorRefs{*weight};
}

static Results evaluateConstant(Execution &execution, arith::ConstantOp op) {
  auto value = dyn_cast<DenseFPElementsAttr>(op.getValue());
  if (!value)
    return op.emitOpError("expects its value to be a 'dense' attribute; make it an 'sst.weight'");
  ArrayRef<int64_t> shape = value.getType().getShape();
  if (failed(execution.charge(op, shape, 1)))
    return failure();
  HostTensor result = makeTensor(shape);
  for (auto [element, number] : llvm::zip(result.data, value.getValues<float>()))
    element = number;
  return one(execution, std::move(result));
}

static Results evaluateCall(Execution &execution, func::CallOp op) {
  auto function = execution.getSymbolTables().lookupNearestSymbolFrom<func::FuncOp>(op, op.getCalleeAttr());
  if (!function)
    return op.emitOpError("expects a function named '") << op.getCallee() << "', but there is none";
  TensorRefs arguments;
  for (Value operand : op.getOperands())
    arguments.push_back(execution.getRef(operand));
  return execution.call(function, std::move(arguments));
}

//===--------------------------------------------------------------------------------------------------------------===//
// The table
//===--------------------------------------------------------------------------------------------------------------===//

/// An evaluation of an op of one kind as one of any op.
template <typename OpTy, Results (*function)(Execution &, OpTy)>
static Results evaluateAs(Execution &execution, Operation *op) {
  return function(execution, cast<OpTy>(op));
}

template <typename OpTy, Results (*function)(Execution &, OpTy)>
static void addEvaluation(EvaluationTable &table) {
  table[OpTy::getOperationName()] = evaluateAs<OpTy, function>;
}

template <typename OpTy, HostTensor (*function)(const HostTensor &, const HostTensor &)>
static void addBinary(EvaluationTable &table) {
  table[OpTy::getOperationName()] = [](Execution &execution, Operation *op) {
    return evaluateBinary(execution, op, function);
  };
}

static EvaluationTable makeEvaluations() {
  EvaluationTable table;
  addEvaluation<DenseOp, evaluateDense>(table);
  addEvaluation<LayerNormOp, evaluateLayerNorm>(table);
  addEvaluation<ActivationOp, evaluateActivation>(table);
  addEvaluation<LastRowOp, evaluateLastRow>(table);
  addEvaluation<GatedFusionOp, evaluateGatedFusion>(table);
  addEvaluation<CausalConv1DOp, evaluateCausalConv1D>(table);
  addEvaluation<EmaScanOp, evaluateEmaScan>(table);
  addEvaluation<CausalAttentionOp, evaluateCausalAttention>(table);
  addEvaluation<BlockOp, evaluateBlock>(table);
  addEvaluation<GetWeightOp, evaluateGetWeight>(table);
  addEvaluation<arith::ConstantOp, evaluateConstant>(table);
  addEvaluation<func::CallOp, evaluateCall>(table);
  addBinary<arith::AddFOp, reference::add>(table);
  addBinary<arith::SubFOp, reference::subtract>(table);
  addBinary<arith::MulFOp, reference::multiply>(table);
  return table;
}

const EvaluationTable &sst::getEvaluations() {
  static const EvaluationTable table = makeEvaluations();
  return table;
}
