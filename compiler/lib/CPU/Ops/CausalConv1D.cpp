//===- CausalConv1D.cpp - sst.causal_conv1d on CPUs -------------------------------------------------------------===//
//
// Vectors run over channels; the last taps stay in registers along time. A stream's state has the last rows of the
// input, in a ring. They go there in a stage of their own: before, other threads still read what it overwrites.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Elementwise.h"

#include "sst/Compiler/States.h"

using namespace mlir;
using namespace sst;

namespace {
class CausalConv1DCpuOp final : public CpuOp {
  SmallVector<StageInfo> getStages(Operation *op) const override;
  std::optional<StateLayout> layOutState(Operation *op, unsigned state, const StreamSizes &sizes) const override;
  Work countWork(Operation *op, unsigned stage) const override;
  LogicalResult emit(StageEmitter &e, Operation *op, unsigned stage) const override;
};

/// Rows [first row, end row) of all sequences; the output starts at the first row, the input at the very first.
struct ConvKernel {
  Rows input, output;
  Memory weight, bias;
  StreamStates states;
  /// Where in a state the rows are, and how many; 0 without states.
  Value stateOffset;
  int64_t stateRows;
  Value rows, firstRow, endRow;
  int64_t taps;
  Activation activation;
};
} // namespace

static int64_t getTaps(CausalConv1DOp conv) { return cast<RankedTensorType>(conv.getWeight().getType()).getDimSize(0); }

/// Rows of the input that a state keeps; 0 with one tap.
static int64_t getStateRows(CausalConv1DOp conv, const StreamSizes &sizes) {
  return getTaps(conv) == 1 ? 0 : getTaps(conv) - 1 + sizes.rollback;
}

SmallVector<StageInfo> CausalConv1DCpuOp::getStages(Operation *op) const {
  auto conv = cast<CausalConv1DOp>(op);
  StageRead input = readAnyRow(conv.getInputMutable());
  SmallVector<StageInfo> stages = {{"", divideByRows(conv.getInput()), {input}, {op->getResult(0)}}};
  if (carriesState(op) && getTaps(conv) > 1)
    stages.push_back({"_state", Partition::Whole, {input}, {}});
  return stages;
}

std::optional<StateLayout> CausalConv1DCpuOp::layOutState(Operation *op, unsigned state,
                                                          const StreamSizes &sizes) const {
  auto conv = cast<CausalConv1DOp>(op);
  int64_t channels = getChannels(conv.getInput());
  return StateLayout{getStateRows(conv, sizes) * padChannels(channels),
                     std::to_string(channels) + " taps " + std::to_string(getTaps(conv))};
}

Work CausalConv1DCpuOp::countWork(Operation *op, unsigned stage) const {
  Work work;
  auto conv = cast<CausalConv1DOp>(op);
  if (stage == 0) // the other moves rows
    work.flops[hasOneRow(conv.getOutput()) ? Work::Sequence : Work::Row] =
        (2 * static_cast<double>(getTaps(conv)) + countActivation(conv.getActivation())) *
        static_cast<double>(getChannels(conv.getInput()));
  return work;
}

/// Most taps whose history is kept in registers.
static constexpr int64_t kMaxRegisterTaps = 9;
/// One sequence's part of the rows to compute: [begin, end), counted from the sequence's first row.
struct Segment {
  Value begin, end;
};

/// Rows [t - taps + 1, t] of one channel vector come from the loop's carried values and one load. `store` takes the
/// sums of rows that follow each other, and the first of these rows.
static void convolveInRegisters(KernelBuilder &b, int64_t taps, Segment segment, function_ref<Value(Value)> load,
                                function_ref<Value(Value)> loadOrZero, function_ref<Value(int64_t)> weight, Value bias,
                                function_ref<void(ArrayRef<Value>, Value)> store) {
  SmallVector<Value> weights, history;
  for (int64_t k = 0; k < taps; ++k)
    weights.push_back(weight(k));
  for (int64_t k = taps - 1; k >= 1; --k)
    history.push_back(loadOrZero(b.sub(segment.begin, b.index(k))));
  b.forEachTile(segment.begin, segment.end, {kTogether, 1}, history, [&](Value t, int64_t count, ValueRange carried) {
    SmallVector<Value> window(carried);
    for (int64_t i = 0; i < count; ++i)
      window.push_back(load(b.add(t, i)));
    SmallVector<Value> sums(count, bias);
    for (int64_t k = 0; k < taps; ++k)
      for (int64_t i = 0; i < count; ++i)
        sums[i] = b.fma(weights[k], window[k + i], sums[i]);
    store(sums, t);
    return SmallVector<Value>(llvm::drop_begin(window, count));
  });
}

/// Any number of taps: each row is loaded again for each tap.
static void convolveFromMemory(KernelBuilder &b, int64_t taps, Segment segment, function_ref<Value(Value)> loadOrZero,
                               function_ref<Value(Value)> weight, Value bias,
                               function_ref<void(ArrayRef<Value>, Value)> store) {
  b.loop(segment.begin, segment.end, 1, [&](Value t) {
    Value sum = b.loop(b.index(0), b.index(taps), 1, bias, [&](Value k, ValueRange carried) {
      Value x = loadOrZero(b.sub(b.add(t, k), b.index(taps - 1)));
      return SmallVector<Value>{b.fma(weight(k), x, carried[0])};
    })[0];
    store(sum, t);
  });
}

/// Where row `position` of a convolution's input is in a state. The position is not negative.
static Value inRing(KernelBuilder &b, Value position, int64_t stateRows, Value channel, int64_t channels) {
  return b.add(b.mul(b.rem(position, b.index(stateRows)), padChannels(channels)), channel);
}

