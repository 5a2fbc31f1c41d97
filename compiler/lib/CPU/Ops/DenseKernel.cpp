//===- DenseKernel.cpp - packed matrix product with its epilogue ------------------------------------------------===//
//
// Goes over panels of packed columns. The kernel of DenseTile.cpp, which projections of equal depth share, computes the
// sums of a few columns for all rows; the epilogue, which projections with equal results share, then applies
// activation, gate and residual while they are in the first-level cache. Sums that are not the result go to scratch
// memory with rows close to each other: lines of a result whose rows are a power of two apart share a few sets of that
// cache.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Dense.h"

#include "sst/Compiler/Check.h"

using namespace mlir;
using namespace sst;

namespace {

/// Emits one dense kernel.
class DenseEmitter {
public:
  DenseEmitter(KernelBuilder &b, KernelLibrary &library, const DenseKernel &kernel)
      : b(b), library(library), kernel(kernel),
        tilePanels(kernel.isOneRow ? library.getTiles().rowPanels : library.getTiles().densePanels) {}
  void emit();

private:
  void emitResult(unsigned result);
  void emitPanels(unsigned result, Value panel, int64_t panels, int64_t valid);
  /// Whether the sums of a result are the result.
  bool isInPlace(unsigned result) const {
    return !kernel.gate && !kernel.residual && kernel.activations[result] == Activation::None &&
           kernel.outputs[result].type.padded();
  }

  KernelBuilder &b;
  KernelLibrary &library;
  const DenseKernel &kernel;
  int64_t tilePanels;
  /// Rows of the current block.
  Value firstRow, endRow;
  /// Panels of the results before the current one.
  int64_t panelsBefore = 0;
};

} // namespace

void DenseEmitter::emit() {
  b.loop(b.index(0), kernel.rowCount, kBlockRows, [&](Value row) {
    firstRow = row;
    endRow = b.min(b.add(row, kBlockRows), kernel.rowCount);
    panelsBefore = 0;
    for (unsigned result = 0; result < kernel.outputs.size(); ++result) {
      emitResult(result);
      panelsBefore += padChannels(kernel.outputs[result].type.channels) / kLanes;
    }
  });
}

/// The wanted panels of one result: full tiles in a loop, then what is left, which is the last panels of the result or
/// of the wanted ones.
void DenseEmitter::emitResult(unsigned result) {
  int64_t channels = kernel.outputs[result].type.channels, panels = padChannels(channels) / kLanes;
  int64_t fullPanels = channels / kLanes;
  Value first = b.max(b.sub(kernel.firstPanel, b.index(panelsBefore)), b.index(0));
  Value end = b.min(b.sub(kernel.endPanel, b.index(panelsBefore)), b.index(panels));
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
  const Rows &output = kernel.outputs[result];
  DensePanels sums;
  sums.input = kernel.input;
  sums.storage = kernel.storage;
  sums.panels = panels;
  sums.weight = kernel.weight;
  sums.weightOffset = b.mul(stored, kernel.input.type.channels * kLanes);
  sums.bias = kernel.bias;
  if (kernel.bias)
    sums.biasOffset = b.mul(stored, kLanes);
  sums.output = kernel.scratch;
  sums.outputOffset = b.index(0);
  sums.outputStride = b.index(panels * kLanes);
  if (isInPlace(result)) {
    sums.output.value = b.flatten(output.memory.value);
    sums.outputStride = b.index(output.type.stride);
    sums.outputOffset = b.add(b.mul(firstRow, sums.outputStride), channel);
  }
  sums.firstRow = firstRow;
  sums.endRow = endRow;
  callDensePanels(b, library, sums);
  if (isInPlace(result))
    return;
  SST_CHECK(llvm::isPowerOf2_64(panels), "the panels of a tile of sst.dense are a power of two");
  DenseEpilogue epilogue{kernel.activations[result],
                         kernel.scratch,
                         output,
                         kernel.gate,
                         kernel.other,
                         kernel.residual,
                         firstRow,
                         endRow,
                         channel,
                         b.index(llvm::Log2_64(panels)),
                         std::min(valid, kLanes)};
  callDenseEpilogue(b, library, epilogue);
}

LogicalResult sst::callDense(StageEmitter &e, DenseKernel &kernel) {
  std::string name = "dense_" + kernel.input.type.text() + "_to";
  for (auto [output, activation] : llvm::zip_equal(kernel.outputs, kernel.activations)) {
    name += "_" + output.type.text();
    if (activation != Activation::None)
      name += "_" + stringifyActivation(activation).str();
  }
  if (kernel.storage == Storage::BF16)
    name += "_bf16";
  if (!kernel.bias)
    name += "_nobias";
  if (kernel.gate)
    name += "_gate" + kernel.gate.type.text() + "_" + kernel.other.type.text();
  if (kernel.residual)
    name += "_residual" + kernel.residual.type.text();
  if (kernel.isOneRow)
    name += "_one_row";
  Signature signature(kernel.input, kernel.weight, kernel.bias, kernel.outputs, kernel.gate, kernel.other,
                      kernel.residual, kernel.scratch, kernel.rowCount, kernel.firstPanel, kernel.endPanel);
  return e.call(name, signature, [&](KernelBuilder &b) { DenseEmitter(b, e.library, kernel).emit(); });
}
