//===- DenseTile.cpp - the register tiles of a matrix product ---------------------------------------------------===//
//
// A kernel for a range of rows and one or two vectors of adjacent columns. Tiles keep their sums in registers; row
// counts that the tile does not divide are covered by smaller tiles, so there is no masking along rows. Each sum is one
// chain of fused multiply-adds in ascending k that starts from the bias.
//
// Gate, residual and the activation before them are part of the tile, since their buffers may be the output's.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

using namespace mlir;
using namespace sst;

/// Steps of k per iteration of the innermost loop.
static constexpr int64_t kUnroll = 4;

namespace {

/// Emits one kernel. Members name its arguments.
class TileEmitter {
public:
  TileEmitter(KernelBuilder &b, const KernelLibrary::DenseColumns &shape, Block::BlockArgListType arguments);
  void emit(ArrayRef<int64_t> tileRows);

private:
  void emitTile(Value row, int64_t rowCount);
  SmallVector<Value> accumulate(Value row, int64_t rowCount);
  void step(ArrayRef<Value> rows, Value k, MutableArrayRef<Value> sums);
  Value finish(Value sum, Value row, Value column, int64_t valid);

  KernelBuilder &b;
  const KernelLibrary::DenseColumns &shape;
  Value input, weight, weightOffset, bias, biasOffset, output, channel, gate, other, residual, firstRow, endRow;
};

} // namespace

TileEmitter::TileEmitter(KernelBuilder &b, const KernelLibrary::DenseColumns &shape, Block::BlockArgListType arguments)
    : b(b), shape(shape) {
  auto next = arguments.begin();
  input = *next++;
  weight = *next++;
  weightOffset = *next++;
  if (shape.hasBias) {
    bias = *next++;
    biasOffset = *next++;
  }
  output = *next++;
  channel = *next++;
  if (shape.gate) {
    gate = *next++;
    other = *next++;
  }
  if (shape.residual)
    residual = *next++;
  firstRow = *next++;
  endRow = *next;
}

void TileEmitter::emit(ArrayRef<int64_t> tileRows) {
  b.forEachTile(firstRow, endRow, tileRows, [&](Value row, int64_t rowCount) { emitTile(row, rowCount); });
}

/// The sums of a tile, as sums[r * vectors + v].
SmallVector<Value> TileEmitter::accumulate(Value row, int64_t rowCount) {
  SmallVector<Value> sums, rows;
  for (int64_t r = 0; r < rowCount; ++r)
    rows.push_back(b.add(row, r));
  for (int64_t v = 0; v < shape.vectors; ++v)
    sums.push_back(bias ? b.loadFlat(bias, b.add(biasOffset, v * kLanes)) : b.splat(0.0f));
  for (int64_t r = 1; r < rowCount; ++r)
    for (int64_t v = 0; v < shape.vectors; ++v)
      sums.push_back(sums[v]);

  int64_t depth = shape.input.channels, unrolled = depth / kUnroll * kUnroll;
  if (unrolled > 0)
    sums = b.loop(b.index(0), b.index(unrolled), kUnroll, sums, [&](Value k, ValueRange carried) {
      SmallVector<Value> next(carried);
      for (int64_t u = 0; u < kUnroll; ++u)
        step(rows, b.add(k, u), next);
      return next;
    });
  for (int64_t k = unrolled; k < depth; ++k)
    step(rows, b.index(k), sums);
  return sums;
}

void TileEmitter::step(ArrayRef<Value> rows, Value k, MutableArrayRef<Value> sums) {
  SmallVector<Value> weights;
  Value offset = b.add(weightOffset, b.mul(k, shape.panelColumns));
  for (int64_t v = 0; v < shape.vectors; ++v)
    weights.push_back(b.loadFlat(weight, b.add(offset, v * kLanes)));
  for (auto [r, row] : llvm::enumerate(rows)) {
    Value x = b.broadcast(memref::LoadOp::create(b, input, ValueRange{row, k}));
    for (int64_t v = 0; v < shape.vectors; ++v) {
      Value &sum = sums[r * shape.vectors + v];
      sum = b.fma(x, weights[v], sum);
    }
  }
}

Value TileEmitter::finish(Value sum, Value row, Value column, int64_t valid) {
  Value value = b.activate(shape.activation, sum);
  if (gate)
    value = b.mix(b.loadRow(gate, row, column, valid, shape.gate->padded()), value,
                  b.loadRow(other, row, column, valid, shape.other->padded()));
  if (residual)
    value = b.addF(b.loadRow(residual, row, column, valid, shape.residual->padded()), value);
  return value;
}

void TileEmitter::emitTile(Value row, int64_t rowCount) {
  SmallVector<Value> sums = accumulate(row, rowCount);
  for (int64_t r = 0; r < rowCount; ++r) {
    Value current = b.add(row, r);
    for (int64_t v = 0; v < shape.vectors; ++v) {
      int64_t valid = v + 1 == shape.vectors ? shape.validInLast : kLanes;
      Value column = b.add(channel, v * kLanes);
      Value value = finish(sums[r * shape.vectors + v], current, column, valid);
      b.storeRow(value, output, current, column, valid, shape.output.padded());
    }
  }
}

func::FuncOp KernelLibrary::getDenseColumns(const DenseColumns &shape) {
  MLIRContext *context = getContext();
  Type index = IndexType::get(context);
  Type flat = MemRefType::get({ShapedType::kDynamic}, Float32Type::get(context));
  std::string name = "dense_" + std::to_string(shape.vectors * kLanes) + "_of_" + std::to_string(shape.panelColumns) +
                     "_columns_" + shape.input.text() + "_to_" + std::to_string(shape.output.stride);
  // Whether the last vector is partial matters only where it is masked.
  if (!shape.output.padded() || (shape.gate && !shape.gate->padded()) || (shape.other && !shape.other->padded()) ||
      (shape.residual && !shape.residual->padded()))
    name += "_valid" + std::to_string(shape.validInLast);
  SmallVector<Type> arguments = {shape.input.memref(context), flat, index};
  if (shape.hasBias)
    arguments.append({flat, index});
  else
    name += "_nobias";
  arguments.append({shape.output.memref(context), index});
  if (shape.activation != Activation::None)
    name += "_" + stringifyActivation(shape.activation).str();
  if (shape.gate) {
    name += "_gate" + shape.gate->text() + "_" + shape.other->text();
    arguments.append({shape.gate->memref(context), shape.other->memref(context)});
  }
  if (shape.residual) {
    name += "_residual" + shape.residual->text();
    arguments.push_back(shape.residual->memref(context));
  }
  arguments.append({index, index});
  return getOrEmit(name, arguments, UnknownLoc::get(context),
                   [&](KernelBuilder &b, auto args) { TileEmitter(b, shape, args).emit(tiles.denseRows); });
}
