//===- DecaySumCpu.cpp - example.decay_sum on CPUs --------------------------------------------------------------===//
//
// One stage, divided by vectors of channels: the sum of a vector stays in a register along time, and belongs to the
// thread that has the channels. A stream keeps the sums after each of the last rows, for a rollback, in a ring.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "DecaySum.h"

#include "sst/Compiler/States.h"

using namespace mlir;
using namespace sst;

namespace {

/// The sums of vectors [begin, end) of the channels.
struct SumKernel {
  Rows input, output;
  StreamStates states;
  Value stateOffset;
  Value batch, rows, begin, end;
  float decay = 0;
  /// After how many of the last rows a stream keeps the sums; 0 without states.
  int64_t versions = 0;

  std::string getName() const;
  void emit(KernelBuilder &b);
  void sumChannels(KernelBuilder &b, Value sequence, Value channel, int64_t valid);
  Value versionAt(KernelBuilder &b, Value position, Value channel);
};

class DecaySumCpuOp final : public CpuOp {
  SmallVector<StageInfo> getStages(Operation *op) const override {
    auto sum = cast<example::DecaySumOp>(op);
    return {{"", Partition::Items, {readAnyRow(sum.getInputMutable())}, {op->getResult(0)}}};
  }
  std::optional<StateLayout> layOutState(Operation *op, unsigned state, const StreamSizes &sizes) const override {
    int64_t channels = getChannels(op->getOperand(0));
    return StateLayout{(sizes.rollback + 1) * padChannels(channels), std::to_string(channels)};
  }
  Work countWork(Operation *op, unsigned stage) const override {
    Work work;
    work.flops[hasOneRow(op->getResult(0)) ? Work::Sequence : Work::Row] =
        2 * static_cast<double>(getChannels(op->getResult(0)));
    return work;
  }
  Value countItems(StageEmitter &e, Operation *op, unsigned stage) const override {
    return e.b.index(padChannels(getChannels(op->getOperand(0))) / kLanes);
  }
  LogicalResult emit(StageEmitter &e, Operation *op, unsigned stage) const override;
};

} // namespace

std::string SumKernel::getName() const {
  // The decay is a constant of the kernel, so its bits are part of the name.
  return "decay_sum_" + input.type.text() + "_to_" + output.type.text() + "_" +
         llvm::utohexstr(llvm::bit_cast<uint32_t>(decay), /*LowerCase=*/true) + "_" + std::to_string(versions);
}

/// Where in the state the sums after `position` rows are.
Value SumKernel::versionAt(KernelBuilder &b, Value position, Value channel) {
  return b.add(b.mul(b.rem(position, b.index(versions)), padChannels(input.type.channels)), channel);
}

void SumKernel::sumChannels(KernelBuilder &b, Value sequence, Value channel, int64_t valid) {
  Value firstRow = b.mul(sequence, rows), sum = b.splat(0.0f), memory, position;
  if (versions > 0) {
    position = states.position(b, sequence);
    memory = states.values(b, sequence, stateOffset);
    // The memory of a stream without rows holds anything.
    Value isFirst = b.less(position, b.index(1));
    sum = arith::SelectOp::create(b, isFirst, sum, b.loadFlat(memory, versionAt(b, position, channel)));
  }
  auto addRow = [&](Value row, Value before) {
    Value after = b.fma(b.splat(decay), before, b.loadRow(input, b.add(firstRow, row), channel, valid));
    b.storeRow(after, output, b.add(firstRow, row), channel, valid);
    return after;
  };
  Value keptFrom = versions > 0 ? b.max(b.sub(rows, b.index(versions)), b.index(0)) : rows;
  sum = b.loop(b.index(0), keptFrom, 1, sum,
               [&](Value row, ValueRange carried) { return SmallVector<Value>{addRow(row, carried[0])}; })[0];
  if (versions == 0)
    return;
  b.loop(keptFrom, rows, 1, sum, [&](Value row, ValueRange carried) {
    Value after = addRow(row, carried[0]);
    vector::StoreOp::create(b, b.keepLanes(after, valid, 0.0f), memory,
                            ValueRange{versionAt(b, b.add(b.add(position, row), 1), channel)});
    return SmallVector<Value>{after};
  });
}

void SumKernel::emit(KernelBuilder &b) {
  int64_t full = input.type.channels / kLanes, rest = input.type.channels % kLanes;
  b.loop(b.index(0), batch, 1, [&](Value sequence) {
    b.loop(begin, b.min(end, b.index(full)), 1,
           [&](Value vector) { sumChannels(b, sequence, b.mul(vector, kLanes), kLanes); });
    if (rest != 0)
      b.when(b.less(b.index(full), end), [&] { sumChannels(b, sequence, b.index(full * kLanes), rest); });
  });
}

LogicalResult DecaySumCpuOp::emit(StageEmitter &e, Operation *op, unsigned stage) const {
  auto sum = cast<example::DecaySumOp>(op);
  SumKernel kernel;
  kernel.input = e.rows(sum.getInput());
  kernel.output = e.rows(sum.getOutput());
  kernel.decay = sum.getDecay().convertToFloat();
  if (carriesState(op)) {
    kernel.versions = e.sizes().rollback + 1;
    kernel.states = e.states();
    kernel.stateOffset = e.stateOffset(sum.getFinalState());
  }
  kernel.batch = e.batch();
  kernel.rows = e.rowsPerSequence(sum.getInput());
  kernel.begin = e.items().begin;
  kernel.end = e.items().end;
  Signature signature(kernel.input, kernel.output, kernel.states, kernel.stateOffset, kernel.batch, kernel.rows,
                      kernel.begin, kernel.end);
  return e.call(kernel.getName(), signature, [&](KernelBuilder &b) { kernel.emit(b); });
}

const CpuOp &example::getDecaySumCpuOp() {
  static const DecaySumCpuOp op;
  return op;
}
