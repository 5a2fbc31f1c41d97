//===- DenseKernel.cpp - packed matrix product with its epilogue ------------------------------------------------===//
//
// Goes over panels of packed columns. The kernel of DenseTile.cpp, which projections of equal depth share, computes the
// sums of a few columns for all rows; the epilogue, which projections with equal results share, then applies
// activation, gate and residual while they are in the first-level cache. Sums that are not the result go to scratch
// memory with rows close to each other: lines of a result whose rows are a power of two apart share a few sets of that
// cache.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Kernels.h"

#include "sst/Compiler/Check.h"

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
  /// Whether the sums of a result are the result.
  bool isInPlace(unsigned result) const {
    return !gate && !residual && shape.activations[result] == Activation::None && shape.outputs[result].padded();
  }

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
  auto next = arguments.begin();
  input = *next++;
  weight = *next++;
  bias = shape.hasBias ? Value(*next++) : Value();
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
  Value target = scratch, offset = b.index(0), stride = b.index(panels * kLanes);
  if (isInPlace(result)) {
    target = b.flatten(outputs[result]);
    stride = b.index(shape.outputs[result].stride);
    offset = b.add(b.mul(firstRow, stride), channel);
  }
  arguments.append({target, offset, stride, firstRow, endRow});
  func::CallOp::create(b, library.getDensePanels(shape.input, panels, shape.hasBias, shape.storage), arguments);
  if (isInPlace(result))
    return;
  SmallVector<Value> finish = {scratch, outputs[result]};
  for (Value rows : {gate, other, residual})
    if (rows)
      finish.push_back(rows);
  SST_CHECK(llvm::isPowerOf2_64(panels), "the panels of a tile of sst.dense are a power of two");
  finish.append({firstRow, endRow, channel, b.index(llvm::Log2_64(panels))});
  func::CallOp::create(b,
                       library.getDenseEpilogue({shape.activations[result], shape.outputs[result], shape.gate,
                                                 shape.other, shape.residual, std::min(valid, kLanes)}),
                       finish);
}

func::FuncOp KernelLibrary::getDenseEpilogue(const DenseEpilogue &shape) {
  MLIRContext *context = getContext();
  std::string name = "dense_epilogue_" + stringifyActivation(shape.activation).str() + "_" + shape.output.text();
  SmallVector<Type> arguments = {getFlatMemRef(Float32Type::get(context)), shape.output.memref(context)};
  bool allPadded = shape.output.padded();
  auto addRows = [&](const RowsType &type) {
    arguments.push_back(type.memref(context));
    allPadded &= type.padded();
  };
  if (shape.gate) {
    name += "_gate" + shape.gate->text() + "_" + shape.other->text();
    addRows(*shape.gate);
    addRows(*shape.other);
  }
  if (shape.residual) {
    name += "_residual" + shape.residual->text();
    addRows(*shape.residual);
  }
  int64_t valid = allPadded ? kLanes : shape.valid;
  if (valid < kLanes)
    name += "_last" + std::to_string(valid);
  arguments.append(4, IndexType::get(context));
  return getOrEmit(name, arguments, [&](KernelBuilder &b, ValueRange args) {
    Value sums = args[0], output = args[1];
    ValueRange ranges = args.take_back(4), mixed = args.slice(2, args.size() - 6); // gate and other, residual
    Value firstRow = ranges[0], endRow = ranges[1], firstColumn = ranges[2], log2Panels = ranges[3];
    Value one = b.index(1), panels = arith::ShLIOp::create(b, one, log2Panels);
    Value count = b.mul(b.sub(endRow, firstRow), panels), last = b.sub(count, one);
    // Several vectors together; the last ones again if there are no more of them. A gate or residual may share memory
    // with the result, so it must not be read again after that is written: then one vector at a time.
    bool isAlone = shape.gate || shape.residual || shape.activation == Activation::None;
    int64_t together = isAlone ? 1 : kTogether;
    b.loop(b.index(0), count, together, [&](Value first) {
      SmallVector<Value> rows, columns, values;
      for (int64_t i = 0; i < together; ++i) {
        Value at = i == 0 ? first : b.min(b.add(first, i), last);
        rows.push_back(b.add(firstRow, arith::ShRUIOp::create(b, at, log2Panels)));
        columns.push_back(b.add(firstColumn, b.mul(arith::AndIOp::create(b, at, b.sub(panels, one)), kLanes)));
        values.push_back(b.loadFlat(sums, b.mul(at, kLanes)));
      }
      for (auto [row, column, value] : llvm::zip_equal(rows, columns, b.activate(shape.activation, values))) {
        auto load = [&, row = row, column = column](Value memory, const RowsType &type) {
          return b.loadRow(memory, row, column, valid, type.padded());
        };
        if (shape.gate)
          value = b.mix(load(mixed[0], *shape.gate), value, load(mixed[1], *shape.other));
        if (shape.residual)
          value = b.addF(load(mixed.back(), *shape.residual), value);
        b.storeRow(value, output, row, column, valid, shape.output.padded());
      }
    });
  });
}

func::FuncOp KernelLibrary::getDense(const Dense &shape) {
  MLIRContext *context = getContext();
  std::string name = "dense_" + shape.input.text() + "_to";
  int64_t columns = 0;
  for (auto [type, activation] : llvm::zip_equal(shape.outputs, shape.activations)) {
    name += "_" + type.text();
    if (activation != Activation::None)
      name += "_" + stringifyActivation(activation).str();
    columns += padChannels(type.channels);
  }
  SmallVector<Type> arguments = {shape.input.memref(context), getWeightMemRef(context, shape.storage)};
  if (shape.storage == Storage::BF16)
    name += "_bf16";
  if (shape.hasBias)
    arguments.push_back(getFlatMemRef(Float32Type::get(context)));
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
  if (shape.isOneRow)
    name += "_one_row";
  arguments.push_back(getFlatMemRef(Float32Type::get(context)));
  arguments.append(3, IndexType::get(context));
  int64_t panels = shape.isOneRow ? kRowPanels : tiles.densePanels;
  return getOrEmit(name, arguments,
                   [&](KernelBuilder &b, auto args) { DenseEmitter(b, *this, panels, shape, args).emit(); });
}
