//===- Interpreter.cpp - runs functions op by op ------------------------------------------------------------------===//
//
// Walks the single block of a function, keeps the value of every SSA value until its last use, and compares the shapes
// of what is given to it with their types. What the ops mean is in OpEvaluation.cpp and BlockEvaluation.cpp.
//
//===--------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Interpreter.h"

#include "Execution.h"
#include "sst/Compiler/Check.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sst;
using namespace sst::reference;

/// What every executed op costs besides its arithmetic, so that a tree of calls of nothing comes to an end in seconds.
static constexpr int64_t stepsPerOp = int64_t(1) << 16;

std::string reference::formatSizes(ArrayRef<int64_t> shape) {
  return llvm::join(
      llvm::map_range(
          shape, [](int64_t size) { return ShapedType::isDynamic(size) ? std::string("?") : std::to_string(size); }),
      "x");
}

std::optional<int64_t> reference::multiplySizes(ArrayRef<int64_t> sizes) {
  int64_t product = 1;
  for (int64_t size : sizes)
    if (size < 0 || llvm::MulOverflow(product, size, product))
      return std::nullopt;
  return product;
}

/// Whether a tensor of `shape` can have the sizes `expected`, of which any may be dynamic.
static bool hasSizes(ArrayRef<int64_t> shape, ArrayRef<int64_t> expected) {
  return shape.size() == expected.size() && llvm::all_of(llvm::zip(shape, expected), [](auto sizes) {
           return ShapedType::isDynamic(std::get<1>(sizes)) || std::get<0>(sizes) == std::get<1>(sizes);
         });
}

LogicalResult reference::checkShape(Operation *op, const Twine &what, const HostTensor &tensor,
                                    ArrayRef<int64_t> expected) {
  if (hasSizes(tensor.shape, expected))
    return success();
  return op->emitOpError("expects ") << what << " to be " << formatSizes(expected) << " at run time, but got "
                                     << formatSizes(tensor.shape);
}

StringRef sst::getLocationName(Location loc) {
  LocationAttr attr = loc;
  while (attr) {
    if (auto named = dyn_cast<NameLoc>(attr))
      return named.getName().getValue();
    if (auto call = dyn_cast<CallSiteLoc>(attr))
      attr = call.getCallee();
    else if (auto fused = dyn_cast<FusedLoc>(attr); fused && !fused.getLocations().empty())
      attr = fused.getLocations().front();
    else
      return "";
  }
  return "";
}

//===--------------------------------------------------------------------------------------------------------------===//
// Execution
//===--------------------------------------------------------------------------------------------------------------===//

Execution::Execution(ModuleOp module, const EvaluationTable &evaluations, const InterpreterLimits &limits,
                     InterpreterNoise &noise, Interpreter::WeightCache &weights, ProbeCallback probe)
    : module(module), evaluations(evaluations), limits(limits), noise(noise), weights(weights), callback(probe) {
  for (auto &[op, tensor] : weights)
    liveElements += static_cast<int64_t>(tensor->data.size());
}

TensorRef Execution::getRef(Value value) const {
  auto it = frame->values.find(value);
  SST_CHECK(it != frame->values.end(), "an operand is used before it is computed");
  return it->second;
}

FailureOr<TensorRef> Execution::getWeight(Operation *user, StringAttr name) {
  auto weight = symbolTables.lookupNearestSymbolFrom<WeightOp>(user, name);
  if (!weight)
    return user->emitOpError("expects a weight named '") << name.getValue() << "', but there is none";
  if (auto it = weights.find(weight); it != weights.end())
    return it->second;
  FailureOr<HostTensor> tensor = readWeightTensor(weight, limits.liveElements - liveElements);
  if (failed(tensor))
    return failure();
  addNoise(*tensor);
  liveElements += static_cast<int64_t>(tensor->data.size());
  auto ref = std::make_shared<const HostTensor>(std::move(*tensor));
  weights.try_emplace(weight, ref);
  return ref;
}

LogicalResult Execution::charge(Operation *op, ArrayRef<int64_t> shape, int64_t stepsEach) {
  std::optional<int64_t> elements = multiplySizes(shape);
  if (!elements || *elements > limits.liveElements - liveElements)
    return op->emitOpError("needs a tensor of ")
           << formatSizes(shape) << " elements, which is beyond the interpreter's limit of " << limits.liveElements
           << " live elements; run fewer sequences or rows";
  std::optional<int64_t> cost = multiplySizes({*elements, stepsEach});
  if (!cost || *cost > limits.steps - steps)
    return op->emitOpError("takes the run beyond the interpreter's limit of ")
           << limits.steps << " steps; run fewer sequences or rows";
  steps += *cost;
  return success();
}

/// In [-1, 1).
static double nextNoise(uint64_t &seed) {
  // The linear congruential generator of MMIX; its upper bits are random enough.
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return static_cast<double>(seed >> 11) / static_cast<double>(uint64_t(1) << 52) - 1;
}

void Execution::addNoise(HostTensor &tensor) {
  if (noise.relative == 0 && noise.absolute == 0)
    return;
  for (double &value : tensor.data) {
    value *= 1 + noise.relative * nextNoise(noise.seed);
    value += noise.absolute * nextNoise(noise.seed);
  }
}

TensorRef Execution::own(HostTensor tensor) {
  addNoise(tensor);
  liveElements += static_cast<int64_t>(tensor.data.size());
  return TensorRef(new HostTensor(std::move(tensor)), [this](const HostTensor *dead) {
    liveElements -= static_cast<int64_t>(dead->data.size());
    delete dead;
  });
}

