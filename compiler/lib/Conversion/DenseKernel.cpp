//===- DenseKernel.cpp - packed matrix product with its epilogue ------------------------------------------------===//
//
// Goes over panels of packed columns, and calls the kernel of DenseTile.cpp for each. Projections of equal depth share
// that kernel.
//
// A costly activation is applied in a loop of its own after a panel, while the panel's outputs are in the first-level
// cache, to keep the code small.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

using namespace mlir;
using namespace sst;

namespace {

/// Emits one dense kernel. Members name the kernel's arguments.
class DenseEmitter {
public:
  DenseEmitter(KernelBuilder &b, KernelLibrary &library, int64_t tilePanels, const KernelLibrary::Dense &shape,
               Block::BlockArgListType arguments);
  void emit();

private:
  void emitResult(unsigned result);
  void emitPanels(unsigned result, Value panel, int64_t panels, int64_t valid);
  void activatePanels(unsigned result, Value channel, int64_t valid);
  bool activatesInTile(unsigned result) const {
    return gate || residual || shape.activations[result] == Activation::None;
  }

  KernelBuilder &b;
  KernelLibrary &library;
  int64_t tilePanels;
  const KernelLibrary::Dense &shape;
  Value input, weight, bias, gate, other, residual, rowCount, firstPanel, endPanel;
  SmallVector<Value> outputs;
  /// Panels of the results before the current one.
  int64_t panelsBefore = 0;
};

} // namespace

DenseEmitter::DenseEmitter(KernelBuilder &b, KernelLibrary &library, int64_t tilePanels,
                           const KernelLibrary::Dense &shape, Block::BlockArgListType arguments)
    : b(b), library(library), tilePanels(tilePanels), shape(shape) {
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
  rowCount = *next++;
  firstPanel = *next++;
  endPanel = *next;
}

void DenseEmitter::emit() {
  for (unsigned result = 0; result < outputs.size(); ++result) {
    emitResult(result);
    panelsBefore += padChannels(shape.outputs[result].channels) / kLanes;
  }
}

/// The wanted panels of one result: full tiles in a loop, then what is left, which is the last panels of the result or
/// of the wanted ones.
void DenseEmitter::emitResult(unsigned result) {
  int64_t channels = shape.outputs[result].channels, panels = padChannels(channels) / kLanes;
  int64_t fullPanels = channels / kLanes;
  Value first = b.max(b.sub(firstPanel, b.index(panelsBefore)), b.index(0));
  Value end = b.min(b.sub(endPanel, b.index(panelsBefore)), b.index(panels));
  Value fullEnd = b.min(end, b.index(fullPanels));
  for (int64_t width = tilePanels; width >= 1; width /= 2) {
    Value count = b.max(b.sub(fullEnd, first), b.index(0));
    Value covered = b.sub(count, b.rem(count, b.index(width)));
    Value stop = b.add(first, covered);
    b.loop(first, stop, width, [&](Value panel) { emitPanels(result, panel, width, width * kLanes); });
    first = stop;
  }
  if (fullPanels < panels)
    b.when(b.less(b.max(first, b.index(fullPanels)), end),
           [&] { emitPanels(result, b.index(fullPanels), 1, channels - fullPanels * kLanes); });
}

void DenseEmitter::emitPanels(unsigned result, Value panel, int64_t panels, int64_t valid) {
  KernelLibrary::DensePanels columns;
  columns.input = shape.input;
  columns.output = shape.outputs[result];
  columns.panels = panels;
  columns.validInLast = valid - (panels - 1) * kLanes;
  columns.hasBias = shape.hasBias;
  columns.activation = activatesInTile(result) ? shape.activations[result] : Activation::None;
  columns.gate = shape.gate;
  columns.other = shape.other;
  columns.residual = shape.residual;
  Value channel = b.mul(panel, kLanes), stored = b.add(panel, panelsBefore);
  SmallVector<Value> arguments = {input, weight, b.mul(stored, shape.input.channels * kLanes)};
  if (bias)
    arguments.append({bias, b.mul(stored, kLanes)});
  arguments.append({outputs[result], channel});
  if (gate)
    arguments.append({gate, other});
  if (residual)
    arguments.push_back(residual);
  arguments.push_back(rowCount);
  func::CallOp::create(b, library.getDensePanels(columns), arguments);
  if (!activatesInTile(result))
    activatePanels(result, channel, valid);
}

void DenseEmitter::activatePanels(unsigned result, Value channel, int64_t valid) {
  bool padded = shape.outputs[result].padded();
  b.loop(b.index(0), rowCount, 1, [&](Value row) {
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
  arguments.append(3, IndexType::get(context));
  return getOrEmit(name, arguments, UnknownLoc::get(context),
                   [&](KernelBuilder &b, auto args) { DenseEmitter(b, *this, tiles.densePanels, shape, args).emit(); });
}
