//===- ScanKernels.cpp - causal convolution and moving average --------------------------------------------------===//
//
// Vectors run over channels; what is carried along time (the last taps, the state) stays in registers.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

using namespace mlir;
using namespace sst;

/// Most taps whose history is kept in registers.
static constexpr int64_t kMaxRegisterTaps = 9;
/// Channel vectors whose states are updated together.
static constexpr int64_t kScanVectors = 4;

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

func::FuncOp KernelLibrary::getCausalConv1D(const CausalConv1D &shape) {
  MLIRContext *context = getContext();
  Type index = IndexType::get(context);
  const RowsType &input = shape.input, &output = shape.output;
  int64_t taps = shape.taps;
  bool hasBias = shape.hasBias, hasState = shape.stateRows > 0;
  std::string name = "causal_conv1d_" + std::to_string(taps) + "x" + input.text() + "_to_" + output.text() +
                     (hasBias ? "" : "_nobias") + "_" + stringifyActivation(shape.activation).str();
  SmallVector<Type> arguments = {input.memref(context), getFlatMemRef(Float32Type::get(context))};
  if (hasBias)
    arguments.push_back(getFlatMemRef(Float32Type::get(context)));
  arguments.push_back(output.memref(context));
  if (hasState) {
    name += "_from_state" + std::to_string(shape.stateRows);
    arguments.append(StreamStates::getTypes(context));
    arguments.push_back(index);
  }
  arguments.append(3, index);
  return getOrEmit(name, arguments, [&](KernelBuilder &b, auto args) {
    Value x = args[0], kernel = args[1], y = args[hasBias ? 3 : 2];
    ValueRange sizes = args.take_back(3);
    Value rows = sizes[0], firstRow = sizes[1], endRow = sizes[2];
    b.forEachSegment(rows, firstRow, endRow, [&](Value sequence, Value start, Value begin, Value end) {
      Segment segment{begin, end};
      Value position, state;
      if (hasState) {
        ValueRange carried = args.drop_back(3).take_back(3);
        StreamStates states{carried[0], carried[1]};
        position = states.position(b, sequence);
        state = states.values(b, sequence, carried[2]);
      }
      b.forEachVector(input.channels, [&](Value channel, int64_t valid) {
        Value bias = hasBias ? b.loadFlat(args[2], channel) : b.splat(0.0f);
        Value panel = b.mul(channel, taps);
        auto load = [&](Value t) { return b.loadRow(x, b.add(start, t), channel, valid, input.padded()); };
        // Rows before the first come from the state, or count as zeros.
        auto loadOrZero = [&](Value t) -> Value {
          Value loaded = load(b.max(t, b.index(0))), before = b.splat(0.0f);
          if (hasState) {
            Value row = b.add(position, t);
            Value at = inRing(b, b.max(row, b.index(0)), shape.stateRows, channel, input.channels);
            before = arith::SelectOp::create(b, b.less(row, b.index(0)), before, b.loadFlat(state, at));
          }
          return arith::SelectOp::create(b, b.less(t, b.index(0)), before, loaded);
        };
        auto store = [&](ArrayRef<Value> sums, Value t) {
          Value row = b.sub(b.add(start, t), firstRow);
          for (auto [i, value] : llvm::enumerate(b.activate(shape.activation, sums)))
            b.storeRow(value, y, b.add(row, i), channel, valid, output.padded());
        };
        if (taps <= kMaxRegisterTaps)
          convolveInRegisters(
              b, taps, segment, load, loadOrZero,
              [&](int64_t k) { return b.loadFlat(kernel, b.add(panel, k * kLanes)); }, bias, store);
        else
          convolveFromMemory(
              b, taps, segment, loadOrZero, [&](Value k) { return b.loadFlat(kernel, b.add(panel, b.mul(k, kLanes))); },
              bias, store);
      });
    });
  });
}

