//===- DenseKernel.cpp - packed matrix product with its epilogue ------------------------------------------------===//
//
// Each output element is one chain of fused multiply-adds in ascending k that starts from the bias. The loops go over
// blocks of rows, panels of packed columns, tiles of rows, k; a tile keeps its sums in registers. Row counts that the
// tile does not divide are covered by smaller tiles, so there is no masking along rows.
//
// A costly activation is applied in a loop of its own after a panel, while the panel's outputs are in the first-level
// cache, to keep the code small; gate and residual are part of the tile, since their buffers may be the output's.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

using namespace mlir;
using namespace sst;

/// Rows between two passes over the weights: a multiple of every tile, few enough to stay in the second-level cache.
static constexpr int64_t kRowBlock = 120;
/// Steps of k per iteration of the innermost loop.
static constexpr int64_t kUnroll = 4;

namespace {

/// Emits one dense kernel. Members name the kernel's arguments.
class DenseEmitter {
public:
  DenseEmitter(KernelBuilder &b, const Tiles &tiles, const KernelLibrary::Dense &shape,
               Block::BlockArgListType arguments);
  void emit();

private:
  /// `vectors` adjacent vectors of one panel, for a given result.
  struct Columns {
    unsigned result;
    /// Offset of the first weight, distance between two k steps, and offset of the first bias.
    Value weightBase;
    int64_t kStride;
    Value biasBase;
    /// First channel in the result, lanes of the last vector that are channels, number of vectors.
    Value channel;
    int64_t validInLast, vectors;
  };

  void emitResult(unsigned result, Value firstRow, Value endRow);
  void emitPanel(unsigned result, Value panelWeight, Value channel, int64_t panelColumns, int64_t valid, Value firstRow,
                 Value endRow);
  void emitColumns(const Columns &columns, Value firstRow, Value endRow);
  void emitTile(const Columns &columns, Value row, int64_t rowCount);
  SmallVector<Value> accumulate(const Columns &columns, Value row, int64_t rowCount);
  void step(const Columns &columns, ArrayRef<Value> rows, Value k, MutableArrayRef<Value> sums);
  Value finish(const Columns &columns, Value sum, Value row, Value channel, int64_t valid);
  bool activatesInTile(unsigned result) const { return gate || residual || isCheap(shape.activations[result]); }
  static bool isCheap(Activation kind) { return kind == Activation::None; }

  KernelBuilder &b;
  const Tiles &tiles;
  const KernelLibrary::Dense &shape;
  Value input, weight, bias, gate, other, residual, rowCount;
  SmallVector<Value> outputs;
  /// Where the columns of the current result start in weight and bias.
  int64_t weightStart = 0, biasStart = 0;
};

} // namespace

DenseEmitter::DenseEmitter(KernelBuilder &b, const Tiles &tiles, const KernelLibrary::Dense &shape,
                           Block::BlockArgListType arguments)
    : b(b), tiles(tiles), shape(shape) {
  auto next = arguments.begin();
  input = *next++;
  weight = *next++;
  bias = shape.hasBias ? Value(*next++) : Value();
  for (size_t i = 0; i < shape.outputs.size(); ++i)
    outputs.push_back(*next++);
  gate = shape.gate ? Value(*next++) : Value();
  other = shape.other ? Value(*next++) : Value();
  residual = shape.residual ? Value(*next++) : Value();
  rowCount = *next;
}

void DenseEmitter::emit() {
  b.loop(b.index(0), rowCount, kRowBlock, [&](Value firstRow) {
    Value endRow = b.min(b.add(firstRow, kRowBlock), rowCount);
    weightStart = biasStart = 0;
    for (unsigned result = 0; result < outputs.size(); ++result) {
      emitResult(result, firstRow, endRow);
      int64_t columns = padChannels(shape.outputs[result].channels);
      weightStart += columns * shape.input.channels;
      biasStart += columns;
    }
  });
}

/// All panels of one result: a loop over the full ones, then the last.
void DenseEmitter::emitResult(unsigned result, Value firstRow, Value endRow) {
  int64_t channels = shape.outputs[result].channels, depth = shape.input.channels;
  int64_t full = channels / kPanelColumns * kPanelColumns;
  if (full > 0)
    b.loop(b.index(0), b.index(full), kPanelColumns, [&](Value channel) {
      Value panelWeight = b.add(b.mul(channel, depth), weightStart);
      emitPanel(result, panelWeight, channel, kPanelColumns, kPanelColumns, firstRow, endRow);
    });
  if (full < channels)
    emitPanel(result, b.index(weightStart + full * depth), b.index(full), padChannels(channels - full), channels - full,
              firstRow, endRow);
}

void DenseEmitter::emitPanel(unsigned result, Value panelWeight, Value channel, int64_t panelColumns, int64_t valid,
                             Value firstRow, Value endRow) {
  int64_t vectorsInPanel = panelColumns / kLanes;
  int64_t vectors = std::min(tiles.denseVectors, vectorsInPanel);
  for (int64_t v = 0; v < vectorsInPanel; v += vectors) {
    int64_t last = std::min(valid - (v + vectors - 1) * kLanes, kLanes);
    Value first = b.add(channel, v * kLanes);
    emitColumns({result, b.add(panelWeight, v * kLanes), panelColumns, b.add(first, biasStart), first, last, vectors},
                firstRow, endRow);
  }
}

