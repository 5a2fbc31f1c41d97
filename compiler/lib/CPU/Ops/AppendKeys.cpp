//===- AppendKeys.cpp - keys and values of new rows go to the state of a stream ---------------------------------===//
//
// In the layout that attention reads (AttentionKernel.cpp): panels of 16 keys, columns of 16 channels of values. The
// rows of a state are a ring.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "CausalAttention.h"

using namespace mlir;
using namespace sst;

static void emitAppend(KernelBuilder &b, const AppendKernel &kernel) {
  int64_t keyRows = kernel.stateRows, headDim = kernel.key.type.channels / kernel.numHeads;
  int64_t paddedDim = padChannels(headDim);
  // Row `row` of the memory becomes row `position` of the stream.
  auto append = [&](Value keys, Value values, Value row, Value position) {
    position = b.rem(position, b.index(keyRows));
    Value lane = b.rem(position, b.index(kLanes)), panel = b.sub(position, lane);
    b.loop(b.index(0), b.index(kernel.numHeads), 1, [&](Value head) {
      Value start = b.mul(head, headDim), keyBase = b.mul(b.add(b.mul(head, keyRows), panel), headDim);
      b.loop(b.index(0), b.index(headDim), 1, [&](Value channel) {
        Value x = memref::LoadOp::create(b, kernel.key.memory.value, ValueRange{row, b.add(start, channel)});
        Value at = b.add(b.add(keyBase, b.mul(channel, kLanes)), lane);
        memref::StoreOp::create(b, x, keys, ValueRange{at});
      });
      b.forEachVector(headDim, [&](Value channel, int64_t valid) {
        Value x = b.loadRow(kernel.value.memory.value, row, b.add(start, channel), valid, /*padded=*/false);
        Value column = b.add(b.mul(head, keyRows * paddedDim), b.mul(channel, keyRows));
        vector::StoreOp::create(b, x, values, ValueRange{b.add(column, b.mul(position, kLanes))});
      });
    });
  };
  b.forEachSegment(
      kernel.rows, kernel.firstRow, kernel.endRow, [&](Value sequence, Value start, Value begin, Value end) {
        Value position = kernel.states.position(b, sequence);
        Value keys = kernel.states.values(b, sequence, kernel.keyState),
              values = kernel.states.values(b, sequence, kernel.valueState);
        b.loop(begin, end, 1,
               [&](Value t) { append(keys, values, b.sub(b.add(start, t), kernel.firstRow), b.add(position, t)); });
      });
}

LogicalResult sst::callAppend(StageEmitter &e, AppendKernel &kernel) {
  std::string name = "append_keys_" + std::to_string(kernel.numHeads) + "_heads_" + std::to_string(kernel.stateRows) +
                     "x" + kernel.key.type.text() + "_" + kernel.value.type.text();
  Signature signature(kernel.key, kernel.value, kernel.states, kernel.keyState, kernel.valueState, kernel.rows,
                      kernel.firstRow, kernel.endRow);
  return e.call(name, signature, [&](KernelBuilder &b) { emitAppend(b, kernel); });
}
