//===- LocateOperands.cpp - where the operands of a kernel call are ---------------------------------------------===//
//
// Pieces of the workspace, the weights, the caller's buffers and the states of streams, at the places that the plan
// gives; and the check that the plan covers what kernels will use.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "FunctionConverter.h"

#include "sst/Compiler/Check.h"
#include "sst/Runtime/sst_entry.h"

using namespace mlir;
using namespace sst;

/// Byte offset of a place in the workspace; the order of the spaces is that of #sst.arena.
Value FunctionConverter::spaceOffset(PlaceAttr place) {
  Value offset = phaseNumber(place.getOffset() * static_cast<int64_t>(sizeof(float)));
  if (place.getSpace() == Space::Rows)
    return b.mul(common.paddedRows, offset);
  if (place.getSpace() == Space::Sequences)
    return b.add(common.sequencesStart, b.mul(common.paddedSequences, offset));
  SST_CHECK(place.getSpace() == Space::Thread, "a result has no place in the workspace");
  return b.add(common.threadStart, offset);
}

/// The plan must cover what the kernels will use: it is an attribute, and may come from a file.
LogicalResult FunctionConverter::checkPlan(Operation *op) {
  for (Value result : op->getResults())
    if (!isCarriedState(result) && !isPlaceable(result.getType()))
      return op->emitOpError("expects results that are f32 tensors of rank 3 with static channels, but got ")
             << result.getType();
  if (failed(checkCarried(op, states)))
    return failure();
  auto isPlan = [](ArrayAttr places, size_t size) {
    return places && places.size() == size && llvm::all_of(places, llvm::IsaPred<PlaceAttr>);
  };
  auto fits = [&](PlaceAttr place, int64_t elements) {
    int64_t size = place.getSpace() == Space::Rows        ? arena.getRows()
                   : place.getSpace() == Space::Sequences ? arena.getSequences()
                                                          : arena.getThread();
    return elements <= size && place.getOffset() <= size - elements;
  };
  Operation *terminator = source.getBody().front().getTerminator();
  SmallVector<ScratchSize> scratch = getScratchSizes(op);
  auto places = op->getAttrOfType<ArrayAttr>(kPlacesAttr);
  auto scratchPlaces = op->getAttrOfType<ArrayAttr>(kScratchAttr);
  bool valid = isPlan(places, op->getNumResults()) && (scratch.empty() || isPlan(scratchPlaces, scratch.size()));
  for (size_t i = 0; valid && i < places.size(); ++i) {
    auto place = cast<PlaceAttr>(places[i]);
    Value result = op->getResult(i);
    if (isCarriedState(result)) {
      const CarriedState *state = findState(states, result);
      valid = state && place.getSpace() == Space::State && place.getOffset() == state->offset &&
              state->offset + state->elements <= arena.getState();
      continue;
    }
    int64_t channels = padChannels(getChannels(result.getType()));
    valid = (place.getSpace() == Space::Result && place.getOffset() == 0 && terminator->getOperand(0) == result) ||
            (place.getSpace() == (hasOneRow(result) ? Space::Sequences : Space::Rows) && fits(place, channels)) ||
            (place.getSpace() == Space::Thread && fits(place, channels * kBlockRows));
  }
  for (size_t i = 0; valid && i < scratch.size(); ++i) {
    auto place = cast<PlaceAttr>(scratchPlaces[i]);
    valid = place.getSpace() == scratch[i].space && fits(place, scratch[i].elements);
  }
  if (valid)
    return success();
  return op->emitOpError("expects a valid plan in 'sst.places' and 'sst.scratch'; run --sst-plan-arena first");
}

/// The memory of `value`, which is at `place`; null: in the input.
FunctionConverter::Rows FunctionConverter::locateRows(Value value, PlaceAttr place, bool whole) {
  constexpr int64_t bytes = sizeof(float);
  auto type = cast<RankedTensorType>(value.getType());
  int64_t channels = type.getDimSize(2);
  bool dense = !place || place.getSpace() == Space::Result;
  Rows rows;
  rows.type = {channels, dense ? channels : padChannels(channels)};
  Value memory = !place ? common.input : dense ? common.output : common.workspace;
  Value offset = dense ? b.index(0) : spaceOffset(place);
  bool inBlock = block.begin && !whole;
  rows.count = inBlock ? b.sub(block.end, block.begin) : hasOneRow(value) ? common.batch : common.totalRows;
  if (inBlock && (dense || place.getSpace() != Space::Thread))
    offset = b.add(offset, b.mul(block.begin, rows.type.stride * bytes));
  rows.memory = {memory, offset};
  return rows;
}

