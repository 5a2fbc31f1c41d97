//===- ScanKernel.cpp - the states of a moving average ----------------------------------------------------------===//

#include "EmaScan.h"

using namespace mlir;
using namespace sst;

/// Channel vectors whose states are updated together.
static constexpr int64_t kScanVectors = 4;

int64_t sst::countScanGroups(int64_t channels) { return llvm::divideCeil(channels, kScanVectors * kLanes); }

namespace {

/// Emits one kernel.
class ScanEmitter {
public:
  ScanEmitter(KernelBuilder &b, const ScanKernel &kernel) : b(b), kernel(kernel) {}
  void emit();

private:
  /// Channels whose states are updated together: `vectors` vectors, the last of which has `validInLast` channels.
  struct Channels {
    Value first;
    int64_t vectors, validInLast;
    int64_t valid(int64_t vector) const { return vector + 1 == vectors ? validInLast : kLanes; }
  };

  void scanChannels(Value sequence, const Channels &channels);
  SmallVector<Value> scanRow(Value row, const Channels &channels, ValueRange carried);
  void store(Value value, Value row, Value channel, int64_t valid);
  Value versionAt(Value position, const Channels &channels, int64_t vector);
  SmallVector<Value> initialStates(const Channels &channels);
  void storeVersion(Value position, const Channels &channels, ValueRange values);

  KernelBuilder &b;
  const ScanKernel &kernel;
  /// Of the current sequence: the memory of its states, and how many rows it had.
  Value memory, rowsBefore;
};

} // namespace

void ScanEmitter::store(Value value, Value row, Value channel, int64_t valid) {
  if (kernel.gate)
    value = b.mulF(value, b.loadRow(kernel.gate, row, channel, valid));
  b.storeRow(value, kernel.output, row, channel, valid);
}

/// Where in the state the values after `position` rows are.
Value ScanEmitter::versionAt(Value position, const Channels &channels, int64_t vector) {
  Value row = b.mul(b.rem(position, b.index(kernel.versions)), padChannels(kernel.input.type.channels));
  return b.add(b.add(row, channels.first), vector * kLanes);
}

SmallVector<Value> ScanEmitter::initialStates(const Channels &channels) {
  SmallVector<Value> values(channels.vectors, b.splat(0.0f));
  if (kernel.versions == 0)
    return values;
  Value isFirst = b.less(rowsBefore, b.index(1));
  for (auto [v, value] : llvm::enumerate(values))
    value = arith::SelectOp::create(b, isFirst, value, b.loadFlat(memory, versionAt(rowsBefore, channels, v)));
  return values;
}

void ScanEmitter::storeVersion(Value position, const Channels &channels, ValueRange values) {
  for (auto [v, value] : llvm::enumerate(values))
    vector::StoreOp::create(b, b.keepLanes(value, channels.valid(v), 0.0f), memory,
                            ValueRange{versionAt(position, channels, v)});
}

SmallVector<Value> ScanEmitter::scanRow(Value row, const Channels &channels, ValueRange carried) {
  Value at = b.mul(row, 2);
  Value keep = b.broadcast(memref::LoadOp::create(b, kernel.coefficients.value, ValueRange{at}));
  Value enter = b.broadcast(memref::LoadOp::create(b, kernel.coefficients.value, ValueRange{b.add(at, 1)}));
  SmallVector<Value> next;
  for (int64_t v = 0; v < channels.vectors; ++v) {
    Value column = b.add(channels.first, v * kLanes);
    Value x = b.loadRow(kernel.input, row, column, channels.valid(v));
    next.push_back(b.fma(keep, carried[v], b.mulF(enter, x)));
    if (!kernel.lastRow)
      store(next.back(), row, column, channels.valid(v));
  }
  return next;
}

void ScanEmitter::scanChannels(Value sequence, const Channels &channels) {
  Value first = b.mul(sequence, kernel.rows);
  // The states after the last rows are kept, for a rollback.
  Value keptFrom = kernel.versions > 0 ? b.max(b.sub(kernel.rows, b.index(kernel.versions)), b.index(0)) : kernel.rows;
  SmallVector<Value> values =
      b.loop(b.index(0), keptFrom, 1, initialStates(channels),
             [&](Value t, ValueRange carried) { return scanRow(b.add(first, t), channels, carried); });
  if (kernel.versions > 0)
    values = b.loop(keptFrom, kernel.rows, 1, values, [&](Value t, ValueRange carried) {
      SmallVector<Value> next = scanRow(b.add(first, t), channels, carried);
      storeVersion(b.add(b.add(rowsBefore, t), 1), channels, next);
      return next;
    });
  if (kernel.lastRow)
    for (int64_t v = 0; v < channels.vectors; ++v)
      store(values[v], sequence, b.add(channels.first, v * kLanes), channels.valid(v));
}

void ScanEmitter::emit() {
  int64_t group = kScanVectors * kLanes, channels = kernel.input.type.channels, fullGroups = channels / group;
  b.loop(b.index(0), kernel.batch, 1, [&](Value sequence) {
    if (kernel.versions > 0) {
      rowsBefore = kernel.states.position(b, sequence);
      memory = kernel.states.values(b, sequence, kernel.stateOffset);
    }
    if (fullGroups > 0)
      b.loop(kernel.firstGroup, b.min(kernel.endGroup, b.index(fullGroups)), 1,
             [&](Value index) { scanChannels(sequence, {b.mul(index, group), kScanVectors, kLanes}); });
    if (int64_t rest = channels - fullGroups * group) {
      int64_t vectors = llvm::divideCeil(rest, kLanes);
      b.when(b.less(b.index(fullGroups), kernel.endGroup),
             [&] { scanChannels(sequence, {b.index(fullGroups * group), vectors, rest - (vectors - 1) * kLanes}); });
    }
  });
}

LogicalResult sst::callScanKernel(StageEmitter &e, ScanKernel &kernel) {
  std::string name = "ema_scan_" + kernel.input.type.text() + "_to_" + kernel.output.type.text();
  if (kernel.gate)
    name += "_gate" + kernel.gate.type.text();
  if (kernel.lastRow)
    name += "_last_row";
  if (kernel.versions > 0)
    name += "_from_state" + std::to_string(kernel.versions);
  Signature signature(kernel.input, kernel.gate, kernel.output, kernel.coefficients, kernel.states, kernel.stateOffset,
                      kernel.batch, kernel.rows, kernel.firstGroup, kernel.endGroup);
  return e.call(name, signature, [&](KernelBuilder &b) { ScanEmitter(b, kernel).emit(); });
}
