//===- Activation.cpp - sst.activation on CPUs ------------------------------------------------------------------===//

#include "Elementwise.h"

using namespace mlir;
using namespace sst;

double sst::countActivation(Activation activation) {
  switch (activation) {
  case Activation::None:
    return 0;
  case Activation::Sigmoid:
    return 3;
  case Activation::Silu:
    return 4;
  case Activation::Gelu:
    return 5;
  case Activation::Softplus:
    return 3;
  }
  return 0;
}

namespace {
class ActivationCpuOp final : public ElementwiseCpuOp {
  std::string getName(Operation *op) const override {
    return "activation_" + stringifyActivation(cast<ActivationOp>(op).getKind()).str();
  }
  double countFlops(Operation *op) const override { return countActivation(cast<ActivationOp>(op).getKind()); }
  Value compute(KernelBuilder &b, Operation *op, ValueRange operands) const override {
    return b.activate(cast<ActivationOp>(op).getKind(), operands[0]);
  }
};
} // namespace

const CpuOp &sst::getActivationCpuOp() {
  static const ActivationCpuOp op;
  return op;
}
