//===- DenseTile.cpp - the register tiles of a matrix product ---------------------------------------------------===//
//
// A kernel for a range of rows and one or two adjacent panels. Tiles keep their sums in registers; row counts that the
// tile does not divide are covered by smaller tiles, or by one that computes some rows again, so there is no masking.
// Each sum is one chain of fused multiply-adds in ascending k that starts from the bias.
//
// The weights of a model do not fit a core's caches, so they are prefetched, and evenly, because a burst of prefetches
// stalls the loads of the product: of the tiles that use the same panels, each asks for an equal share of what the next
// ones need. See TileEmitter::planPrefetch().
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Dense.h"

using namespace mlir;
using namespace sst;

namespace {

/// What kDenseUnroll steps of a tile prefetch: nothing; as many lines of weights as they read, which few tiles need; or
/// one of each panel, which is enough if there are as many tiles as lines.
enum class Prefetch { None, AllLines, OneLine };

/// Emits one kernel.
class TileEmitter {
public:
  TileEmitter(KernelBuilder &b, const Tiles &tiles, const DensePanels &kernel);
  void emit();

private:
  void planPrefetch();
  void emitTile(Value row, int64_t rowCount);
  void computeTile(Value row, int64_t rowCount, Prefetch kind);
  SmallVector<Value> accumulate(Value row, int64_t rowCount, Prefetch kind);
  void prefetch(Value asked, Prefetch kind);
  SmallVector<Value> loadSteps(ArrayRef<Value> rows, Value k);
  void step(ArrayRef<Value> rows, Value k, ArrayRef<Value> steps, int64_t number, MutableArrayRef<Value> sums);

  KernelBuilder &b;
  const DensePanels &kernel;
  /// Row counts of the tiles, largest first.
  SmallVector<int64_t> tileRows;
  int64_t depth, panels;
  /// More panels than a tile has, which only a single row reads, keep the memory busy without.
  bool prefetches;
  /// See Tiles.
  int64_t vectorRows;
  /// Steps of k that a cache line of weights is for, and lines of a panel for kDenseUnroll steps.
  int64_t lineSteps, unrollLines;
  Value firstRow, endRow;
  /// The number of the last tile, which may be some smaller ones; whether there are so many that each asks for a line
  /// at a time; how far ahead the first one asks, in steps of k; for how many steps each asks in one, in 1 /
  /// 2^kShareBits.
  Value lastTile, isOneLine, prefetchLead, prefetchShare;
};

/// How many steps of k before their use weights are asked for, at the least (a depth that is smaller takes its place):
/// a longer time than memory takes, and so short that they are still in the first-level cache then. Measured: see
/// README.md.
constexpr int64_t kPrefetchDistance = 128;
constexpr int64_t kCacheLine = 64;
/// A tile's share of the prefetch is a fraction of 2^kShareBits.
constexpr int64_t kShareBits = 16;

} // namespace

TileEmitter::TileEmitter(KernelBuilder &b, const Tiles &tiles, const DensePanels &kernel)
    : b(b), kernel(kernel), tileRows(kernel.storage == Storage::BF16 ? tiles.denseRowsBF16 : tiles.denseRows),
      depth(kernel.input.type.channels), panels(kernel.panels), prefetches(panels <= tiles.densePanels),
      vectorRows(tiles.vectorRows), lineSteps(kCacheLine / kLanes / (kernel.storage == Storage::BF16 ? 2 : 4)),
      unrollLines(kDenseUnroll / lineSteps), firstRow(kernel.firstRow), endRow(kernel.endRow) {
  if (panels > tiles.densePanels) // more sums per row, so that a single one has enough
    tileRows = {1};
}

