//===- Arithmetic.cpp - arith.addf, arith.subf and arith.mulf on CPUs -------------------------------------------===//

#include "Elementwise.h"

using namespace mlir;
using namespace sst;

namespace {
template <typename OpTy>
class ArithmeticCpuOp final : public ElementwiseCpuOp {
public:
  explicit ArithmeticCpuOp(StringLiteral name) : name(name) {}
  /// The operands of `arith` may have other types than its result. Of ops of `sst` the verifiers say how many rows each
  /// of their values has.
  LogicalResult check(Operation *op) const override {
    Type type = op->getResult(0).getType();
    for (Type operand : op->getOperandTypes())
      if (operand != type)
        return op->emitOpError("expects operands of the type of its result, ")
               << type << ", but got " << operand << "; spell both alike";
    return success();
  }

private:
  std::string getName(Operation *op) const override { return name.str(); }
  double countFlops(Operation *op) const override { return 1; }
  Value compute(KernelBuilder &b, Operation *op, ValueRange operands) const override {
    return OpTy::create(b, operands[0], operands[1]);
  }

  StringLiteral name;
};
} // namespace

const CpuOp &sst::getAddCpuOp() {
  static const ArithmeticCpuOp<arith::AddFOp> op("add");
  return op;
}

const CpuOp &sst::getSubCpuOp() {
  static const ArithmeticCpuOp<arith::SubFOp> op("sub");
  return op;
}

const CpuOp &sst::getMulCpuOp() {
  static const ArithmeticCpuOp<arith::MulFOp> op("mul");
  return op;
}
