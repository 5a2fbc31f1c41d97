//===- DenseKernel.cpp - packed matrix product with its epilogue ------------------------------------------------===//
//
// Goes over panels of packed columns. The kernel of DenseTile.cpp, which projections of equal depth share, computes the
// sums of a few columns for all rows; a loop then applies activation, gate and residual while they are in the
// first-level cache. Sums go to where the result will be, or to scratch memory if that may still hold the gate or the
// residual, or has rows that whole vectors do not fit.
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
               ValueRange arguments);
  void emit();

private:
  void emitResult(unsigned result);
  void emitPanels(unsigned result, Value panel, int64_t panels, int64_t valid);
  void finishPanels(unsigned result, Value channel, int64_t panels, int64_t valid);
  Value finish(Activation activation, Value sum, Value row, Value channel, int64_t valid);
  /// Whether the sums of a result can lie where the result will.
  bool isInPlace(unsigned result) const { return !gate && !residual && shape.outputs[result].padded(); }

  KernelBuilder &b;
  KernelLibrary &library;
  int64_t tilePanels;
  const KernelLibrary::Dense &shape;
  Value input, weight, bias, gate, other, residual, scratch, rowCount, firstPanel, endPanel;
  /// Rows of the current block.
  Value firstRow, endRow;
  SmallVector<Value> outputs;
  /// Panels of the results before the current one.
  int64_t panelsBefore = 0;
};

} // namespace

DenseEmitter::DenseEmitter(KernelBuilder &b, KernelLibrary &library, int64_t tilePanels,
                           const KernelLibrary::Dense &shape, ValueRange arguments)
    : b(b), library(library), tilePanels(tilePanels), shape(shape) {
  auto flat = MemRefType::get({ShapedType::kDynamic}, b.getF32Type());
  auto next = arguments.begin();
  input = *next++;
  weight = memref::CastOp::create(b, getWeightMemRef(b.getContext(), ShapedType::kDynamic, shape.storage), *next++);
  bias = shape.hasBias ? Value(memref::CastOp::create(b, flat, *next++)) : Value();
  for (size_t i = 0; i < shape.outputs.size(); ++i)
    outputs.push_back(*next++);
  gate = shape.gate ? Value(*next++) : Value();
  other = shape.other ? Value(*next++) : Value();
  residual = shape.residual ? Value(*next++) : Value();
  scratch = *next++;
  rowCount = *next++;
  firstPanel = *next++;
  endPanel = *next;
}

void DenseEmitter::emit() {
  b.loop(b.index(0), rowCount, kBlockRows, [&](Value row) {
    firstRow = row;
    endRow = b.min(b.add(row, kBlockRows), rowCount);
    panelsBefore = 0;
    for (unsigned result = 0; result < outputs.size(); ++result) {
      emitResult(result);
      panelsBefore += padChannels(shape.outputs[result].channels) / kLanes;
    }
  });
}

/// The wanted panels of one result: full tiles in a loop, then what is left, which is the last panels of the result or
/// of the wanted ones.
void DenseEmitter::emitResult(unsigned result) {
  int64_t channels = shape.outputs[result].channels, panels = padChannels(channels) / kLanes;
  int64_t fullPanels = channels / kLanes;
  Value first = b.max(b.sub(firstPanel, b.index(panelsBefore)), b.index(0));
  Value end = b.min(b.sub(endPanel, b.index(panelsBefore)), b.index(panels));
  Value fullEnd = b.min(end, b.index(fullPanels));
  // The range is divided at multiples of kColumnStep, so a single panel is left only beside odd numbers of them.
  bool isEven = fullPanels % kColumnStep == 0 && panelsBefore % kColumnStep == 0;
  int64_t narrowest = isEven ? std::min(tilePanels, kColumnStep) : 1;
  for (int64_t width = tilePanels; width >= narrowest; width /= 2) {
    Value count = b.max(b.sub(fullEnd, first), b.index(0));
    Value stop = b.add(first, b.sub(count, b.rem(count, b.index(width))));
    b.loop(first, stop, width, [&](Value panel) { emitPanels(result, panel, width, width * kLanes); });
    first = stop;
  }
  if (fullPanels < panels)
    b.when(b.less(b.max(first, b.index(fullPanels)), end),
           [&] { emitPanels(result, b.index(fullPanels), 1, channels - fullPanels * kLanes); });
}

void DenseEmitter::emitPanels(unsigned result, Value panel, int64_t panels, int64_t valid) {
  Value channel = b.mul(panel, kLanes), stored = b.add(panel, panelsBefore);
  SmallVector<Value> arguments = {input, weight, b.mul(stored, shape.input.channels * kLanes)};
  if (bias)
    arguments.append({bias, b.mul(stored, kLanes)});
  int64_t stride = panels * kLanes;
  Value target = scratch, offset = b.index(0);
  if (isInPlace(result)) {
    stride = shape.outputs[result].stride;
    target = b.flatten(outputs[result]);
    offset = b.add(b.mul(firstRow, stride), channel);
  }
  arguments.append({target, offset, b.index(stride), firstRow, endRow});
  func::CallOp::create(b, library.getDensePanels(shape.input, panels, shape.hasBias, shape.storage), arguments);
  if (!isInPlace(result) || shape.activations[result] != Activation::None)
    finishPanels(result, channel, panels, valid);
}

/// Turns the sums of a few columns, `valid` of which exist, into the result.
void DenseEmitter::finishPanels(unsigned result, Value channel, int64_t panels, int64_t valid) {
  const RowsType &type = shape.outputs[result];
  b.loop(firstRow, endRow, 1, [&](Value row) {
    b.loop(b.index(0), b.index(panels * kLanes), kLanes, [&](Value first) {
      int64_t lanes = std::min(valid, kLanes); // fewer only in a panel of its own
      Value column = b.add(channel, first);
      Value sum = isInPlace(result) ? b.loadRow(outputs[result], row, column, lanes, type.padded())
                                    : b.loadFlat(scratch, b.add(b.mul(b.sub(row, firstRow), panels * kLanes), first));
      b.storeRow(finish(shape.activations[result], sum, row, column, lanes), outputs[result], row, column, lanes,
                 type.padded());
    });
  });
}

Value DenseEmitter::finish(Activation activation, Value sum, Value row, Value channel, int64_t valid) {
  Value value = b.activate(activation, sum);
  if (gate)
    value = b.mix(b.loadRow(gate, row, channel, valid, shape.gate->padded()), value,
                  b.loadRow(other, row, channel, valid, shape.other->padded()));
  if (residual)
    value = b.addF(b.loadRow(residual, row, channel, valid, shape.residual->padded()), value);
  return value;
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
  SmallVector<Type> arguments = {shape.input.memref(context),
                                 getWeightMemRef(context, shape.input.channels * columns, shape.storage)};
  if (shape.isOneRow)
    name += "_one_row";
  if (shape.storage == Storage::BF16)
    name += "_bf16";
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
  arguments.push_back(MemRefType::get({ShapedType::kDynamic}, f32));
  arguments.append(3, IndexType::get(context));
  int64_t panels = shape.isOneRow ? kRowPanels : tiles.densePanels;
  return getOrEmit(name, arguments,
                   [&](KernelBuilder &b, auto args) { DenseEmitter(b, *this, panels, shape, args).emit(); });
}
