//===- AppendKeys.cpp - keys and values of new rows go to the state of a stream ---------------------------------===//
//
// In the layout that attention reads (AttentionKernel.cpp): panels of 16 keys, columns of 16 channels of values. The
// rows of a state are a ring.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

using namespace mlir;
using namespace sst;

func::FuncOp KernelLibrary::getAppendKeys(RowsType key, RowsType value, int64_t numHeads, int64_t keyRows) {
  MLIRContext *context = getContext();
  std::string name = "append_keys_" + std::to_string(numHeads) + "_heads_" + std::to_string(keyRows) + "x" +
                     key.text() + "_" + value.text();
  SmallVector<Type> arguments = {key.memref(context), value.memref(context)};
  arguments.append(StreamStates::getTypes(context));
  arguments.append(5, IndexType::get(context));
  int64_t headDim = key.channels / numHeads, paddedDim = padChannels(headDim);
  return getOrEmit(name, arguments, [&](KernelBuilder &b, auto args) {
    StreamStates states{args[2], args[3]};
    Value rows = args[6], firstRow = args[7], endRow = args[8];
    // Row `row` of the memory becomes row `position` of the stream.
    auto append = [&](Value keys, Value values, Value row, Value position) {
      position = b.rem(position, b.index(keyRows));
      Value lane = b.rem(position, b.index(kLanes)), panel = b.sub(position, lane);
      b.loop(b.index(0), b.index(numHeads), 1, [&](Value head) {
        Value start = b.mul(head, headDim), keyBase = b.mul(b.add(b.mul(head, keyRows), panel), headDim);
        b.loop(b.index(0), b.index(headDim), 1, [&](Value channel) {
          Value x = memref::LoadOp::create(b, args[0], ValueRange{row, b.add(start, channel)});
          Value at = b.add(b.add(keyBase, b.mul(channel, kLanes)), lane);
          memref::StoreOp::create(b, x, keys, ValueRange{at});
        });
        b.forEachVector(headDim, [&](Value channel, int64_t valid) {
          Value x = b.loadRow(args[1], row, b.add(start, channel), valid, /*padded=*/false);
          Value column = b.add(b.mul(head, keyRows * paddedDim), b.mul(channel, keyRows));
          vector::StoreOp::create(b, x, values, ValueRange{b.add(column, b.mul(position, kLanes))});
        });
      });
    };
    b.forEachSegment(rows, firstRow, endRow, [&](Value sequence, Value start, Value begin, Value end) {
      Value position = states.position(b, sequence);
      Value keys = states.values(b, sequence, args[4]), values = states.values(b, sequence, args[5]);
      b.loop(begin, end, 1,
             [&](Value t) { append(keys, values, b.sub(b.add(start, t), firstRow), b.add(position, t)); });
    });
  });
}
