//===- GatedFusion.cpp - sst.gated_fusion on CPUs ---------------------------------------------------------------===//

#include "Elementwise.h"

using namespace mlir;
using namespace sst;

namespace {
class GatedFusionCpuOp final : public ElementwiseCpuOp {
  std::string getName(Operation *op) const override { return "gated_fusion"; }
  double countFlops(Operation *op) const override { return 4; }
  Value compute(KernelBuilder &b, Operation *op, ValueRange operands) const override {
    return b.mix(operands[0], operands[1], operands[2]);
  }
};
} // namespace

const CpuOp &sst::getGatedFusionCpuOp() {
  static const GatedFusionCpuOp op;
  return op;
}
