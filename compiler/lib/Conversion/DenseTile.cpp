//===- DenseTile.cpp - the register tiles of a matrix product ---------------------------------------------------===//
//
// A kernel for a number of rows and one or two adjacent panels. Tiles keep their sums in registers; row counts that the
// tile does not divide are covered by smaller tiles, so there is no masking along rows. Each sum is one chain of fused
// multiply-adds in ascending k that starts from the bias.
//
// The weights of a model do not fit a core's caches, so the next panels are prefetched meanwhile: evenly, a share by
// each tile, because a burst of prefetches stalls the loads of the product (spec: 88 % of peak against 61 %).
//
// Gate, residual and the activation before them are part of the tile, since their buffers may be the output's.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

using namespace mlir;
using namespace sst;

namespace {

/// Emits one kernel. Members name its arguments.
class TileEmitter {
public:
  TileEmitter(KernelBuilder &b, const Tiles &tiles, const KernelLibrary::DensePanels &shape,
              Block::BlockArgListType arguments);
  void emit();

private:
  void emitTile(Value row, int64_t rowCount);
  SmallVector<Value> accumulate(Value row, int64_t rowCount);
  void prefetch(Value share, Value k);
  void step(ArrayRef<Value> rows, Value k, MutableArrayRef<Value> sums);
  Value finish(Value sum, Value row, Value column, int64_t valid);

  KernelBuilder &b;
  const Tiles &tiles;
  const KernelLibrary::DensePanels &shape;
  Value input, weight, weightOffset, bias, biasOffset, output, channel, gate, other, residual, rowCount;
};

} // namespace

TileEmitter::TileEmitter(KernelBuilder &b, const Tiles &tiles, const KernelLibrary::DensePanels &shape,
                         Block::BlockArgListType arguments)
    : b(b), tiles(tiles), shape(shape) {
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
  rowCount = *next;
}

void TileEmitter::emit() {
  b.forEachTile(b.index(0), rowCount, tiles.denseRows, [&](Value row, int64_t count) { emitTile(row, count); });
}

/// Prefetches what the steps from `k` on have to of the tile's share of the next panels, which follow these. That is
/// less than a cache line: the same one is asked for a few times, which costs nothing.
void TileEmitter::prefetch(Value share, Value k) {
  Value offset = b.add(share, b.mul(k, shape.panels * kLanes / tiles.prefetchTiles));
  memref::PrefetchOp::create(b, weight, ValueRange{offset}, /*isWrite=*/false, /*localityHint=*/3,
                             /*isDataCache=*/true);
}

/// The sums of a tile, as sums[r * panels + v].
SmallVector<Value> TileEmitter::accumulate(Value row, int64_t rowCount) {
  SmallVector<Value> sums, rows;
  for (int64_t r = 0; r < rowCount; ++r)
    rows.push_back(b.add(row, r));
  for (int64_t v = 0; v < shape.panels; ++v)
    sums.push_back(bias ? b.loadFlat(bias, b.add(biasOffset, v * kLanes)) : b.splat(0.0f));
  for (int64_t r = 1; r < rowCount; ++r)
    for (int64_t v = 0; v < shape.panels; ++v)
      sums.push_back(sums[v]);

  int64_t depth = shape.input.channels, unrolled = depth / kDenseUnroll * kDenseUnroll;
  int64_t panel = depth * kLanes;
  Value tile = b.min(b.floorDiv(row, b.index(tiles.denseRows.front())), b.index(tiles.prefetchTiles - 1));
  Value share =
      b.add(b.add(weightOffset, shape.panels * panel), b.mul(tile, shape.panels * panel / tiles.prefetchTiles));
  if (unrolled > 0)
    sums = b.loop(b.index(0), b.index(unrolled), kDenseUnroll, sums, [&](Value k, ValueRange carried) {
      prefetch(share, k);
      SmallVector<Value> next(carried);
      for (int64_t u = 0; u < kDenseUnroll; ++u)
        step(rows, b.add(k, u), next);
      return next;
    });
  for (int64_t k = unrolled; k < depth; ++k)
    step(rows, b.index(k), sums);
  return sums;
}

void TileEmitter::step(ArrayRef<Value> rows, Value k, MutableArrayRef<Value> sums) {
  SmallVector<Value> weights;
  Value offset = b.add(weightOffset, b.mul(k, kLanes));
  for (int64_t v = 0; v < shape.panels; ++v)
    weights.push_back(b.loadFlat(weight, b.add(offset, v * shape.input.channels * kLanes)));
  for (auto [r, row] : llvm::enumerate(rows)) {
    Value x = b.broadcast(memref::LoadOp::create(b, input, ValueRange{row, k}));
    for (int64_t v = 0; v < shape.panels; ++v) {
      Value &sum = sums[r * shape.panels + v];
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
    for (int64_t v = 0; v < shape.panels; ++v) {
      int64_t valid = v + 1 == shape.panels ? shape.validInLast : kLanes;
      Value column = b.add(channel, v * kLanes);
      Value value = finish(sums[r * shape.panels + v], current, column, valid);
      b.storeRow(value, output, current, column, valid, shape.output.padded());
    }
  }
}

func::FuncOp KernelLibrary::getDensePanels(const DensePanels &shape) {
  MLIRContext *context = getContext();
  Type index = IndexType::get(context);
  Type flat = MemRefType::get({ShapedType::kDynamic}, Float32Type::get(context));
  std::string name = "dense_" + std::to_string(shape.panels * kLanes) + "_columns_" + shape.input.text() + "_to_" +
                     std::to_string(shape.output.stride);
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
  arguments.push_back(index);
  return getOrEmit(name, arguments, UnknownLoc::get(context),
                   [&](KernelBuilder &b, auto args) { TileEmitter(b, tiles, shape, args).emit(); });
}
