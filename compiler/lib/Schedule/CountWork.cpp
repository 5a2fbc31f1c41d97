//===- CountWork.cpp - how much the stages of a program do ------------------------------------------------------===//
//
// Counted from the scheduled ops, after slicing and merging: what is left to do, not what the model once was.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/StageGraph.h"

#include "sst/Compiler/States.h"

using namespace mlir;
using namespace sst;

Work sst::getWork(const Step &step, const StageGraph &graph, const Backend &backend) {
  Work work = backend.find(step.op)->countWork(step.op, step.stage);
  constexpr double size = sizeof(float);
  auto addRows = [&](Value value) {
    work.bytes[hasOneRow(value) ? Work::Sequence : Work::Row] += size * static_cast<double>(getChannels(value));
  };
  const StageInfo &stage = graph.getStages(step.op)[step.stage];
  for (const StageRead &read : stage.reads)
    addRows(read.operand->get());
  for (OpResult result : stage.computes)
    addRows(result);
  if (step.stage != 0)
    return work;
  for (Value operand : step.op->getOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand.getType());
    if (!operand.getDefiningOp<GetWeightOp>() || !type || !type.hasStaticShape())
      continue;
    auto panels = dyn_cast_or_null<PanelsAttr>(type.getEncoding());
    work.weights += type.getNumElements() * (panels ? panels.getElementBytes() : static_cast<int64_t>(sizeof(float)));
  }
  return work;
}
