//===- DenseKernel.cpp - packed matrix product with its epilogue ------------------------------------------------===//
//
// Goes over blocks of rows and panels of packed columns, and calls the kernel of DenseTile.cpp for each. Projections of
// equal depth share that kernel.
//
// A costly activation is applied in a loop of its own after a panel, while the panel's outputs are in the first-level
// cache, to keep the code small.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

using namespace mlir;
using namespace sst;

/// Rows between two passes over the weights: a multiple of every tile, few enough to stay in the second-level cache.
static constexpr int64_t kRowBlock = 120;

namespace {

/// Emits one dense kernel. Members name the kernel's arguments.
class DenseEmitter {
public:
  DenseEmitter(KernelBuilder &b, KernelLibrary &library, int64_t tileVectors, const KernelLibrary::Dense &shape,
               Block::BlockArgListType arguments);
  void emit();

private:
  void emitResult(unsigned result, Value firstRow, Value endRow);
  void emitPanel(unsigned result, Value panelWeight, Value channel, int64_t panelColumns, int64_t valid, Value firstRow,
                 Value endRow);
  void activatePanel(unsigned result, Value channel, int64_t valid, Value firstRow, Value endRow);
  bool activatesInTile(unsigned result) const {
    return gate || residual || shape.activations[result] == Activation::None;
  }

  KernelBuilder &b;
  KernelLibrary &library;
  int64_t tileVectors;
  const KernelLibrary::Dense &shape;
  Value input, weight, bias, gate, other, residual, rowCount;
  SmallVector<Value> outputs;
  /// Where the columns of the current result start in weight and bias.
  int64_t weightStart = 0, biasStart = 0;
};

} // namespace

DenseEmitter::DenseEmitter(KernelBuilder &b, KernelLibrary &library, int64_t tileVectors,
                           const KernelLibrary::Dense &shape, Block::BlockArgListType arguments)
    : b(b), library(library), tileVectors(tileVectors), shape(shape) {
  auto flat = MemRefType::get({ShapedType::kDynamic}, b.getF32Type());
  auto next = arguments.begin();
  input = *next++;
  weight = memref::CastOp::create(b, flat, *next++);
  bias = shape.hasBias ? Value(memref::CastOp::create(b, flat, *next++)) : Value();
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
  KernelLibrary::DenseColumns columns;
  columns.input = shape.input;
  columns.output = shape.outputs[result];
  columns.panelColumns = panelColumns;
  columns.vectors = std::min(tileVectors, panelColumns / kLanes);
  columns.hasBias = shape.hasBias;
  columns.activation = activatesInTile(result) ? shape.activations[result] : Activation::None;
  columns.gate = shape.gate;
  columns.other = shape.other;
  columns.residual = shape.residual;
  for (int64_t first = 0; first < panelColumns; first += columns.vectors * kLanes) {
    columns.validInLast = std::min(valid - first - (columns.vectors - 1) * kLanes, kLanes);
    Value column = b.add(channel, first);
    SmallVector<Value> arguments = {input, weight, b.add(panelWeight, first)};
    if (bias)
      arguments.append({bias, b.add(column, biasStart)});
    arguments.append({outputs[result], column});
    if (gate)
      arguments.append({gate, other});
    if (residual)
      arguments.push_back(residual);
    arguments.append({firstRow, endRow});
    func::CallOp::create(b, library.getDenseColumns(columns), arguments);
  }
  if (!activatesInTile(result))
    activatePanel(result, channel, valid, firstRow, endRow);
}

void DenseEmitter::activatePanel(unsigned result, Value channel, int64_t valid, Value firstRow, Value endRow) {
  bool padded = shape.outputs[result].padded();
  b.loop(firstRow, endRow, 1, [&](Value row) {
    for (int64_t first = 0; first < valid; first += kLanes) {
      int64_t lanes = std::min(valid - first, kLanes);
      Value column = b.add(channel, first);
      Value sum = b.loadRow(outputs[result], row, column, lanes, padded);
      b.storeRow(b.activate(shape.activations[result], sum), outputs[result], row, column, lanes, padded);
    }
  });
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
  return getOrEmit(name, arguments, UnknownLoc::get(context), [&](KernelBuilder &b, auto args) {
    DenseEmitter(b, *this, tiles.denseVectors, shape, args).emit();
  });
}
