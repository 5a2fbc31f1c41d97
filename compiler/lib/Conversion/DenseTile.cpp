//===- DenseTile.cpp - the register tiles of a matrix product ---------------------------------------------------===//
//
// A kernel for a range of rows and one or two adjacent panels. Tiles keep their sums in registers; row counts that the
// tile does not divide are covered by smaller tiles, so there is no masking. Each sum is one chain of fused
// multiply-adds in ascending k that starts from the bias.
//
// The weights of a model do not fit a core's caches, so the next panels are prefetched meanwhile: evenly, a share by
// each tile, because a burst of prefetches stalls the loads of the product.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

using namespace mlir;
using namespace sst;

namespace {

/// Emits one kernel. Members name its arguments.
class TileEmitter {
public:
  TileEmitter(KernelBuilder &b, const Tiles &tiles, int64_t depth, int64_t panels, bool hasBias, ValueRange arguments);
  void emit();

private:
  void planPrefetch();
  void emitTile(Value row, int64_t rowCount);
  SmallVector<Value> accumulate(Value row, int64_t rowCount);
  void prefetch(Value tile, Value k);
  void step(ArrayRef<Value> rows, Value k, MutableArrayRef<Value> sums);

  KernelBuilder &b;
  /// Row counts of the tiles, largest first.
  SmallVector<int64_t> tileRows;
  int64_t depth, panels;
  Value input, weight, weightOffset, bias, biasOffset, output, outputOffset, outputStride, firstRow, endRow;
  /// Elements of the next panels that a step of k has to prefetch, in 1 / kPrefetchUnit.
  Value prefetchRate;
};

/// The rate of the prefetch is a fraction.
constexpr int64_t kPrefetchUnit = 256;

} // namespace

TileEmitter::TileEmitter(KernelBuilder &b, const Tiles &tiles, int64_t depth, int64_t panels, bool hasBias,
                         ValueRange arguments)
    : b(b), tileRows(tiles.denseRows), depth(depth), panels(panels) {
  if (panels > tiles.densePanels) // more sums per row, so that a single one has enough
    tileRows = {1};
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

/// Each of the tiles prefetches an equal share of the next panels, which follow these; but not more than a cache line
/// per panel and kDenseUnroll steps.
void TileEmitter::planPrefetch() {
  Value tileCount = b.ceilDiv(b.sub(endRow, firstRow), tileRows.front());
  prefetchRate = b.floorDiv(b.index(panels * kLanes * kPrefetchUnit), b.max(tileCount, b.index(kDenseUnroll)));
}

void TileEmitter::emit() {
  planPrefetch();
  b.forEachTile(firstRow, endRow, tileRows, [&](Value row, int64_t rowCount) { emitTile(row, rowCount); });
}

/// Prefetches what the steps from `k` on have to, for tile number `tile`. That may be less than a cache line: the same
/// one is then asked for a few times.
void TileEmitter::prefetch(Value tile, Value k) {
  Value next = b.add(weightOffset, panels * depth * kLanes);
  for (int64_t line = 0; line < panels; ++line) {
    Value step = b.add(b.add(b.mul(tile, depth), k), line * kDenseUnroll / panels);
    Value offset = b.add(next, b.floorDiv(b.mul(step, prefetchRate), b.index(kPrefetchUnit)));
    memref::PrefetchOp::create(b, weight, ValueRange{offset}, /*isWrite=*/false, /*localityHint=*/3,
                               /*isDataCache=*/true);
  }
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

  int64_t unrolled = depth / kDenseUnroll * kDenseUnroll;
  Value tile = b.floorDiv(b.sub(row, firstRow), b.index(tileRows.front()));
  if (unrolled > 0)
    sums = b.loop(b.index(0), b.index(unrolled), kDenseUnroll, sums, [&](Value k, ValueRange carried) {
      prefetch(tile, k);
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
    weights.push_back(b.loadWeights(weight, b.add(offset, v * depth * kLanes)));
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

func::FuncOp KernelLibrary::getDensePanels(RowsType input, int64_t panels, bool hasBias, Storage storage) {
  MLIRContext *context = getContext();
  Type index = IndexType::get(context);
  Type flat = getFlatMemRef(Float32Type::get(context));
  std::string name = "dense_" + std::to_string(panels * kLanes) + "_columns_" + input.text() +
                     (storage == Storage::BF16 ? "_bf16" : "") + (hasBias ? "" : "_nobias");
  SmallVector<Type> arguments = {input.memref(context), getWeightMemRef(context, storage), index};
  if (hasBias)
    arguments.append({flat, index});
  arguments.append({flat, index, index, index, index});
  return getOrEmit(name, arguments, [&](KernelBuilder &b, auto args) {
    TileEmitter(b, tiles, input.channels, panels, hasBias, args).emit();
  });
}