/// Weights are counted by the step of k that needs them, those of the next panels from `depth` on. Of T tiles, tile t
/// asks in its step k for those of step `lead + (t * depth + k) / T`. In steps of all tiles, weights of step s < depth
/// are asked for at T * (s - lead) and used at s; those of the next panels' step s at T * (depth + s - lead) and T *
/// depth + s. The shortest time between the two is that of s = depth in the first case, and
///
///     lead = depth - (depth - kPrefetchDistance) / T
///
/// makes it kPrefetchDistance: a single tile prefetches what it is going to read itself. Enough tiles ask for a line at
/// a time, and only for the next panels: then the lead is nearly `depth` anyway. Behind the last panels of an op follow
/// the weights of another one, or nothing, which does no harm.
void TileEmitter::planPrefetch() {
  Value tileCount = b.ceilDiv(b.sub(endRow, firstRow), tileRows.front());
  int64_t rest = std::max<int64_t>(depth - kPrefetchDistance, 0);
  isOneLine = b.less(b.index(unrollLines - 1), tileCount);
  prefetchLead = arith::SelectOp::create(b, isOneLine, b.index(depth),
                                         b.sub(b.index(depth), b.floorDiv(b.index(rest), tileCount)));
  prefetchShare = b.floorDiv(b.index(1 << kShareBits), tileCount);
  lastTile = b.sub(tileCount, b.index(1));
}

/// Tiles of each size in turn, as long as there are rows for them. If more rows are left than the next size takes, one
/// more tile ends with the last row; it computes the rows before them again, provided that there are enough.
void TileEmitter::emit() {
  if (prefetches)
    planPrefetch();
  Value start = firstRow;
  for (auto [i, size] : llvm::enumerate(tileRows)) {
    Value last = b.sub(endRow, b.index(size));
    Value end = b.sub(endRow, b.rem(b.sub(endRow, start), b.index(size)));
    if (i + 1 < tileRows.size()) {
      Value nextIsTooSmall = b.less(b.index(tileRows[i + 1]), b.sub(endRow, end));
      Value hasRowsBefore = b.less(firstRow, last);
      end = arith::SelectOp::create(b, arith::AndIOp::create(b, nextIsTooSmall, hasRowsBefore), endRow, end);
    }
    b.loop(start, end, size, [&, size = size](Value row) { emitTile(b.min(row, last), size); });
    start = end;
  }
}

void TileEmitter::emitTile(Value row, int64_t rowCount) {
  if (!prefetches)
    return computeTile(row, rowCount, Prefetch::None);
  if (rowCount < tileRows.front())
    return computeTile(row, rowCount, Prefetch::AllLines);
  b.when(
      isOneLine, [&] { computeTile(row, rowCount, Prefetch::OneLine); },
      [&] { computeTile(row, rowCount, Prefetch::AllLines); });
}

