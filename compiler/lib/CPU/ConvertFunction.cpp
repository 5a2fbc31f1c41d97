//===- ConvertFunction.cpp - the frame of a function ------------------------------------------------------------===//
//
// A function of tensors becomes one of pointers that calls its phases (ConvertPhases.cpp), one after the other, with
// what all of them share: sizes, where each space of the workspace begins, a table of numbers.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "FunctionConverter.h"

#include "sst/Dialect/StateLayout.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace sst;

/// The functions of sst_entry.h that generated code calls.
static constexpr llvm::StringLiteral kNextName = "sst_team_next", kMarkName = "sst_team_mark";

LogicalResult sst::checkCalledNames(ModuleOp module) {
  for (StringRef name : {kNextName, kMarkName})
    if (Operation *op = module.lookupSymbol(name))
      return op->emitOpError("is named '") << name << "', as a function that generated code calls; rename it";
  return success();
}

LogicalResult FunctionConverter::checkSignature() {
  FunctionType type = source.getFunctionType();
  if (type.getNumInputs() >= 1 && type.getNumResults() == type.getNumInputs() && isPlaceable(type.getInput(0)) &&
      isPlaceable(type.getResult(0)))
    return success();
  return source.emitOpError(
             "expects one argument and one result, both batch x rows x channels of f32, and then as many "
             "initial as final states, but got ")
         << type << "; pass weights as 'sst.weight'";
}

LogicalResult FunctionConverter::checkReturn(func::ReturnOp op) {
  auto *producer = op->getOperand(0).getDefiningOp();
  auto places = producer ? producer->getAttrOfType<ArrayAttr>(kPlacesAttr) : ArrayAttr();
  unsigned number = places ? cast<OpResult>(op->getOperand(0)).getResultNumber() : 0;
  if (!places || number >= places.size() || cast<PlaceAttr>(places[number]).getSpace() != Space::Result)
    return op->emitOpError("expects the returned value to be placed in the result; run --sst-plan-arena first");
  return success();
}

/// A state that one function leaves, another takes: all must mean the same.
LogicalResult FunctionConverter::checkStates() {
  FailureOr<SmallVector<CarriedState>> carried = getCarriedStates(source, ops);
  if (failed(carried))
    return failure();
  states = std::move(*carried);
  if (states.size() + 1 != source.getNumArguments())
    return source.emitOpError("expects every argument after the first to be the initial state of an op");
  if (states.empty())
    return success();
  streamSizes = *getStreamSizes(source);
  StateTexts layout;
  for (const CarriedState &state : states)
    layout.push_back(state.layout);
  if (stateTexts.empty())
    stateTexts = layout;
  for (size_t i = 0; i < std::max(layout.size(), stateTexts.size()); ++i)
    if (i >= layout.size() || i >= stateTexts.size() || layout[i] != stateTexts[i])
      return source.emitOpError("expects the same states as the functions before it, but argument #")
             << i + 1 << " is " << (i < layout.size() ? layout[i] : "none") << ", there "
             << (i < stateTexts.size() ? stateTexts[i] : "none");
  return success();
}

/// All that decides where a value lies in a state; the sizes of panels and lines are those of this compiler.
ArrayAttr FunctionConverter::describeStates() {
  SmallVector<std::string> texts;
  for (const CarriedState &state : states)
    texts.push_back(
        llvm::formatv("{0} at {1} of {2} in lines of {3}", state.layout, state.offset, state.elements, kLanes));
  return b.getStrArrayAttr(SmallVector<StringRef>(texts.begin(), texts.end()));
}

/// The declaration of a function of sst_entry.h.
static func::FuncOp declare(ModuleOp module, StringRef name, FunctionType type) {
  // It is the first op of the module, or the second.
  if (auto existing = module.lookupSymbol<func::FuncOp>(name))
    return existing;
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  auto function = func::FuncOp::create(builder, UnknownLoc::get(module.getContext()), name, type);
  function.setPrivate();
  return function;
}