static void emitConvolution(KernelBuilder &b, const ConvKernel &kernel) {
  const Rows &input = kernel.input;
  int64_t taps = kernel.taps, channels = input.type.channels;
  b.forEachSegment(kernel.rows, kernel.firstRow, kernel.endRow,
                   [&](Value sequence, Value start, Value begin, Value end) {
                     Segment segment{begin, end};
                     Value position, state;
                     if (kernel.states) {
                       position = kernel.states.position(b, sequence);
                       state = kernel.states.values(b, sequence, kernel.stateOffset);
                     }
                     b.forEachVector(channels, [&](Value channel, int64_t valid) {
                       Value bias = kernel.bias ? b.loadFlat(kernel.bias.value, channel) : b.splat(0.0f);
                       Value panel = b.mul(channel, taps);
                       auto load = [&](Value t) { return b.loadRow(input, b.add(start, t), channel, valid); };
                       // Rows before the first come from the state, or count as zeros.
                       auto loadOrZero = [&](Value t) -> Value {
                         Value loaded = load(b.max(t, b.index(0))), before = b.splat(0.0f);
                         if (kernel.states) {
                           Value row = b.add(position, t);
                           Value at = inRing(b, b.max(row, b.index(0)), kernel.stateRows, channel, channels);
                           before = arith::SelectOp::create(b, b.less(row, b.index(0)), before, b.loadFlat(state, at));
                         }
                         return arith::SelectOp::create(b, b.less(t, b.index(0)), before, loaded);
                       };
                       auto store = [&](ArrayRef<Value> sums, Value t) {
                         Value row = b.sub(b.add(start, t), kernel.firstRow);
                         for (auto [i, value] : llvm::enumerate(b.activate(kernel.activation, sums)))
                           b.storeRow(value, kernel.output, b.add(row, i), channel, valid);
                       };
                       auto weight = [&](Value offset) { return b.loadFlat(kernel.weight.value, offset); };
                       if (taps <= kMaxRegisterTaps)
                         convolveInRegisters(
                             b, taps, segment, load, loadOrZero,
                             [&](int64_t k) { return weight(b.add(panel, k * kLanes)); }, bias, store);
                       else
                         convolveFromMemory(
                             b, taps, segment, loadOrZero,
                             [&](Value k) { return weight(b.add(panel, b.mul(k, kLanes))); }, bias, store);
                     });
                   });
}

static LogicalResult callConvolution(StageEmitter &e, CausalConv1DOp op) {
  ConvKernel kernel;
  kernel.input = e.allRows(op.getInput());
  kernel.output = e.rows(op.getOutput());
  kernel.weight = e.weight(op.getWeightMutable());
  kernel.bias = e.weight(op.getBiasMutable());
  kernel.taps = getTaps(op);
  kernel.activation = op.getActivation();
  kernel.stateRows = carriesState(op) ? getStateRows(op, e.sizes()) : 0;
  if (kernel.stateRows > 0) {
    kernel.states = e.states();
    kernel.stateOffset = e.stateOffset(op.getFinalState());
  }
  Span block = e.block();
  kernel.rows = e.rowsPerSequence(op.getInput());
  kernel.firstRow = block.begin;
  kernel.endRow = block.end;
  std::string name = "causal_conv1d_" + std::to_string(kernel.taps) + "x" + kernel.input.type.text() + "_to_" +
                     kernel.output.type.text() + (kernel.bias ? "" : "_nobias") + "_" +
                     stringifyActivation(kernel.activation).str();
  if (kernel.states)
    name += "_from_state" + std::to_string(kernel.stateRows);
  Signature signature(kernel.input, kernel.weight, kernel.bias, kernel.output, kernel.states, kernel.stateOffset,
                      kernel.rows, kernel.firstRow, kernel.endRow);
  return e.call(name, signature, [&](KernelBuilder &b) { emitConvolution(b, kernel); });
}

/// The last rows of the input to the state.
static LogicalResult callStateRows(StageEmitter &e, CausalConv1DOp op) {
  Rows input = e.allRows(op.getInput());
  StreamStates states = e.states();
  Value offset = e.stateOffset(op.getFinalState()), batch = e.batch(), rows = e.rowsPerSequence(op.getInput());
  int64_t stateRows = getStateRows(op, e.sizes()), channels = input.type.channels;
  std::string name = "state_rows_" + std::to_string(stateRows) + "x" + input.type.text();
  return e.call(name, Signature(input, states, offset, batch, rows), [&](KernelBuilder &b) {
    b.loop(b.index(0), batch, 1, [&](Value sequence) {
      Value position = states.position(b, sequence), state = states.values(b, sequence, offset);
      Value start = b.mul(sequence, rows);
      b.loop(b.max(b.sub(rows, b.index(stateRows)), b.index(0)), rows, 1, [&](Value t) {
        b.forEachVector(channels, [&](Value channel, int64_t valid) {
          Value x = b.loadRow(input, b.add(start, t), channel, valid);
          Value at = inRing(b, b.add(position, t), stateRows, channel, channels);
          vector::StoreOp::create(b, b.keepLanes(x, valid, 0.0f), state, ValueRange{at});
        });
      });
    });
  });
}

LogicalResult CausalConv1DCpuOp::emit(StageEmitter &e, Operation *op, unsigned stage) const {
  auto conv = cast<CausalConv1DOp>(op);
  return stage == 0 ? callConvolution(e, conv) : callStateRows(e, conv);
}

const CpuOp &sst::getCausalConv1DCpuOp() {
  static const CausalConv1DCpuOp op;
  return op;
}
