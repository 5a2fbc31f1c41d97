//===- CausalAttention.cpp - sst.causal_attention on CPUs -------------------------------------------------------===//
//
// Divided by sequences, heads and blocks of query rows. In a stream, keys and values of new rows go to the state first,
// in the layout in which attention reads them.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "CausalAttention.h"

#include "sst/Compiler/States.h"

using namespace mlir;
using namespace sst;

namespace {
class CausalAttentionCpuOp final : public CpuOp {
  SmallVector<StageInfo> getStages(Operation *op) const override;
  SmallVector<ScratchSize> getScratch(Operation *op) const override;
  std::optional<StateLayout> layOutState(Operation *op, unsigned state, const StreamSizes &sizes) const override;
  Work countWork(Operation *op, unsigned stage) const override;
  Value countItems(StageEmitter &e, Operation *op, unsigned stage) const override;
  LogicalResult emit(StageEmitter &e, Operation *op, unsigned stage) const override;
};
} // namespace

static int64_t getHeads(CausalAttentionOp op) { return static_cast<int64_t>(op.getNumHeads()); }

/// How many rows a row sees; 0 if all up to itself.
static int64_t getWindow(CausalAttentionOp op) { return static_cast<int64_t>(op.getWindow().value_or(0)); }

/// Rows for which a state has keys and values, whole panels: all, or with an attention window those that a row of a
/// call, or of one after a rollback, can see. Row p is at p modulo this number.
static int64_t getStateRows(const StreamSizes &sizes) {
  // The rows of a call, or as many that a rollback takes back, which are never more.
  return padRows(sizes.attentionWindow ? sizes.maxRows + *sizes.attentionWindow - 1 : sizes.maxRows);
}

/// Whether a stage appends to the state; the other attends.
static bool isAppend(Operation *op, unsigned stage) { return carriesState(op) && stage == 0; }

SmallVector<StageInfo> CausalAttentionCpuOp::getStages(Operation *op) const {
  auto attention = cast<CausalAttentionOp>(op);
  OpOperand &query = attention.getQueryMutable(), &key = attention.getKeyMutable(),
            &value = attention.getValueMutable();
  StageInfo attend{"", Partition::Items, {readAnyRow(query)}, {op->getResult(0)}, /*isUneven=*/true};
  if (carriesState(op)) {
    bool isOneRow = hasOneRow(query.get()) && hasOneRow(key.get());
    StageInfo append{
        "_append", isOneRow ? Partition::Whole : Partition::Rows, {readSameRow(key), readSameRow(value)}, {}};
    return {append, attend};
  }
  attend.reads.append({readAnyRow(key), readAnyRow(value)});
  return {attend};
}

/// A block of keys and of values, unless a state has them; scores of a tile; running maximum, sum and output of a block
/// of query rows.
SmallVector<ScratchSize> CausalAttentionCpuOp::getScratch(Operation *op) const {
  auto attention = cast<CausalAttentionOp>(op);
  int64_t headDim = padChannels(getChannels(attention.getQuery()) / getHeads(attention));
  int64_t keys = carriesState(op) ? 0 : 2 * kKeyBlock * headDim;
  unsigned stage = carriesState(op) ? 1 : 0;
  return {{Space::Thread, keys + kMaxQueryTile * kKeyBlock + kQueryBlock * (2 * kLanes + headDim), stage, stage}};
}

std::optional<StateLayout> CausalAttentionCpuOp::layOutState(Operation *op, unsigned state,
                                                             const StreamSizes &sizes) const {
  auto attention = cast<CausalAttentionOp>(op);
  int64_t channels = getChannels(attention.getQuery()), heads = getHeads(attention), headDim = channels / heads;
  bool isKey = state == 0;
  return StateLayout{heads * getStateRows(sizes) * (isKey ? headDim : padChannels(headDim)),
                     std::to_string(channels) + " heads " + std::to_string(heads)};
}

Work CausalAttentionCpuOp::countWork(Operation *op, unsigned stage) const {
  auto attention = cast<CausalAttentionOp>(op);
  Work work;
  if (isAppend(op, stage)) // moves keys and values
    return work;
  // Score and weighted sum of every channel; scale-free softmax: maximum, difference, exponential, sum.
  work.flops[hasOneRow(attention.getQuery()) ? Work::LastPair : Work::Pair] =
      4 * static_cast<double>(getChannels(attention.getQuery())) + 4.0 * static_cast<double>(getHeads(attention));
  // Keys and values of a state are read once at least, as far as the last row sees them; more often from a cache.
  if (carriesState(op))
    work.bytes[Work::LastPair] = 2 * sizeof(float) * static_cast<double>(getChannels(attention.getKey()));
  return work;
}

Value CausalAttentionCpuOp::countItems(StageEmitter &e, Operation *op, unsigned stage) const {
  auto attention = cast<CausalAttentionOp>(op);
  KernelBuilder &b = e.b;
  Value queryRows = e.rowsPerSequence(attention.getQuery());
  return b.mul(b.mul(e.batch(), getHeads(attention)), b.ceilDiv(queryRows, kQueryBlock));
}

/// Keys and values to the state.
static LogicalResult callAppend(StageEmitter &e, CausalAttentionOp op) {
  AppendKernel kernel;
  kernel.numHeads = getHeads(op);
  kernel.stateRows = getStateRows(e.sizes());
  kernel.key = e.rows(op.getKey());
  kernel.value = e.rows(op.getValue());
  kernel.states = e.states();
  Span block = e.block();
  kernel.keyState = e.stateOffset(op.getPresentKey());
  kernel.valueState = e.stateOffset(op.getPresentValue());
  kernel.rows = e.rowsPerSequence(op.getKey());
  kernel.firstRow = block.begin;
  kernel.endRow = block.end;
  return callAppend(e, kernel);
}

static LogicalResult callAttention(StageEmitter &e, CausalAttentionOp op) {
  AttentionKernel kernel;
  kernel.numHeads = getHeads(op);
  kernel.scale = op.getScale().convertToFloat();
  kernel.window = getWindow(op);
  kernel.query = e.rows(op.getQuery());
  if (!carriesState(op)) {
    kernel.key = e.rows(op.getKey());
    kernel.value = e.rows(op.getValue());
  }
  kernel.output = e.rows(op.getOutput());
  if (carriesState(op))
    kernel.states = e.states();
  kernel.scratch = e.scratch(0);
  if (carriesState(op)) {
    kernel.stateRows = getStateRows(e.sizes());
    kernel.keyState = e.stateOffset(op.getPresentKey());
    kernel.valueState = e.stateOffset(op.getPresentValue());
  }
  kernel.queryRows = e.rowsPerSequence(op.getQuery());
  kernel.keyRows = e.rowsPerSequence(op.getKey());
  kernel.firstItem = e.items().begin;
  kernel.endItem = e.items().end;
  return callAttention(e, kernel);
}

LogicalResult CausalAttentionCpuOp::emit(StageEmitter &e, Operation *op, unsigned stage) const {
  auto attention = cast<CausalAttentionOp>(op);
  return isAppend(op, stage) ? callAppend(e, attention) : callAttention(e, attention);
}

const CpuOp &sst::getCausalAttentionCpuOp() {
  static const CausalAttentionCpuOp op;
  return op;
}
