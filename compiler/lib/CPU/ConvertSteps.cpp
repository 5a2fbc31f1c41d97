//===- ConvertSteps.cpp - one stage of an op --------------------------------------------------------------------===//
//
// The op's own class emits it (CpuOp.h). Here is what all have in common: the check that the plan covers what kernels
// will use, and the entry in the table of ops.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "FunctionConverter.h"

using namespace mlir;
using namespace sst;

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
  StringRef suffix = graph.getStages(step.op)[step.stage].suffix;
  for (Value operand : step.op->getOperands())
    if (auto get = operand.getDefiningOp<GetWeightOp>())
      return (get.getName().rsplit('.').first + suffix).str();
  return (step.op->getName().stripDialect() + suffix + "_" + Twine(stepNumbers[&step - steps.begin()])).str();
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
  SmallVector<ScratchSize> scratch = ops.find(op)->getScratch(op);
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

LogicalResult FunctionConverter::convertStep(const Step &step) {
  const CpuOp *op = ops.find(step.op);
  StageEmitter emitter(*this, step);
  if (failed(checkPlan(step.op)) || failed(op->emit(emitter, step.op, step.stage)))
    return failure();
  if (!emitter.getKernel())
    return step.op->emitOpError("has a code generator whose emit() calls no kernel in stage ") << step.stage;
  Work work = getWork(step, graph, ops);
  works[&step - steps.begin()] =
      WorkAttr::get(b.getContext(), b.getStringAttr(getStepName(step)), emitter.getKernel().getSymNameAttr(),
                    step.phase, b.getDenseF64ArrayAttr(work.flops), b.getDenseF64ArrayAttr(work.bytes), work.weights);
  return success();
}
