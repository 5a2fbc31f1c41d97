//===- PlanArena.cpp - one workspace for all values -------------------------------------------------------------===//
//
// Time is counted in stages, phase after phase. A value that only its own phase uses, row by row, lives from the stage
// that computes it to the last that reads it, in memory of the thread: a block of rows at a time. Any other value is
// shared by the threads, which may be anywhere in a phase, and lives for whole phases. Values that can share memory (an
// op that reads an operand at the element it writes, and is its last use) become one buffer. Buffers are then placed
// first-fit, the largest first, per space. The result depends on program order only.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/Passes.h"
#include "sst/Compiler/StageGraph.h"
#include "sst/Compiler/States.h"
#include "sst/Dialect/SSTOps.h"

#include "mlir/IR/Remarks.h"

#include "llvm/ADT/MapVector.h"

namespace sst {
#define GEN_PASS_DEF_PLANARENAPASS
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

using namespace mlir;
using namespace sst;

namespace {

/// Memory that one or more values occupy, one after the other.
struct Buffer {
  Space space;
  int64_t elements;
  int64_t firstUse, lastUse;
  int64_t offset = 0;
};

struct PlanArenaPass final : sst::impl::PlanArenaPassBase<PlanArenaPass> {
  explicit PlanArenaPass(const Backend &backend) : backend(backend) {}
  void runOnOperation() override;

private:
  LogicalResult collectSteps();
  LogicalResult placeStates();
  LogicalResult placeReturned(func::ReturnOp op);
  LogicalResult collectBuffers(Operation *op);
  void collectScratch(Operation *op);
  Buffer makeBuffer(Value value);
  bool takesOver(Value result, OpOperand &operand);
  bool isLocal(Value value);
  int64_t getTime(Value value);
  SmallVector<int64_t> getReads(OpOperand &operand);
  bool readsOnlySameRow(OpOperand &operand, const Step &reader);
  int64_t getLastUse(Value value);
  void layOut();
  void annotate();

