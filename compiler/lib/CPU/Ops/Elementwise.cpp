//===- Elementwise.cpp - ops whose elements depend on the same elements only ------------------------------------===//

#include "Elementwise.h"

using namespace mlir;
using namespace sst;

SmallVector<StageInfo> ElementwiseCpuOp::getStages(Operation *op) const {
  StageInfo stage{"", divideByRows(op->getResult(0)), {}, {op->getResult(0)}};
  for (OpOperand &operand : op->getOpOperands())
    stage.reads.push_back(readSameRow(operand));
  return {stage};
}

SmallVector<OpOperand *> ElementwiseCpuOp::getOverwritable(Operation *op) const {
  return llvm::map_to_vector(op->getOpOperands(), [](OpOperand &operand) { return &operand; });
}

Work ElementwiseCpuOp::countWork(Operation *op, unsigned stage) const {
  Work work;
  Value result = op->getResult(0);
  work.flops[hasOneRow(result) ? Work::Sequence : Work::Row] =
      countFlops(op) * static_cast<double>(getChannels(result));
  return work;
}

LogicalResult ElementwiseCpuOp::emit(StageEmitter &e, Operation *op, unsigned stage) const {
  SmallVector<Rows> operands;
  std::string name = getName(op);
  for (Value operand : op->getOperands()) {
    operands.push_back(e.rows(operand));
    name += "_" + operands.back().type.text();
  }
  Rows result = e.rows(op->getResult(0));
  name += "_to_" + result.type.text();
  return e.call(name, Signature(operands, result, result.count), [&](KernelBuilder &b) {
    b.loop(b.index(0), result.count, 1, [&](Value row) {
      b.forEachVector(result.type.channels, [&](Value channel, int64_t valid) {
        SmallVector<Value> x;
        for (const Rows &operand : operands)
          x.push_back(b.loadRow(operand, row, channel, valid));
        b.storeRow(compute(b, op, x), result, row, channel, valid);
      });
    });
  });
}