void DenseEmitter::emitColumns(const Columns &columns, Value firstRow, Value endRow) {
  b.forEachTile(firstRow, endRow, tiles.denseRows,
                [&](Value row, int64_t rowCount) { emitTile(columns, row, rowCount); });
  if (activatesInTile(columns.result))
    return;
  RowsType type = shape.outputs[columns.result];
  Value output = outputs[columns.result];
  b.loop(firstRow, endRow, 1, [&](Value row) {
    for (int64_t v = 0; v < columns.vectors; ++v) {
      int64_t valid = v + 1 == columns.vectors ? columns.validInLast : kLanes;
      Value channel = b.add(columns.channel, v * kLanes);
      Value sum = b.loadRow(output, row, channel, valid, type.padded());
      b.storeRow(b.activate(shape.activations[columns.result], sum), output, row, channel, valid, type.padded());
    }
  });
}

/// The sums of a tile: rowCount x vectors chains, unrolled over k.
SmallVector<Value> DenseEmitter::accumulate(const Columns &columns, Value row, int64_t rowCount) {
  SmallVector<Value> sums, rows;
  for (int64_t r = 0; r < rowCount; ++r)
    rows.push_back(b.add(row, r));
  for (int64_t v = 0; v < columns.vectors; ++v)
    sums.push_back(bias ? b.loadFlat(bias, b.add(columns.biasBase, v * kLanes)) : b.splat(0.0f));
  // One copy per row: sums[r * vectors + v].
  for (int64_t r = 1; r < rowCount; ++r)
    for (int64_t v = 0; v < columns.vectors; ++v)
      sums.push_back(sums[v]);

  int64_t depth = shape.input.channels, unrolled = depth / kUnroll * kUnroll;
  if (unrolled > 0)
    sums = b.loop(b.index(0), b.index(unrolled), kUnroll, sums, [&](Value k, ValueRange carried) {
      SmallVector<Value> next(carried);
      for (int64_t u = 0; u < kUnroll; ++u)
        step(columns, rows, b.add(k, u), next);
      return next;
    });
  for (int64_t k = unrolled; k < depth; ++k)
    step(columns, rows, b.index(k), sums);
  return sums;
}

void DenseEmitter::step(const Columns &columns, ArrayRef<Value> rows, Value k, MutableArrayRef<Value> sums) {
  SmallVector<Value> weights;
  Value offset = b.add(columns.weightBase, b.mul(k, columns.kStride));
  for (int64_t v = 0; v < columns.vectors; ++v)
    weights.push_back(b.loadFlat(weight, b.add(offset, v * kLanes)));
  for (auto [r, row] : llvm::enumerate(rows)) {
    Value x = b.broadcast(memref::LoadOp::create(b, input, ValueRange{row, k}));
    for (int64_t v = 0; v < columns.vectors; ++v) {
      Value &sum = sums[r * columns.vectors + v];
      sum = b.fma(x, weights[v], sum);
    }
  }
}

/// The epilogue of one vector that belongs to the tile.
Value DenseEmitter::finish(const Columns &columns, Value sum, Value row, Value channel, int64_t valid) {
  if (!activatesInTile(columns.result))
    return sum;
  Value value = b.activate(shape.activations[columns.result], sum);
  if (gate)
    value = b.mix(b.loadRow(gate, row, channel, valid, shape.gate->padded()), value,
                  b.loadRow(other, row, channel, valid, shape.other->padded()));
  if (residual)
    value = b.addF(b.loadRow(residual, row, channel, valid, shape.residual->padded()), value);
  return value;
}

void DenseEmitter::emitTile(const Columns &columns, Value row, int64_t rowCount) {
  SmallVector<Value> sums = accumulate(columns, row, rowCount);
  bool padded = shape.outputs[columns.result].padded();
  for (int64_t r = 0; r < rowCount; ++r) {
    Value current = b.add(row, r);
    for (int64_t v = 0; v < columns.vectors; ++v) {
      int64_t valid = v + 1 == columns.vectors ? columns.validInLast : kLanes;
      Value channel = b.add(columns.channel, v * kLanes);
      Value value = finish(columns, sums[r * columns.vectors + v], current, channel, valid);
      b.storeRow(value, outputs[columns.result], current, channel, valid, padded);
    }
  }
}

func::FuncOp KernelLibrary::getDense(const Dense &shape) {
  MLIRContext *context = getContext();
  Type f32 = Float32Type::get(context);
  std::string name = "dense_" + shape.input.text() + "_to";
  int64_t columns = 0;
  for (auto [type, activation] : llvm::zip_equal(shape.outputs, shape.activations)) {
    name += "_" + type.text();
    if (activation != Activation::None)
      name += "_" + stringifyActivation(activation).str();
    columns += padChannels(type.channels);
  }
  SmallVector<Type> arguments = {shape.input.memref(context), MemRefType::get({shape.input.channels * columns}, f32)};
  if (shape.hasBias)
    arguments.push_back(MemRefType::get({columns}, f32));
  else
    name += "_nobias";
  for (RowsType type : shape.outputs)
    arguments.push_back(type.memref(context));
  if (shape.gate) {
    name += "_gate" + shape.gate->text() + "_" + shape.other->text();
    arguments.append({shape.gate->memref(context), shape.other->memref(context)});
  }
  if (shape.residual) {
    name += "_residual" + shape.residual->text();
    arguments.push_back(shape.residual->memref(context));
  }
  arguments.push_back(IndexType::get(context));
  return getOrEmit(name, arguments, UnknownLoc::get(context),
                   [&](KernelBuilder &b, auto args) { DenseEmitter(b, tiles, shape, args).emit(); });
}