  const Backend &backend;
  StageGraph graph;
  /// All stages in the order of execution; a time is an index into it.
  SmallVector<Step> steps;
  llvm::MapVector<Operation *, SmallVector<int64_t>> timesOf;
  /// First and last time of each phase.
  SmallVector<std::pair<int64_t, int64_t>> phases;
  SmallVector<Buffer> buffers;
  DenseMap<Value, size_t> bufferOf;
  /// What isLocal and getLastUse have found: a value may have thousands of uses, each of which asks.
  DenseMap<Value, bool> isLocalValue;
  DenseMap<Value, int64_t> lastUses;
  /// The last value that was given a buffer.
  SmallVector<Value> occupants;
  SmallVector<CarriedState> states;
  DenseMap<Value, int64_t> returned;
  llvm::MapVector<Operation *, SmallVector<size_t>> scratchOf;
};

} // namespace

std::unique_ptr<Pass> sst::createPlanArenaPass(const Backend &backend) {
  return std::make_unique<PlanArenaPass>(backend);
}

/// Whether the value is a `batch x rows x channels` tensor that the arena can hold.
static LogicalResult checkType(Operation *op, Value value) {
  if (isPlaceable(value.getType()))
    return success();
  return op->emitOpError("cannot be placed in the arena: expects f32 tensors of rank 3 with static channels, but got ")
         << value.getType();
}

LogicalResult PlanArenaPass::collectSteps() {
  FailureOr<StageGraph> stages = StageGraph::create(getOperation(), backend);
  if (failed(stages))
    return failure();
  graph = std::move(*stages);
  FailureOr<SmallVector<Step>> planned = getSteps(graph);
  if (failed(planned))
    return failure();
  steps = std::move(*planned);
  for (auto [index, step] : llvm::enumerate(steps)) {
    auto time = static_cast<int64_t>(index);
    SmallVector<int64_t> &times = timesOf[step.op];
    times.resize(std::max<size_t>(times.size(), step.stage + 1));
    times[step.stage] = time;
    if (step.phase == static_cast<int64_t>(phases.size()))
      phases.push_back({time, time});
    phases.back().second = time;
  }
  return success();
}

/// The time at which a value is there.
int64_t PlanArenaPass::getTime(Value value) {
  auto result = cast<OpResult>(value);
  return timesOf[result.getOwner()][graph.getStageOf(result)];
}

LogicalResult PlanArenaPass::placeStates() {
  FailureOr<SmallVector<CarriedState>> carried = getCarriedStates(getOperation(), backend);
  if (failed(carried))
    return failure();
  states = std::move(*carried);
  return success();
}

LogicalResult PlanArenaPass::placeReturned(func::ReturnOp op) {
  for (auto [number, value] : llvm::enumerate(op.getOperands())) {
    if (findState(states, value))
      continue;
    if (isa<BlockArgument>(value) || !timesOf.contains(value.getDefiningOp()) || returned.contains(value))
      return op.emitOpError("expects every returned value to be a distinct result of an sst op, but operand #")
             << number << " is not; return the result of an op, each once";
    returned[value] = static_cast<int64_t>(number);
  }
  return success();
}

/// When `operand` is read.
SmallVector<int64_t> PlanArenaPass::getReads(OpOperand &operand) {
  SmallVector<int64_t> reads;
  auto times = timesOf.find(operand.getOwner());
  if (times != timesOf.end())
    for (auto [stage, time] : llvm::enumerate(times->second))
      if (graph.findRead(operand, stage))
        reads.push_back(time);
  return reads;
}

bool PlanArenaPass::readsOnlySameRow(OpOperand &operand, const Step &reader) {
  const StageRead *read = graph.findRead(operand, reader.stage);
  return read && read->onlySameRow;
}

int64_t PlanArenaPass::getLastUse(Value value) {
  auto [found, isNew] = lastUses.try_emplace(value, getTime(value));
  if (!isNew)
    return found->second;
  int64_t &last = found->second;
  for (OpOperand &use : value.getUses())
    for (int64_t time : getReads(use))
      last = std::max(last, time);
  return last;
}

/// Whether a thread uses only the rows of `value` that it computed in the same phase.
bool PlanArenaPass::isLocal(Value value) {
  auto [found, isNew] = isLocalValue.try_emplace(value, false);
  if (!isNew)
    return found->second;
  const Step &origin = steps[getTime(value)];
  if (origin.partition != Partition::Rows || returned.contains(value))
    return false;
  found->second = llvm::all_of(value.getUses(), [&](OpOperand &use) {
    return llvm::all_of(getReads(use), [&](int64_t time) {
      const Step &reader = steps[time];
      return reader.phase == origin.phase && reader.partition == Partition::Rows && readsOnlySameRow(use, reader);
    });
  });
  return found->second;
}

Buffer PlanArenaPass::makeBuffer(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t channels = backend.padChannels(type.getDimSize(2));
  int64_t begin = getTime(value), end = getLastUse(value);
  if (isLocal(value))
    return {Space::Thread, channels * backend.getBlockRows(), begin, end};
  return {hasOneRow(value) ? Space::Sequences : Space::Rows, channels, phases[steps[begin].phase].first,
          phases[steps[end].phase].second};
}

/// Whether `result` may be written over `operand`, which its op reads at the element that it writes.
bool PlanArenaPass::takesOver(Value result, OpOperand &operand) {
  Value value = operand.get();
  auto buffer = bufferOf.find(value);
  int64_t writeTime = getTime(result);
  if (buffer == bufferOf.end() || value.getType() != result.getType() || occupants[buffer->second] != value ||
      isLocal(value) != isLocal(result) || getLastUse(value) > writeTime)
    return false;
  // Every other read must be over: in an earlier phase, or before it on the same thread.
  const Step &writer = steps[writeTime];
  return llvm::all_of(value.getUses(), [&](OpOperand &use) {
    return llvm::all_of(getReads(use), [&](int64_t time) {
      const Step &reader = steps[time];
      bool sameThread = reader.partition == writer.partition &&
                        (writer.partition == Partition::Whole ||
                         (writer.partition == Partition::Rows && readsOnlySameRow(use, reader)));
      return time == writeTime || reader.phase < writer.phase ||
             (reader.phase == writer.phase && time < writeTime && sameThread);
    });
  });
}

/// Gives each result of `op` a new buffer or that of an operand that dies here.
LogicalResult PlanArenaPass::collectBuffers(Operation *op) {
  if (failed(checkCarried(op, states)))
    return failure();
  SmallVector<OpOperand *> overwritable;
  if (llvm::count_if(op->getResults(), [](Value result) { return !isCarriedState(result); }) == 1)
    overwritable = backend.find(op)->getOverwritable(op);
  for (Value result : op->getResults()) {
    if (isCarriedState(result))
      continue;
    if (failed(checkType(op, result)))
      return failure();
    if (returned.contains(result))
      continue;
    OpOperand *shared = nullptr;
    for (OpOperand *operand : overwritable)
      if (!shared && takesOver(result, *operand))
        shared = operand;
    Buffer buffer = makeBuffer(result);
    if (shared) {
      size_t existing = bufferOf[shared->get()];
      bufferOf[result] = existing;
      occupants[existing] = result;
      buffers[existing].lastUse = std::max(buffers[existing].lastUse, buffer.lastUse);
      continue;
    }
    bufferOf[result] = buffers.size();
    buffers.push_back(buffer);
    occupants.push_back(result);
  }
  return success();
}

void PlanArenaPass::collectScratch(Operation *op) {
  for (ScratchSize scratch : backend.find(op)->getScratch(op)) {
    int64_t begin = timesOf[op][scratch.firstStage], end = timesOf[op][scratch.lastStage];
    if (scratch.space != Space::Thread) {
      begin = phases[steps[begin].phase].first;
      end = phases[steps[end].phase].second;
    }
    scratchOf[op].push_back(buffers.size());
    buffers.push_back({scratch.space, scratch.elements, begin, end});
    occupants.push_back({});
  }
}

/// First fit, largest first; of equal size in program order.
void PlanArenaPass::layOut() {
  SmallVector<size_t> order = llvm::to_vector(llvm::seq<size_t>(0, buffers.size()));
  llvm::stable_sort(order, [&](size_t a, size_t b) { return buffers[a].elements > buffers[b].elements; });
  // Those of each space that have a place, by place: the search ends at the first gap.
  std::vector<Buffer> placed[3];
  for (size_t current : order) {
    Buffer &buffer = buffers[current];
    std::vector<Buffer> &others = placed[static_cast<int>(buffer.space)];
    for (const Buffer &other : others) {
      if (other.offset >= buffer.offset + buffer.elements)
        break;
      if (other.firstUse <= buffer.lastUse && buffer.firstUse <= other.lastUse)
        buffer.offset = std::max(buffer.offset, other.offset + other.elements);
    }
    auto isBefore = [](const Buffer &a, const Buffer &b) { return a.offset < b.offset; };
    others.insert(llvm::upper_bound(others, buffer, isBefore), buffer);
  }
}

void PlanArenaPass::annotate() {
  MLIRContext *context = &getContext();
  auto place = [&](size_t buffer) -> Attribute {
    return PlaceAttr::get(context, buffers[buffer].space, buffers[buffer].offset);
  };
  for (Operation *op : llvm::make_first_range(timesOf)) {
    SmallVector<Attribute> places;
    for (Value result : op->getResults()) {
      const CarriedState *state = findState(states, result);
      places.push_back(state                       ? PlaceAttr::get(context, Space::State, state->offset)
                       : returned.contains(result) ? PlaceAttr::get(context, Space::Result, returned[result])
                                                   : place(bufferOf[result]));
    }
    op->setAttr(kPlacesAttr, ArrayAttr::get(context, places));
    if (auto it = scratchOf.find(op); it != scratchOf.end())
      op->setAttr(kScratchAttr, ArrayAttr::get(context, llvm::map_to_vector(it->second, place)));
  }
  int64_t sizes[3] = {0, 0, 0};
  for (const Buffer &buffer : buffers) {
    int64_t &size = sizes[static_cast<int>(buffer.space)];
    size = std::max(size, buffer.offset + buffer.elements);
  }
  int64_t stateSize = states.empty() ? 0 : states.back().offset + states.back().elements;
  getOperation()->setAttr(kArenaAttr, ArenaAttr::get(context, sizes[0], sizes[1], sizes[2], stateSize));
  remark::passed(getOperation().getLoc(), remark::RemarkOpts::name("ArenaPlanned").category("sst-plan-arena"))
      << "needs " + std::to_string(sizes[0]) + " f32 per row, " + std::to_string(sizes[1]) + " per sequence, " +
             std::to_string(sizes[2]) + " per thread";
}

void PlanArenaPass::runOnOperation() {
  graph = {};
  steps.clear();
  timesOf.clear();
  phases.clear();
  buffers.clear();
  bufferOf.clear();
  isLocalValue.clear();
  lastUses.clear();
  occupants.clear();
  returned.clear();
  scratchOf.clear();
  func::FuncOp function = getOperation();
  if (function.isExternal())
    return;
  if (failed(collectSteps()) || failed(placeStates()) ||
      failed(placeReturned(cast<func::ReturnOp>(function.getBody().front().getTerminator()))))
    return signalPassFailure();
  for (const Step &step : steps)
    if (step.stage == graph.getStageOf(step.op->getResult(0))) {
      if (failed(collectBuffers(step.op)))
        return signalPassFailure();
      collectScratch(step.op);
    }
  layOut();
  annotate();
}
