//===- LayerNorm.cpp - sst.layer_norm on CPUs -------------------------------------------------------------------===//
//
// One row at a time. Sums over channels have 16 virtual lanes (lane = channel mod 16) and are added up by a fixed tree.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Ops.h"

#include <cmath>

using namespace mlir;
using namespace sst;

namespace {
class LayerNormCpuOp final : public CpuOp {
  SmallVector<StageInfo> getStages(Operation *op) const override {
    auto norm = cast<LayerNormOp>(op);
    return {{"", divideByRows(norm.getOutput()), {readSameRow(norm.getInputMutable())}, {op->getResult(0)}}};
  }
  SmallVector<OpOperand *> getOverwritable(Operation *op) const override {
    return {&cast<LayerNormOp>(op).getInputMutable()};
  }
  Work countWork(Operation *op, unsigned stage) const override;
  LogicalResult emit(StageEmitter &e, Operation *op, unsigned stage) const override;
};
} // namespace

Work LayerNormCpuOp::countWork(Operation *op, unsigned stage) const {
  Work work;
  Value output = op->getResult(0);
  // Two sums, the deviations, their squares; then scale, product and sum.
  work.flops[hasOneRow(output) ? Work::Sequence : Work::Row] = 9 * static_cast<double>(getChannels(output));
  return work;
}

/// Bits of a float as hexadecimal digits, for kernel names.
static std::string hexBits(float value) { return llvm::utohexstr(llvm::bit_cast<uint32_t>(value), /*LowerCase=*/true); }

/// r = 1 / sqrt(variance + epsilon), or as Axon 0.8.0 has it.
static Value reciprocalDeviation(KernelBuilder &b, Value variance, LayerNormFlavor flavor, float epsilon) {
  Value one = b.scalar(1.0f), eps = b.scalar(epsilon);
  Value r = b.divF(one, math::SqrtOp::create(b, b.addF(variance, eps)));
  if (flavor == LayerNormFlavor::Axon081)
    return r;
  Value large = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, variance, eps);
  return arith::SelectOp::create(b, large, r, b.scalar(1.0f / std::sqrt(epsilon)));
}

LogicalResult LayerNormCpuOp::emit(StageEmitter &e, Operation *op, unsigned stage) const {
  auto norm = cast<LayerNormOp>(op);
  LayerNormFlavor flavor = norm.getFlavor();
  float epsilon = norm.getEpsilon().convertToFloat();
  Rows x = e.rows(norm.getInput()), y = e.rows(norm.getOutput());
  Memory gamma = e.weight(norm.getGammaMutable()), beta = e.weight(norm.getBetaMutable());
  Value rowCount = x.count;
  int64_t channels = x.type.channels;
  std::string name = "layer_norm_" + x.type.text() + "_to_" + y.type.text() + "_eps" + hexBits(epsilon) + "_" +
                     stringifyLayerNormFlavor(flavor).str();
  return e.call(name, Signature(x, gamma, beta, y, rowCount), [&](KernelBuilder &b) {
    b.loop(b.index(0), rowCount, 1, [&](Value row) {
      Value count = b.scalar(static_cast<float>(channels));
      Value sums = b.reduceVectors(channels, b.splat(0.0f), [&](Value channel, int64_t valid, ValueRange carried) {
        Value lanes = b.keepLanes(b.loadRow(x, row, channel, valid), valid, 0.0f);
        return SmallVector<Value>{b.addF(carried[0], lanes)};
      })[0];
      Value mean = b.broadcast(b.divF(b.sumLanes(sums), count));
      Value squares = b.reduceVectors(channels, b.splat(0.0f), [&](Value channel, int64_t valid, ValueRange carried) {
        Value centred = b.subF(b.loadRow(x, row, channel, valid), mean);
        centred = b.keepLanes(centred, valid, 0.0f);
        return SmallVector<Value>{b.fma(centred, centred, carried[0])};
      })[0];
      Value variance = b.divF(b.sumLanes(squares), count);
      Value r = b.broadcast(reciprocalDeviation(b, variance, flavor, epsilon));
      b.forEachVector(channels, [&](Value channel, int64_t valid) {
        Value centred = b.subF(b.loadRow(x, row, channel, valid), mean);
        Value scaled = b.mulF(b.loadFlat(gamma.value, channel), r);
        b.storeRow(b.fma(scaled, centred, b.loadFlat(beta.value, channel)), y, row, channel, valid);
      });
    });
  });
}

const CpuOp &sst::getLayerNormCpuOp() {
  static const LayerNormCpuOp op;
  return op;
}
