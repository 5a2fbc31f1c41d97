//===- StageGraph.cpp - the stages of a function and what they need of each other -------------------------------===//
//
// What a backend says of an op is checked against what the interfaces of the op say, so that a stage that was forgotten
// is a report and not a race.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/StageGraph.h"

#include "sst/Compiler/States.h"
#include "sst/Dialect/SSTInterfaces.h"

#include "llvm/ADT/STLExtras.h"

#include <functional>

using namespace mlir;
using namespace sst;

bool sst::hasOneRow(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() == 3 && type.getDimSize(1) == 1;
}

bool sst::sharesPhase(Partition origin, Partition partition, const StageRead &read) {
  if (origin != partition)
    return false;
  // One thread computes all undivided stages of a phase, in program order.
  return partition == Partition::Whole || (partition == Partition::Rows && read.onlySameRow);
}

ArrayRef<StageInfo> StageGraph::getStages(Operation *op) const {
  const auto *found = stages.find(op);
  return found == stages.end() ? ArrayRef<StageInfo>() : found->second;
}

unsigned StageGraph::getStageOf(OpResult result) const {
  ArrayRef<StageInfo> all = getStages(result.getOwner());
  for (auto [stage, info] : llvm::enumerate(all))
    if (llvm::is_contained(info.computes, result))
      return stage;
  return all.size() - 1;
}

const StageRead *StageGraph::findRead(OpOperand &operand, unsigned stage) const {
  ArrayRef<StageInfo> all = getStages(operand.getOwner());
  if (stage >= all.size())
    return nullptr;
  const auto *found = llvm::find_if(all[stage].reads, [&](const StageRead &r) { return r.operand == &operand; });
  return found == all[stage].reads.end() ? nullptr : found;
}

/// An error that what a backend says of `op` in `method` is not so.
static InFlightDiagnostic contradict(Operation *op, StringRef method) {
  return op->emitOpError("has a code generator whose ") << method << " is wrong: ";
}

/// Every activation is read, every other result than a state computed once.
static LogicalResult checkComplete(Operation *op, ArrayRef<StageInfo> stages) {
  for (OpOperand &operand : op->getOpOperands()) {
    std::optional<RowUse> use = getRowUse(operand);
    if (!use)
      return op->emitOpError("does not say which rows it reads; let it implement RowOpInterface");
    bool isRead = llvm::any_of(stages, [&](const StageInfo &stage) {
      return llvm::any_of(stage.reads, [&](const StageRead &read) { return read.operand == &operand; });
    });
    if (isRead != (*use != RowUse::NoRows))
      return contradict(op, "getStages()")
             << (isRead ? "a stage reads the rows of" : "no stage reads") << " operand #" << operand.getOperandNumber()
             << ", which " << (isRead ? "has no rows of a call" : "is an activation");
  }
  for (OpResult result : op->getResults()) {
    auto count =
        llvm::count_if(stages, [&](const StageInfo &stage) { return llvm::is_contained(stage.computes, result); });
    if (isCarriedState(result) && count > 0)
      return contradict(op, "getStages()")
             << "a stage computes result #" << result.getResultNumber() << ", which is a carried state";
    if (!isCarriedState(result) && count != 1)
      return contradict(op, "getStages()")
             << count << " stages compute result #" << result.getResultNumber() << " instead of one";
  }
  return success();
}

/// A stage that is divided by rows has all rows, and needs no row of an operand that is not the same one unless it says
/// so.
static LogicalResult checkRows(Operation *op, ArrayRef<StageInfo> stages) {
  for (const StageInfo &stage : stages) {
    for (const StageRead &read : stage.reads) {
      if (read.operand->getOwner() != op)
        return contradict(op, "getStages()") << "a stage reads an operand of another op";
      if (stages.size() == 1 && read.onlySameRow && *getRowUse(*read.operand) != RowUse::SameRow)
        return contradict(op, "getStages()") << "it reads only the same row of operand #"
                                             << read.operand->getOperandNumber() << ", of which it needs earlier ones";
    }
    if (stage.partition == Partition::Rows && llvm::any_of(stage.computes, [](OpResult r) { return hasOneRow(r); }))
      return contradict(op, "getStages()") << "a stage that is divided by rows has a result of one row per sequence";
  }
  return success();
}