func::FuncOp KernelLibrary::getStateRows(RowsType input, int64_t stateRows) {
  MLIRContext *context = getContext();
  std::string name = "state_rows_" + std::to_string(stateRows) + "x" + input.text();
  SmallVector<Type> arguments = {input.memref(context)};
  arguments.append(StreamStates::getTypes(context));
  arguments.append(3, IndexType::get(context));
  return getOrEmit(name, arguments, [&](KernelBuilder &b, auto args) {
    StreamStates states{args[1], args[2]};
    Value batch = args[4], rows = args[5];
    b.loop(b.index(0), batch, 1, [&](Value sequence) {
      Value position = states.position(b, sequence), state = states.values(b, sequence, args[3]);
      Value start = b.mul(sequence, rows);
      b.loop(b.max(b.sub(rows, b.index(stateRows)), b.index(0)), rows, 1, [&](Value t) {
        b.forEachVector(input.channels, [&](Value channel, int64_t valid) {
          Value x = b.loadRow(args[0], b.add(start, t), channel, valid, input.padded());
          Value at = inRing(b, b.add(position, t), stateRows, channel, input.channels);
          vector::StoreOp::create(b, b.keepLanes(x, valid, 0.0f), state, ValueRange{at});
        });
      });
    });
  });
}

/// keep = m and enter = (1 - m) * (m * s) of each row.
func::FuncOp KernelLibrary::getEmaCoefficients(RowsType delta, RowsType bType, RowsType cType) {
  MLIRContext *context = getContext();
  std::string name = "ema_coefficients_" + delta.text() + "_" + bType.text() + "_" + cType.text();
  SmallVector<Type> arguments = {delta.memref(context), bType.memref(context), cType.memref(context),
                                 getFlatMemRef(Float32Type::get(context)), IndexType::get(context)};
  return getOrEmit(name, arguments, [&](KernelBuilder &b, auto args) {
    b.loop(b.index(0), args[4], 1, [&](Value row) {
      Value deltaLanes =
          b.reduceVectors(delta.channels, b.splat(0.0f), [&](Value channel, int64_t valid, ValueRange carried) {
            Value x = b.loadRow(args[0], row, channel, valid, delta.padded());
            return SmallVector<Value>{b.addF(carried[0], b.keepLanes(x, valid, 0.0f))};
          })[0];
      Value productLanes =
          b.reduceVectors(bType.channels, b.splat(0.0f), [&](Value channel, int64_t valid, ValueRange carried) {
            Value x = b.keepLanes(b.loadRow(args[1], row, channel, valid, bType.padded()), valid, 0.0f);
            Value y = b.keepLanes(b.loadRow(args[2], row, channel, valid, cType.padded()), valid, 0.0f);
            return SmallVector<Value>{b.fma(x, y, carried[0])};
          })[0];
      Value mean = b.divF(b.sumLanes(deltaLanes), b.scalar(static_cast<float>(delta.channels)));
      Value keep = b.activate(Activation::Sigmoid, mean);
      Value let = b.activate(Activation::Sigmoid, b.sumLanes(productLanes));
      Value enter = b.mulF(b.subF(b.scalar(1.0f), keep), b.mulF(keep, let));
      Value at = b.mul(row, 2);
      memref::StoreOp::create(b, keep, args[3], ValueRange{at});
      memref::StoreOp::create(b, enter, args[3], ValueRange{b.add(at, 1)});
    });
  });
}

namespace {

/// Emits one kernel for the states of a scan. Members name the kernel's arguments.
class ScanEmitter {
public:
  ScanEmitter(KernelBuilder &b, const KernelLibrary::EmaScan &shape, ValueRange args)
      : b(b), shape(shape), input(args[0]) {
    unsigned next = 1;
    gate = shape.gate ? Value(args[next++]) : Value();
    output = args[next++];
    coefficients = args[next++];
    if (shape.versions > 0) {
      states = {args[next], args[next + 1]};
      stateOffset = args[next + 2];
      next += 3;
    }
    batch = args[next++];
    rows = args[next++];
    firstGroup = args[next++];
    endGroup = args[next];
  }
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
  const KernelLibrary::EmaScan &shape;
  Value input, gate, output, coefficients, batch, rows, firstGroup, endGroup;
  StreamStates states;
  Value stateOffset;
  /// Of the current sequence: the memory of its states, and how many rows it had.
  Value memory, rowsBefore;
};

} // namespace

void ScanEmitter::store(Value value, Value row, Value channel, int64_t valid) {
  if (gate)
    value = b.mulF(value, b.loadRow(gate, row, channel, valid, shape.gate->padded()));
  b.storeRow(value, output, row, channel, valid, shape.output.padded());
}

