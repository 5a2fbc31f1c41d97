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

/// Rows [t - taps + 1, t] of one channel vector come from the loop's carried values and one load.
static void convolveInRegisters(KernelBuilder &b, int64_t taps, Value rows, function_ref<Value(Value)> load,
                                function_ref<Value(int64_t)> weight, Value bias,
                                function_ref<void(Value, Value)> store) {
  SmallVector<Value> weights, history(taps - 1, b.splat(0.0f));
  for (int64_t k = 0; k < taps; ++k)
    weights.push_back(weight(k));
  b.loop(b.index(0), rows, 1, history, [&](Value t, ValueRange carried) {
    SmallVector<Value> window(carried);
    window.push_back(load(t));
    Value sum = bias;
    for (int64_t k = 0; k < taps; ++k)
      sum = b.fma(weights[k], window[k], sum);
    store(sum, t);
    return SmallVector<Value>(llvm::drop_begin(window));
  });
}

/// Any number of taps: each row is loaded again for each tap; rows before the first count as zeros.
static void convolveFromMemory(KernelBuilder &b, int64_t taps, Value rows, function_ref<Value(Value)> load,
                               function_ref<Value(Value)> weight, Value bias, function_ref<void(Value, Value)> store) {
  b.loop(b.index(0), rows, 1, [&](Value t) {
    Value sum = b.loop(b.index(0), b.index(taps), 1, bias, [&](Value k, ValueRange carried) {
      Value source = b.sub(b.add(t, k), b.index(taps - 1));
      Value exists = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, source, b.index(0));
      Value x = load(b.max(source, b.index(0)));
      x = arith::SelectOp::create(b, exists, x, b.splat(0.0f));
      return SmallVector<Value>{b.fma(weight(k), x, carried[0])};
    })[0];
    store(sum, t);
  });
}

func::FuncOp KernelLibrary::getCausalConv1D(RowsType input, RowsType output, int64_t taps, bool hasBias,
                                            Activation activation) {
  MLIRContext *context = getContext();
  Type f32 = Float32Type::get(context), index = IndexType::get(context);
  std::string name = "causal_conv1d_" + std::to_string(taps) + "x" + input.text() + "_to_" + output.text() +
                     (hasBias ? "" : "_nobias") + "_" + stringifyActivation(activation).str();
  int64_t padded = padChannels(input.channels);
  SmallVector<Type> arguments = {input.memref(context), MemRefType::get({taps * padded}, f32)};
  if (hasBias)
    arguments.push_back(MemRefType::get({padded}, f32));
  arguments.append({output.memref(context), index, index});
  return getOrEmit(name, arguments, UnknownLoc::get(context), [&](KernelBuilder &b, auto args) {
    Value x = args[0], kernel = args[1], y = args[hasBias ? 3 : 2];
    Value batch = args[hasBias ? 4 : 3], rows = args[hasBias ? 5 : 4];
    b.loop(b.index(0), batch, 1, [&](Value sequence) {
      Value first = arith::MulIOp::create(b, sequence, rows);
      b.forEachVector(input.channels, [&](Value channel, int64_t valid) {
        Value bias = hasBias ? b.loadFlat(args[2], channel) : b.splat(0.0f);
        Value panel = b.mul(channel, taps);
        auto load = [&](Value t) { return b.loadRow(x, b.add(first, t), channel, valid, input.padded()); };
        auto store = [&](Value sum, Value t) {
          b.storeRow(b.activate(activation, sum), y, b.add(first, t), channel, valid, output.padded());
        };
        if (taps <= kMaxRegisterTaps)
          convolveInRegisters(
              b, taps, rows, load, [&](int64_t k) { return b.loadFlat(kernel, b.add(panel, k * kLanes)); }, bias,
              store);
        else
          convolveFromMemory(
              b, taps, rows, load, [&](Value k) { return b.loadFlat(kernel, b.add(panel, b.mul(k, kLanes))); }, bias,
              store);
      });
    });
  });
}

namespace {

/// Emits one scan kernel. Members name the kernel's arguments.
class ScanEmitter {
public:
  ScanEmitter(KernelBuilder &b, const KernelLibrary::EmaScan &shape, Block::BlockArgListType args)
      : b(b), shape(shape), input(args[0]), delta(args[1]), bRows(args[2]), cRows(args[3]) {
    unsigned next = 4;
    gate = shape.gate ? Value(args[next++]) : Value();
    output = args[next++];
    coefficients = args[next++];
    batch = args[next++];
    rows = args[next];
    total = arith::MulIOp::create(b, batch, rows);
  }
  void emit();

private:
  void emitCoefficients(Value row);
  void scanChannels(Value sequence, Value channel, int64_t vectors, int64_t validInLast);
  void store(Value state, Value row, Value channel, int64_t valid);

  KernelBuilder &b;
  const KernelLibrary::EmaScan &shape;
  Value input, delta, bRows, cRows, gate, output, coefficients, batch, rows, total;
};

} // namespace

