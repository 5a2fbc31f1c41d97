//===- StageEmitter.cpp - what the call of a kernel is made of --------------------------------------------------===//

#include "FunctionConverter.h"

#include "sst/Compiler/Check.h"
#include "sst/Runtime/sst_entry.h"

using namespace mlir;
using namespace sst;

StageEmitter::StageEmitter(FunctionConverter &function, const Step &step)
    : b(function.b), library(function.kernels), function(function), step(step) {}

/// What stands for rows that cannot be had, so that callers need not ask.
static Rows noRows(KernelBuilder &b) { return {{kLanes, kLanes}, {}, b.index(0)}; }

InFlightDiagnostic StageEmitter::fail() {
  hasFailed = true;
  return step.op->emitOpError();
}

/// Byte offset of a place in the workspace; the order of the spaces is that of #sst.arena.
Value StageEmitter::getOffset(PlaceAttr place) {
  const auto &common = function.common;
  Value offset = function.phaseNumber(place.getOffset() * static_cast<int64_t>(sizeof(float)));
  if (place.getSpace() == Space::Rows)
    return b.mul(common.paddedRows, offset);
  if (place.getSpace() == Space::Sequences)
    return b.add(common.sequencesStart, b.mul(common.paddedSequences, offset));
  SST_CHECK(place.getSpace() == Space::Thread, "a result has no place in the workspace");
  return b.add(common.threadStart, offset);
}

/// The memory of `value`, which is at `place`; null: in the input.
Rows StageEmitter::locate(Value value, PlaceAttr place, bool all) {
  constexpr int64_t bytes = sizeof(float);
  const auto &common = function.common;
  int64_t channels = getChannels(value);
  bool isDense = !place || place.getSpace() == Space::Result;
  Rows rows;
  rows.type = {channels, isDense ? channels : padChannels(channels)};
  Value memory = !place ? common.input : isDense ? common.output : common.workspace;
  Value offset = isDense ? b.index(0) : getOffset(place);
  const Span &block = function.block;
  bool inBlock = block.begin && !all;
  rows.count = inBlock ? b.sub(block.end, block.begin) : hasOneRow(value) ? common.batch : common.totalRows;
  if (inBlock && (isDense || place.getSpace() != Space::Thread))
    offset = b.add(offset, b.mul(block.begin, rows.type.stride * bytes));
  rows.memory = {memory, offset, rows.type.memref(b.getContext())};
  return rows;
}

Rows StageEmitter::locate(Value value, bool all) {
  if (value == function.source.getArgument(0))
    return locate(value, {}, all);
  auto result = dyn_cast<OpResult>(value);
  auto places = result ? result.getOwner()->getAttrOfType<ArrayAttr>(kPlacesAttr) : ArrayAttr();
  if (!places || places.size() != result.getOwner()->getNumResults()) {
    fail() << "expects its operands to come from the function's argument or from sst ops, but one is " << value;
    return noRows(b);
  }
  auto place = cast<PlaceAttr>(places[result.getResultNumber()]);
  // What a thread keeps for itself is there for the block of rows at hand, in the phase that computes it.
  bool isOrigin = llvm::is_contained(function.phasesOf.lookup(result.getOwner()), step.phase);
  if (place.getSpace() == Space::Thread && (all || !function.block.begin || !isOrigin)) {
    fail() << "expects an operand that all threads can read, but it is placed at " << place;
    return noRows(b);
  }
  return locate(value, place, all);
}

Memory StageEmitter::scratch(unsigned number, int64_t perRow) {
  auto places = step.op->getAttrOfType<ArrayAttr>(kScratchAttr);
  if (!places || number >= places.size()) {
    fail() << "has a code generator that asks for scratch memory #" << number << ", of which its getScratch() says "
           << "nothing";
    return {};
  }
  auto place = cast<PlaceAttr>(places[number]);
  Value offset = getOffset(place);
  if (place.getSpace() == Space::Rows && function.block.begin)
    offset = b.add(offset, b.mul(function.block.begin, perRow * static_cast<int64_t>(sizeof(float))));
  return {function.common.workspace, offset, getFlatMemRef(b.getF32Type())};
}

Memory StageEmitter::weight(OpOperand &use) {
  auto get = use.get().getDefiningOp<GetWeightOp>();
  auto type = cast<RankedTensorType>(use.get().getType());
  auto offset = get ? function.weightOffsets.find(get.getName()) : function.weightOffsets.end();
  if (!type.getEncoding() || offset == function.weightOffsets.end()) {
    fail() << "expects packed weights, but got " << type
           << "; declare them as 'sst.weight' and run --sst-pack-weights first";
    return {};
  }
  PanelsAttr layout = getWeightLayout(use);
  if (type.getEncoding() != layout) {
    fail() << "expects a weight packed as " << layout << ", but got " << type;
    return {};
  }
  return {function.common.weights, function.phaseNumber(offset->second),
          getWeightMemRef(b.getContext(), layout.getStorage())};
}

Memory StageEmitter::weight(MutableOperandRange optional) {
  return optional.empty() ? Memory() : weight(*optional.begin());
}

StreamStates StageEmitter::states() {
  const auto &common = function.common;
  Memory first{common.firstState, {}, getFlatMemRef(b.getI8Type())};
  return {first, {common.stateAddresses, b.index(0), getFlatMemRef(b.getI64Type())}};
}

Value StageEmitter::stateOffset(Value finalState) {
  auto result = cast<OpResult>(finalState);
  auto place = cast<PlaceAttr>(result.getOwner()->getAttrOfType<ArrayAttr>(kPlacesAttr)[result.getResultNumber()]);
  return function.phaseNumber(sizeof(sst_state_header_t) + place.getOffset() * static_cast<int64_t>(sizeof(float)));
}

Value StageEmitter::batch() { return function.common.batch; }

Value StageEmitter::rowsPerSequence(Value rows) {
  return hasOneRow(rows) ? b.index(1) : function.common.rowsPerSequence;
}

Span StageEmitter::block() { return function.block.begin ? function.block : Span{b.index(0), function.common.batch}; }

Span StageEmitter::items() { return function.part; }

const StreamSizes &StageEmitter::sizes() { return function.streamSizes; }

LogicalResult StageEmitter::call(StringRef name, Signature arguments, KernelLibrary::Emit emit) {
  if (hasFailed)
    return failure();
  func::FuncOp called = library.call(b, name, std::move(arguments), emit);
  if (!kernel)
    kernel = called;
  return success();
}