FailureOr<StageGraph> StageGraph::create(func::FuncOp function, const Backend &backend) {
  if (failed(checkOneBlock(function)))
    return failure();
  StageGraph graph;
  for (Operation &op : function.getBody().front()) {
    if (isa<GetWeightOp, func::ReturnOp>(op))
      continue;
    const ScheduledOp *scheduled = backend.find(&op);
    if (!scheduled)
      return refuse(&op, backend);
    if (failed(scheduled->check(&op)))
      return failure();
    SmallVector<StageInfo> stages = scheduled->getStages(&op);
    if (stages.empty())
      return contradict(&op, "getStages()") << "there is none";
    if (failed(checkComplete(&op, stages)) || failed(checkRows(&op, stages)))
      return failure();
    graph.stages.insert({&op, std::move(stages)});
  }
  return graph;
}

/// Whether every stage comes after what it needs. The phases are an attribute, and may come from a file.
static LogicalResult checkPhases(ArrayRef<Step> steps, const StageGraph &graph) {
  DenseMap<std::pair<Operation *, unsigned>, const Step *> stages;
  for (const Step &step : steps)
    stages[{step.op, step.stage}] = &step;
  for (const Step &step : steps)
    for (const StageRead &read : graph.getStages(step.op)[step.stage].reads) {
      auto result = dyn_cast<OpResult>(read.operand->get());
      const Step *origin = result && !graph.getStages(result.getOwner()).empty()
                               ? stages.lookup({result.getOwner(), graph.getStageOf(result)})
                               : nullptr;
      if (!origin)
        continue;
      bool together = sharesPhase(origin->partition, step.partition, read);
      if (together ? step.phase < origin->phase : step.phase <= origin->phase)
        return step.op->emitOpError("expects its 'sst.phases' to come after those of its operands; run "
                                    "--sst-plan-phases again");
    }
  return success();
}

InFlightDiagnostic sst::refuse(Operation *op, const Backend &backend) {
  return op->emitOpError("has no kernel; expand it first (--sst-expand-blocks), or write it in terms of ")
         << backend.listOps();
}

LogicalResult sst::checkOneBlock(func::FuncOp function) {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitOpError("expects a body of one block, but got several; inline control flow first");
  Operation *terminator = function.getBody().front().getTerminator();
  if (!isa<func::ReturnOp>(terminator))
    return terminator->emitOpError("cannot end a function; return its results with func.return");
  return success();
}

FailureOr<SmallVector<Step>> sst::getSteps(const StageGraph &graph) {
  SmallVector<Step> steps;
  for (Operation *op : graph.getOps()) {
    ArrayRef<StageInfo> stages = graph.getStages(op);
    auto planned = op->getAttrOfType<DenseI64ArrayAttr>(kPhasesAttr);
    if (!planned || planned.size() != static_cast<int64_t>(stages.size()) ||
        !llvm::is_sorted(planned.asArrayRef(), std::less_equal<>()))
      return op->emitOpError("expects the phases of its stages in 'sst.phases'; run --sst-plan-phases first");
    for (auto [stage, info] : llvm::enumerate(stages))
      steps.push_back({op, static_cast<unsigned>(stage), info.partition, planned[stage]});
  }
  llvm::stable_sort(steps, [](const Step &a, const Step &b) { return a.phase < b.phase; });
  int64_t count = 0, last = -1;
  for (Step &step : steps) {
    count += step.phase != last;
    last = step.phase;
    step.phase = count - 1;
  }
  if (failed(checkPhases(steps, graph)))
    return failure();
  return steps;
}