/// keep = m and enter = (1 - m) * (m * s) of one row.
void ScanEmitter::emitCoefficients(Value row) {
  Value deltaLanes =
      b.reduceVectors(shape.delta.channels, b.splat(0.0f), [&](Value channel, int64_t valid, ValueRange carried) {
        Value x = b.loadRow(delta, row, channel, valid, shape.delta.padded());
        return SmallVector<Value>{b.addF(carried[0], b.keepLanes(x, valid, 0.0f))};
      })[0];
  Value productLanes =
      b.reduceVectors(shape.b.channels, b.splat(0.0f), [&](Value channel, int64_t valid, ValueRange carried) {
        Value x = b.keepLanes(b.loadRow(bRows, row, channel, valid, shape.b.padded()), valid, 0.0f);
        Value y = b.keepLanes(b.loadRow(cRows, row, channel, valid, shape.c.padded()), valid, 0.0f);
        return SmallVector<Value>{b.fma(x, y, carried[0])};
      })[0];
  Value mean = b.divF(b.sumLanes(deltaLanes), b.scalar(static_cast<float>(shape.delta.channels)));
  Value keep = b.activate(Activation::Sigmoid, mean);
  Value let = b.activate(Activation::Sigmoid, b.sumLanes(productLanes));
  Value enter = b.mulF(b.subF(b.scalar(1.0f), keep), b.mulF(keep, let));
  memref::StoreOp::create(b, keep, coefficients, ValueRange{row});
  memref::StoreOp::create(b, enter, coefficients, ValueRange{b.add(row, total)});
}

void ScanEmitter::store(Value state, Value row, Value channel, int64_t valid) {
  if (gate)
    state = b.mulF(state, b.loadRow(gate, row, channel, valid, shape.gate->padded()));
  b.storeRow(state, output, row, channel, valid, shape.output.padded());
}

void ScanEmitter::scanChannels(Value sequence, Value channel, int64_t vectors, int64_t validInLast) {
  auto validOf = [&](int64_t v) { return v + 1 == vectors ? validInLast : kLanes; };
  Value first = arith::MulIOp::create(b, sequence, rows);
  SmallVector<Value> states(vectors, b.splat(0.0f));
  states = b.loop(b.index(0), rows, 1, states, [&](Value t, ValueRange carried) {
    Value row = b.add(first, t);
    Value keep = b.broadcast(memref::LoadOp::create(b, coefficients, ValueRange{row}));
    Value enter = b.broadcast(memref::LoadOp::create(b, coefficients, ValueRange{b.add(row, total)}));
    SmallVector<Value> next;
    for (int64_t v = 0; v < vectors; ++v) {
      Value at = b.add(channel, v * kLanes);
      Value x = b.loadRow(input, row, at, validOf(v), shape.input.padded());
      next.push_back(b.fma(keep, carried[v], b.mulF(enter, x)));
      if (!shape.lastRow)
        store(next.back(), row, at, validOf(v));
    }
    return next;
  });
  if (shape.lastRow)
    for (int64_t v = 0; v < vectors; ++v)
      store(states[v], sequence, b.add(channel, v * kLanes), validOf(v));
}

void ScanEmitter::emit() {
  b.loop(b.index(0), total, 1, [&](Value row) { emitCoefficients(row); });
  int64_t group = kScanVectors * kLanes, channels = shape.input.channels, full = channels / group * group;
  b.loop(b.index(0), batch, 1, [&](Value sequence) {
    if (full > 0)
      b.loop(b.index(0), b.index(full), group,
             [&](Value channel) { scanChannels(sequence, channel, kScanVectors, kLanes); });
    if (full < channels) {
      int64_t vectors = llvm::divideCeil(channels - full, kLanes);
      scanChannels(sequence, b.index(full), vectors, channels - full - (vectors - 1) * kLanes);
    }
  });
}

func::FuncOp KernelLibrary::getEmaScan(const EmaScan &shape) {
  MLIRContext *context = getContext();
  std::string name = "ema_scan_" + shape.input.text() + "_" + shape.delta.text() + "_" + shape.b.text() + "_" +
                     shape.c.text() + "_to_" + shape.output.text();
  if (shape.gate)
    name += "_gate" + shape.gate->text();
  if (shape.lastRow)
    name += "_last_row";
  SmallVector<Type> arguments = {shape.input.memref(context), shape.delta.memref(context), shape.b.memref(context),
                                 shape.c.memref(context)};
  if (shape.gate)
    arguments.push_back(shape.gate->memref(context));
  Type index = IndexType::get(context);
  arguments.append(
      {shape.output.memref(context), MemRefType::get({ShapedType::kDynamic}, Float32Type::get(context)), index, index});
  return getOrEmit(name, arguments, UnknownLoc::get(context),
                   [&](KernelBuilder &b, auto args) { ScanEmitter(b, shape, args).emit(); });
}