/// Where in the state the values after `position` rows are.
Value ScanEmitter::versionAt(Value position, const Channels &channels, int64_t vector) {
  Value row = b.mul(b.rem(position, b.index(shape.versions)), padChannels(shape.input.channels));
  return b.add(b.add(row, channels.first), vector * kLanes);
}

SmallVector<Value> ScanEmitter::initialStates(const Channels &channels) {
  SmallVector<Value> values(channels.vectors, b.splat(0.0f));
  if (shape.versions == 0)
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
  Value keep = b.broadcast(memref::LoadOp::create(b, coefficients, ValueRange{at}));
  Value enter = b.broadcast(memref::LoadOp::create(b, coefficients, ValueRange{b.add(at, 1)}));
  SmallVector<Value> next;
  for (int64_t v = 0; v < channels.vectors; ++v) {
    Value column = b.add(channels.first, v * kLanes);
    Value x = b.loadRow(input, row, column, channels.valid(v), shape.input.padded());
    next.push_back(b.fma(keep, carried[v], b.mulF(enter, x)));
    if (!shape.lastRow)
      store(next.back(), row, column, channels.valid(v));
  }
  return next;
}

void ScanEmitter::scanChannels(Value sequence, const Channels &channels) {
  Value first = b.mul(sequence, rows);
  // The states after the last rows are kept, for a rollback.
  Value keptFrom = shape.versions > 0 ? b.max(b.sub(rows, b.index(shape.versions)), b.index(0)) : rows;
  SmallVector<Value> values =
      b.loop(b.index(0), keptFrom, 1, initialStates(channels),
             [&](Value t, ValueRange carried) { return scanRow(b.add(first, t), channels, carried); });
  if (shape.versions > 0)
    values = b.loop(keptFrom, rows, 1, values, [&](Value t, ValueRange carried) {
      SmallVector<Value> next = scanRow(b.add(first, t), channels, carried);
      storeVersion(b.add(b.add(rowsBefore, t), 1), channels, next);
      return next;
    });
  if (shape.lastRow)
    for (int64_t v = 0; v < channels.vectors; ++v)
      store(values[v], sequence, b.add(channels.first, v * kLanes), channels.valid(v));
}

void ScanEmitter::emit() {
  int64_t group = kScanVectors * kLanes, channels = shape.input.channels, fullGroups = channels / group;
  b.loop(b.index(0), batch, 1, [&](Value sequence) {
    if (shape.versions > 0) {
      rowsBefore = states.position(b, sequence);
      memory = states.values(b, sequence, stateOffset);
    }
    if (fullGroups > 0)
      b.loop(firstGroup, b.min(endGroup, b.index(fullGroups)), 1,
             [&](Value index) { scanChannels(sequence, {b.mul(index, group), kScanVectors, kLanes}); });
    if (int64_t rest = channels - fullGroups * group) {
      int64_t vectors = llvm::divideCeil(rest, kLanes);
      b.when(b.less(b.index(fullGroups), endGroup),
             [&] { scanChannels(sequence, {b.index(fullGroups * group), vectors, rest - (vectors - 1) * kLanes}); });
    }
  });
}

int64_t KernelLibrary::getScanGroups(int64_t channels) { return llvm::divideCeil(channels, kScanVectors * kLanes); }

func::FuncOp KernelLibrary::getEmaScan(const EmaScan &shape) {
  MLIRContext *context = getContext();
  std::string name = "ema_scan_" + shape.input.text() + "_to_" + shape.output.text();
  if (shape.gate)
    name += "_gate" + shape.gate->text();
  if (shape.lastRow)
    name += "_last_row";
  SmallVector<Type> arguments = {shape.input.memref(context)};
  if (shape.gate)
    arguments.push_back(shape.gate->memref(context));
  arguments.append({shape.output.memref(context), getFlatMemRef(Float32Type::get(context))});
  if (shape.versions > 0) {
    name += "_from_state" + std::to_string(shape.versions);
    arguments.append(StreamStates::getTypes(context));
    arguments.push_back(IndexType::get(context));
  }
  arguments.append(4, IndexType::get(context));
  return getOrEmit(name, arguments, [&](KernelBuilder &b, auto args) { ScanEmitter(b, shape, args).emit(); });
}
