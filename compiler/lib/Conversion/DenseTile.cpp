//===- DenseTile.cpp - the register tiles of a matrix product ---------------------------------------------------===//
//
// A kernel for a range of rows and one or two adjacent panels. Tiles keep their sums in registers; row counts that the
// tile does not divide are covered by smaller tiles, so there is no masking. Each sum is one chain of fused multiply-adds
// in ascending k that starts from the bias.
//
// The weights of a model do not fit a core's caches, so the next panels are prefetched meanwhile: evenly, a share by each
// tile, because a burst of prefetches stalls the loads of the product.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

using namespace mlir;
using namespace sst;

namespace {

/// Emits one kernel. Members name its arguments.
class TileEmitter {
public:
  TileEmitter(KernelBuilder &b, const Tiles &tiles, int64_t depth, int64_t panels, bool hasBias,
              ValueRange arguments);
  void emit();

private:
  void emitTile(Value row, int64_t rowCount);
  SmallVector<Value> accumulate(Value row, int64_t rowCount);
  void prefetch(Value share, Value k);
  void step(ArrayRef<Value> rows, Value k, MutableArrayRef<Value> sums);

  KernelBuilder &b;
  const Tiles &tiles;
  int64_t depth, panels;
  Value input, weight, weightOffset, bias, biasOffset, output, outputOffset, outputStride, firstRow, endRow;
};

} // namespace

TileEmitter::TileEmitter(KernelBuilder &b, const Tiles &tiles, int64_t depth, int64_t panels, bool hasBias,
                         ValueRange arguments)
    : b(b), tiles(tiles), depth(depth), panels(panels) {
  auto next = arguments.begin();
  input = *next++;
  weight = *next++;
  weightOffset = *next++;
  if (hasBias) {
    bias = *next++;
    biasOffset = *next++;
  }
  output = *next++;
  outputOffset = *next++;
  outputStride = *next++;
  firstRow = *next++;
  endRow = *next;
}

void TileEmitter::emit() {
  b.forEachTile(firstRow, endRow, tiles.denseRows, [&](Value row, int64_t rowCount) { emitTile(row, rowCount); });
}

/// Prefetches what the steps from `k` on have to of the tile's share of the next panels, which follow these. That may be
/// less than a cache line: the same one is then asked for a few times.
void TileEmitter::prefetch(Value share, Value k) {
  Value offset = b.add(share, b.mul(k, panels * kLanes / tiles.prefetchTiles));
  memref::PrefetchOp::create(b, weight, ValueRange{offset}, /*isWrite=*/false, /*localityHint=*/3,
                             /*isDataCache=*/true);
}

/// The sums of a tile, as sums[r * panels + v].
SmallVector<Value> TileEmitter::accumulate(Value row, int64_t rowCount) {
  SmallVector<Value> sums, rows;
  for (int64_t r = 0; r < rowCount; ++r)
    rows.push_back(b.add(row, r));
  for (int64_t v = 0; v < panels; ++v)
    sums.push_back(bias ? b.loadFlat(bias, b.add(biasOffset, v * kLanes)) : b.splat(0.0f));
  for (int64_t r = 1; r < rowCount; ++r)
    for (int64_t v = 0; v < panels; ++v)
      sums.push_back(sums[v]);

  int64_t unrolled = depth / kDenseUnroll * kDenseUnroll, size = panels * depth * kLanes;
  Value number = b.floorDiv(b.sub(row, firstRow), b.index(tiles.denseRows.front()));
  Value part = b.min(number, b.index(tiles.prefetchTiles - 1));
  Value share = b.add(b.add(weightOffset, size), b.mul(part, size / tiles.prefetchTiles));
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
  for (int64_t v = 0; v < panels; ++v)
    weights.push_back(b.loadFlat(weight, b.add(offset, v * depth * kLanes)));
  for (auto [r, row] : llvm::enumerate(rows)) {
    Value x = b.broadcast(memref::LoadOp::create(b, input, ValueRange{row, k}));
    for (int64_t v = 0; v < panels; ++v) {
      Value &sum = sums[r * panels + v];
      sum = b.fma(x, weights[v], sum);
    }
  }
}

void TileEmitter::emitTile(Value row, int64_t rowCount) {
  SmallVector<Value> sums = accumulate(row, rowCount);
  Value offset = b.add(outputOffset, b.mul(b.sub(row, firstRow), outputStride));
  for (int64_t r = 0; r < rowCount; ++r) {
    for (int64_t v = 0; v < panels; ++v)
      vector::StoreOp::create(b, sums[r * panels + v], output, ValueRange{b.add(offset, v * kLanes)});
    offset = b.add(offset, outputStride);
  }
}

func::FuncOp KernelLibrary::getDensePanels(RowsType input, int64_t panels, bool hasBias) {
  MLIRContext *context = getContext();
  Type index = IndexType::get(context);
  Type flat = MemRefType::get({ShapedType::kDynamic}, Float32Type::get(context));
  std::string name =
      "dense_" + std::to_string(panels * kLanes) + "_columns_" + input.text() + (hasBias ? "" : "_nobias");
  SmallVector<Type> arguments = {input.memref(context), flat, index};
  if (hasBias)
    arguments.append({flat, index});
  arguments.append({flat, index, index, index, index});
  return getOrEmit(name, arguments, [&](KernelBuilder &b, auto args) {
    TileEmitter(b, tiles, input.channels, panels, hasBias, args).emit();
  }, Memory::View);
}