/// Shows the results of `op` to the probe and keeps those that are used.
void Execution::bindResults(Operation *op, const TensorRefs &results) {
  SST_CHECK(results.size() == op->getNumResults(), "an evaluation gave the wrong number of results");
  StringRef name = getLocationName(op->getLoc());
  for (auto [index, value] : llvm::enumerate(op->getResults())) {
    const TensorRef &result = results[index];
    SST_CHECK(hasSizes(result->shape, cast<RankedTensorType>(value.getType()).getShape()),
              "a result has other sizes than its type, which follows from those of the operands");
    probe({op->getName().getStringRef(), name, op->getLoc(), static_cast<unsigned>(index), *result});
    int64_t uses = std::distance(value.use_begin(), value.use_end());
    if (uses == 0)
      continue;
    frame->values[value] = result;
    frame->pendingUses[value] = uses;
  }
}

/// Forgets the operands that `op` was the last to use.
void Execution::releaseOperands(Operation *op) {
  for (Value operand : op->getOperands())
    if (--frame->pendingUses[operand] == 0)
      frame->values.erase(operand);
}

LogicalResult Execution::execute(Operation *op) {
  if (failed(charge(op, {}, stepsPerOp)))
    return failure();
  for (Type type : op->getResultTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.getElementType().isF32())
      return op->emitOpError("has a result of type ") << type << "; only ranked tensors of f32 can be interpreted";
  }
  auto evaluation = evaluations.find(op->getName().getStringRef());
  if (evaluation == evaluations.end())
    return op->emitOpError("cannot be interpreted; the interpreter knows the ops of sst, func.call and "
                           "arith.constant, addf, subf and mulf on tensors: give it IR from before stage 'loops'");
  FailureOr<TensorRefs> results = evaluation->second(*this, op);
  if (failed(results))
    return failure();
  bindResults(op, *results);
  releaseOperands(op);
  return success();
}

/// Fails unless `function` is something that can be run on `arguments`.
static LogicalResult checkCall(func::FuncOp function, const TensorRefs &arguments) {
  if (function.isExternal())
    return function.emitOpError("has no body; only functions of this module can be interpreted");
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitOpError("has several blocks; only straight-line functions can be interpreted");
  ArrayRef<Type> types = function.getArgumentTypes();
  for (auto [index, type] : llvm::enumerate(types)) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.getElementType().isF32())
      return function.emitOpError("has argument #")
             << index << " of type " << type << "; only ranked tensors of f32 can be interpreted";
  }
  if (types.size() != arguments.size())
    return function.emitOpError("expects ") << types.size() << " inputs, but got " << arguments.size();
  for (auto [index, type, argument] : llvm::enumerate(types, arguments))
    if (failed(checkShape(function, "input #" + Twine(index), *argument, cast<ShapedType>(type).getShape())))
      return failure();
  return success();
}

FailureOr<TensorRefs> Execution::call(func::FuncOp function, TensorRefs arguments) {
  if (depth >= limits.callDepth)
    return function.emitOpError("is called at a depth of more than ")
           << limits.callDepth << " calls; models do not recurse";
  if (failed(checkCall(function, arguments)))
    return failure();
  Frame ownFrame, *callerFrame = frame;
  for (auto [value, tensor] : llvm::zip(function.getArguments(), arguments)) {
    ownFrame.values[value] = tensor;
    ownFrame.pendingUses[value] = std::distance(value.use_begin(), value.use_end());
  }
  arguments.clear();
  frame = &ownFrame;
  ++depth;
  FailureOr<TensorRefs> results = failure();
  for (Operation &op : function.getBody().front()) {
    if (auto ret = dyn_cast<func::ReturnOp>(op)) {
      results = TensorRefs(llvm::map_range(ret.getOperands(), [&](Value value) { return ownFrame.values[value]; }));
      break;
    }
    if (failed(execute(&op)))
      break;
  }
  --depth;
  frame = callerFrame;
  return results;
}

//===--------------------------------------------------------------------------------------------------------------===//
// Interpreter
//===--------------------------------------------------------------------------------------------------------------===//

/// The names of the functions of a module, for messages.
static std::string listFunctions(ModuleOp module) {
  constexpr size_t most = 8;
  SmallVector<std::string> names;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (names.size() == most) {
      names.push_back("...");
      break;
    }
    names.push_back("'" + function.getName().str() + "'");
  }
  return names.empty() ? "none" : llvm::join(names, ", ");
}

FailureOr<SmallVector<HostTensor>> Interpreter::run(StringRef name, ArrayRef<HostTensor> inputs, ProbeCallback probe) {
  auto function = module.lookupSymbol<func::FuncOp>(name);
  if (!function)
    return module.emitError("expects a function named '") << name << "', but the module has: " << listFunctions(module);
  Execution execution(module, evaluations, limits, noise, weights, probe);
  TensorRefs arguments;
  for (auto [index, input] : llvm::enumerate(inputs)) {
    std::optional<int64_t> elements = multiplySizes(input.shape);
    if (!elements || *elements != static_cast<int64_t>(input.data.size()))
      return function.emitError("expects input #") << index << " to have the " << formatSizes(input.shape)
                                                   << " values of its shape, but got " << input.data.size();
    if (failed(execution.charge(function, input.shape, 1)))
      return failure();
    arguments.push_back(execution.own(input));
  }
  FailureOr<TensorRefs> results = execution.call(function, std::move(arguments));
  if (failed(results))
    return failure();
  SmallVector<HostTensor> copies;
  for (const TensorRef &result : *results)
    copies.push_back(*result);
  return copies;
}