FailureOr<FunctionConverter::Rows> FunctionConverter::getRows(Operation *user, Value value, bool whole) {
  if (value == source.getArgument(0))
    return locateRows(value, {}, whole);
  auto result = dyn_cast<OpResult>(value);
  auto places = result ? result.getOwner()->getAttrOfType<ArrayAttr>(kPlacesAttr) : ArrayAttr();
  if (!places || places.size() != result.getOwner()->getNumResults())
    return user->emitOpError("expects its operands to come from the function's argument or from sst ops, but one is ")
           << value;
  auto place = cast<PlaceAttr>(places[result.getResultNumber()]);
  // What a thread keeps for itself is there for the block of rows at hand, in the phase that computes it.
  bool isOrigin = llvm::is_contained(phasesOf.lookup(result.getOwner()), currentPhase);
  if (place.getSpace() == Space::Thread && (whole || !block.begin || !isOrigin))
    return user->emitOpError("expects an operand that all threads can read, but it is placed at ") << place;
  return locateRows(value, place, whole);
}

FunctionConverter::Piece FunctionConverter::getScratch(Operation *op, unsigned number, int64_t perRow) {
  auto place = cast<PlaceAttr>(op->getAttrOfType<ArrayAttr>(kScratchAttr)[number]);
  Value offset = spaceOffset(place);
  if (place.getSpace() == Space::Rows && block.begin)
    offset = b.add(offset, b.mul(block.begin, perRow * static_cast<int64_t>(sizeof(float))));
  return {common.workspace, offset};
}

void FunctionConverter::call(func::FuncOp kernel, const Arguments &arguments) {
  SmallVector<Value> values;
  for (auto [piece, type] : llvm::zip_equal(arguments.pieces, kernel.getArgumentTypes()))
    values.push_back(piece.offset
                         ? memref::ViewOp::create(b, cast<MemRefType>(type), piece.buffer, piece.offset, ValueRange())
                         : piece.buffer);
  func::CallOp::create(b, kernel, values);
  calledKernel = kernel;
}

FailureOr<FunctionConverter::Piece> FunctionConverter::getWeight(OpOperand &use) {
  auto get = use.get().getDefiningOp<GetWeightOp>();
  auto type = cast<RankedTensorType>(use.get().getType());
  auto offset = get ? weightOffsets.find(get.getName()) : weightOffsets.end();
  if (!type.getEncoding() || offset == weightOffsets.end())
    return use.getOwner()->emitOpError("expects packed weights, but got ")
           << type << "; declare them as 'sst.weight' and run --sst-pack-weights first";
  PanelsAttr layout = getWeightLayout(use);
  if (type.getEncoding() != layout)
    return use.getOwner()->emitOpError("expects a weight packed as ") << layout << ", but got " << type;
  return Piece{common.weights, phaseNumber(offset->second)};
}

void FunctionConverter::addStates(Arguments &arguments) {
  arguments.add(common.firstState).add(Piece{common.stateAddresses, b.index(0)});
}

Value FunctionConverter::getStateOffset(Value result) {
  auto place = cast<PlaceAttr>(
      result.getDefiningOp()->getAttrOfType<ArrayAttr>(kPlacesAttr)[cast<OpResult>(result).getResultNumber()]);
  return phaseNumber(sizeof(sst_state_header_t) + place.getOffset() * static_cast<int64_t>(sizeof(float)));
}

Value FunctionConverter::getRowsPerSequence(Value rows) {
  return hasOneRow(rows) ? b.index(1) : common.rowsPerSequence;
}

FunctionConverter::Range FunctionConverter::getBlock() { return block.begin ? block : Range{b.index(0), common.batch}; }