/// Inserts the new function before the old one and computes what all phases share.
void FunctionConverter::createFunction() {
  Type bytes = getFlatMemRef(b.getI8Type()), index = b.getIndexType();
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  auto module = source->getParentOfType<ModuleOp>();
  nextFunction = declare(module, kNextName, b.getFunctionType({pointer, index, index, index}, {index}));
  markFunction = declare(module, kMarkName, b.getFunctionType({pointer, index}, {}));
  SmallVector<Type> types(6, bytes);
  types.append({index, index, index, index, pointer});
  target = func::FuncOp::create(b, source.getName(), b.getFunctionType(types, {}));
  target.setVisibility(source.getVisibility());
  passPointers(target);
  Block *entry = target.addEntryBlock();
  b.setInsertionPointToStart(entry);
  Value *arguments[] = {&common.input,      &common.output,         &common.workspace, &common.weights,
                        &common.firstState, &common.stateAddresses, &common.batch,     &common.rowsPerSequence,
                        &common.thread,     &common.threads,        &common.team};
  for (auto [argument, value] : llvm::zip_equal(arguments, entry->getArguments()))
    *argument = value;
  constexpr int64_t size = sizeof(float);
  common.totalRows = b.mul(common.batch, common.rowsPerSequence);
  common.paddedRows = b.add(common.totalRows, ArenaAttr::kSpareRows);
  common.paddedSequences = b.add(common.batch, ArenaAttr::kSpareSequences);
  common.sequencesStart = b.mul(common.paddedRows, arena.getRows() * size);
  common.threadStart = b.add(b.add(common.sequencesStart, b.mul(common.paddedSequences, arena.getSequences() * size)),
                             b.mul(common.thread, arena.getThread() * size));
  divideRows();
  auto count = static_cast<int64_t>(common.sizes().size());
  common.sizeMemory = memref::AllocaOp::create(b, MemRefType::get({count}, b.getI64Type()));
  for (auto [index, value] : llvm::enumerate(common.sizes()))
    memref::StoreOp::create(b, arith::IndexCastOp::create(b, b.getI64Type(), *value), common.sizeMemory,
                            ValueRange{b.index(static_cast<int64_t>(index))});
  // As long as it will be when all phases have been emitted (createTable).
  table = memref::GetGlobalOp::create(b, MemRefType::get({0}, b.getI64Type()),
                                      names.make("sst_numbers_" + source.getName()));
  common.numbers = b.flatten(table);
}

/// Defines the table of numbers that the phases have asked for.
void FunctionConverter::createTable() {
  auto length = static_cast<int64_t>(phaseNumbers.size());
  auto values = DenseElementsAttr::get(RankedTensorType::get({length}, b.getI64Type()), ArrayRef(phaseNumbers));
  table.getResult().setType(MemRefType::get({length}, b.getI64Type()));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(target);
  memref::GlobalOp::create(b, table.getName(), b.getStringAttr("private"), table.getType(), values, /*constant=*/true,
                           /*alignment=*/IntegerAttr());
}

LogicalResult FunctionConverter::convert() {
  arena = source->getAttrOfType<ArenaAttr>(kArenaAttr);
  if (!arena)
    return source.emitOpError("expects a planned arena; run --sst-plan-arena first");
  if (failed(checkOneBlock(source)) || failed(checkSignature()) || failed(checkStates()))
    return failure();
  FailureOr<StageGraph> stages = StageGraph::create(source, ops);
  if (failed(stages))
    return failure();
  graph = std::move(*stages);
  FailureOr<SmallVector<Step>> planned = getSteps(graph);
  if (failed(planned) || failed(checkReturn(cast<func::ReturnOp>(source.getBody().front().getTerminator()))))
    return failure();
  steps = std::move(*planned);
  works.resize(steps.size());
  numberSteps();
  createFunction();
  SmallVector<size_t> phase;
  for (size_t index = 0; index < steps.size(); ++index) {
    phase.push_back(index);
    if (index + 1 < steps.size() && steps[index + 1].phase == steps[index].phase)
      continue;
    if (failed(emitPhase(phase)))
      return failure();
    phase.clear();
  }
  b.setLoc(source.getLoc());
  func::ReturnOp::create(b);
  createTable();
  target->setAttr(kArenaAttr, arena);
  if (!states.empty())
    target->setAttr(kStatesAttr, describeStates());
  target->setAttr(kOpsAttr, b.getArrayAttr(works));
  source.erase();
  return success();
}
