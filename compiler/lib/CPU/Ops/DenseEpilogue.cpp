//===- DenseEpilogue.cpp - from the sums of a projection to its result ------------------------------------------===//
//
// Activation, gate and residual, which projections with equal results share.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Dense.h"

using namespace mlir;
using namespace sst;

static void emitEpilogue(KernelBuilder &b, const DenseEpilogue &kernel) {
  int64_t valid = kernel.valid;
  Value one = b.index(1), panels = arith::ShLIOp::create(b, one, kernel.log2Panels);
  Value count = b.mul(b.sub(kernel.endRow, kernel.firstRow), panels), last = b.sub(count, one);
  // Several vectors together; the last ones again if there are no more of them. A gate or residual may share memory
  // with the result, so it must not be read again after that is written: then one vector at a time.
  bool isAlone = kernel.gate || kernel.residual || kernel.activation == Activation::None;
  int64_t together = isAlone ? 1 : kTogether;
  b.loop(b.index(0), count, together, [&](Value first) {
    SmallVector<Value> rows, columns, values;
    for (int64_t i = 0; i < together; ++i) {
      Value at = i == 0 ? first : b.min(b.add(first, i), last);
      rows.push_back(b.add(kernel.firstRow, arith::ShRUIOp::create(b, at, kernel.log2Panels)));
      columns.push_back(b.add(kernel.firstColumn, b.mul(arith::AndIOp::create(b, at, b.sub(panels, one)), kLanes)));
      values.push_back(b.loadFlat(kernel.sums.value, b.mul(at, kLanes)));
    }
    for (auto [row, column, value] : llvm::zip_equal(rows, columns, b.activate(kernel.activation, values))) {
      auto load = [&, row = row, column = column](const Rows &rows) { return b.loadRow(rows, row, column, valid); };
      if (kernel.gate)
        value = b.mix(load(kernel.gate), value, load(kernel.other));
      if (kernel.residual)
        value = b.addF(load(kernel.residual), value);
      b.storeRow(value, kernel.output, row, column, valid);
    }
  });
}

void sst::callDenseEpilogue(KernelBuilder &b, KernelLibrary &library, DenseEpilogue kernel) {
  std::string name = "dense_epilogue_" + stringifyActivation(kernel.activation).str() + "_" + kernel.output.type.text();
  bool allPadded = kernel.output.type.padded();
  if (kernel.gate) {
    name += "_gate" + kernel.gate.type.text() + "_" + kernel.other.type.text();
    allPadded &= kernel.gate.type.padded() && kernel.other.type.padded();
  }
  if (kernel.residual) {
    name += "_residual" + kernel.residual.type.text();
    allPadded &= kernel.residual.type.padded();
  }
  if (allPadded)
    kernel.valid = kLanes;
  if (kernel.valid < kLanes)
    name += "_last" + std::to_string(kernel.valid);
  Signature signature(kernel.sums, kernel.output, kernel.gate, kernel.other, kernel.residual, kernel.firstRow,
                      kernel.endRow, kernel.firstColumn, kernel.log2Panels);
  library.call(b, name, signature, [&](KernelBuilder &inner) { emitEpilogue(inner, kernel); });
}