/// Prefetches what kDenseUnroll steps have to. Tiles have asked for the weights of `asked` steps, times 2^kShareBits.
void TileEmitter::prefetch(Value asked, Prefetch kind) {
  Value wanted = arith::ShRUIOp::create(b, asked, b.index(kShareBits));
  Value panel = b.add(kernel.weightOffset, (panels - 1) * depth * kLanes);
  int64_t lines = 1;
  if (kind == Prefetch::OneLine) { // the lead is the depth
    wanted = b.add(wanted, depth);
  } else {
    wanted = b.add(wanted, prefetchLead);
    panel = arith::SelectOp::create(b, b.less(wanted, b.index(depth)), kernel.weightOffset, panel);
    lines = unrollLines;
  }
  Value offset = b.add(panel, b.mul(wanted, kLanes));
  for (int64_t line = 0; line < lines; ++line)
    for (int64_t v = 0; v < panels; ++v)
      memref::PrefetchOp::create(b, kernel.weight.value,
                                 ValueRange{b.add(offset, (v * depth + line * lineSteps) * kLanes)},
                                 /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
}

/// The sums of a tile, as sums[r * panels + v].
SmallVector<Value> TileEmitter::accumulate(Value row, int64_t rowCount, Prefetch kind) {
  SmallVector<Value> sums, rows;
  for (int64_t r = 0; r < rowCount; ++r)
    rows.push_back(b.add(row, r));
  for (int64_t v = 0; v < panels; ++v)
    sums.push_back(kernel.bias ? b.loadFlat(kernel.bias.value, b.add(kernel.biasOffset, v * kLanes)) : b.splat(0.0f));
  for (int64_t r = 1; r < rowCount; ++r)
    for (int64_t v = 0; v < panels; ++v)
      sums.push_back(sums[v]);

  int64_t unrolled = depth / kDenseUnroll * kDenseUnroll;
  if (unrolled > 0) {
    bool asks = kind != Prefetch::None;
    if (asks) { // what the tiles have asked for so far goes through the loop behind the sums
      Value tile = b.min(b.ceilDiv(b.sub(row, firstRow), tileRows.front()), lastTile);
      sums.push_back(b.mul(b.mul(tile, depth), prefetchShare));
    }
    sums = b.loop(b.index(0), b.index(unrolled), kDenseUnroll, sums, [&](Value k, ValueRange carried) {
      SmallVector<Value> next(carried);
      if (asks) {
        prefetch(next.back(), kind);
        next.back() = b.add(next.back(), b.mul(prefetchShare, kDenseUnroll));
      }
      SmallVector<Value> steps = loadSteps(rows, k);
      for (int64_t u = 0; u < kDenseUnroll; ++u)
        step(rows, b.add(k, u), steps, u, next);
      return next;
    });
    if (asks)
      sums.pop_back();
  }
  for (int64_t k = unrolled; k < depth; ++k)
    step(rows, b.index(k), /*steps=*/{}, /*number=*/0, sums);
  return sums;
}

/// The activations of kDenseUnroll steps from k on, a vector for each row; none if they are loaded one by one.
SmallVector<Value> TileEmitter::loadSteps(ArrayRef<Value> rows, Value k) {
  SmallVector<Value> steps;
  auto type = VectorType::get({kDenseUnroll}, b.getF32Type());
  for (Value row : static_cast<int64_t>(rows.size()) <= vectorRows ? rows : ArrayRef<Value>())
    steps.push_back(vector::LoadOp::create(b, type, kernel.input.memory.value, ValueRange{row, k}));
  return steps;
}

/// Step k of a tile, the one of this number among those that are loaded together.
void TileEmitter::step(ArrayRef<Value> rows, Value k, ArrayRef<Value> steps, int64_t number,
                       MutableArrayRef<Value> sums) {
  SmallVector<Value> weights;
  Value offset = b.add(kernel.weightOffset, b.mul(k, kLanes));
  for (int64_t v = 0; v < panels; ++v)
    weights.push_back(b.loadWeights(kernel.weight.value, b.add(offset, v * depth * kLanes)));
  for (auto [r, row] : llvm::enumerate(rows)) {
    Value x = steps.empty() ? memref::LoadOp::create(b, kernel.input.memory.value, ValueRange{row, k}).getResult()
                            : vector::ExtractOp::create(b, steps[r], number).getResult();
    x = b.broadcast(x);
    for (int64_t v = 0; v < panels; ++v) {
      Value &sum = sums[r * panels + v];
      sum = b.fma(x, weights[v], sum);
    }
  }
}

void TileEmitter::computeTile(Value row, int64_t rowCount, Prefetch kind) {
  SmallVector<Value> sums = accumulate(row, rowCount, kind);
  Value offset = b.add(kernel.outputOffset, b.mul(b.sub(row, firstRow), kernel.outputStride));
  for (int64_t r = 0; r < rowCount; ++r) {
    for (int64_t v = 0; v < panels; ++v)
      vector::StoreOp::create(b, sums[r * panels + v], kernel.output.value, ValueRange{b.add(offset, v * kLanes)});
    offset = b.add(offset, kernel.outputStride);
  }
}

void sst::callDensePanels(KernelBuilder &b, KernelLibrary &library, DensePanels kernel) {
  std::string name = "dense_" + std::to_string(kernel.panels * kLanes) + "_columns_" + kernel.input.type.text() +
                     (kernel.storage == Storage::BF16 ? "_bf16" : "") + (kernel.bias ? "" : "_nobias");
  Signature signature(kernel.input, kernel.weight, kernel.weightOffset, kernel.bias, kernel.biasOffset, kernel.output,
                      kernel.outputOffset, kernel.outputStride, kernel.firstRow, kernel.endRow);
  library.call(b, name, signature,
               [&](KernelBuilder &inner) { TileEmitter(inner, library.getTiles(), kernel).emit(); });
}
