//===- Dense.cpp - sst.dense on CPUs ----------------------------------------------------------------------------===//
//
// Divided by rows, or by columns where one row per sequence is left.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Dense.h"
#include "Elementwise.h"

using namespace mlir;
using namespace sst;

namespace {
class DenseCpuOp final : public CpuOp {
  SmallVector<StageInfo> getStages(Operation *op) const override;
  SmallVector<ScratchSize> getScratch(Operation *op) const override { return {{Space::Thread, kDenseScratch, 0, 0}}; }
  SmallVector<OpOperand *> getOverwritable(Operation *op) const override;
  Work countWork(Operation *op, unsigned stage) const override;
  Value countItems(StageEmitter &e, Operation *op, unsigned stage) const override;
  LogicalResult emit(StageEmitter &e, Operation *op, unsigned stage) const override;
};
} // namespace

/// The operands of the epilogue, as many as there are.
static SmallVector<OpOperand *> getEpilogue(DenseOp dense) {
  SmallVector<OpOperand *> operands;
  for (MutableOperandRange range : {dense.getGateMutable(), dense.getOtherMutable(), dense.getResidualMutable()})
    for (OpOperand &operand : range)
      operands.push_back(&operand);
  return operands;
}

SmallVector<StageInfo> DenseCpuOp::getStages(Operation *op) const {
  auto dense = cast<DenseOp>(op);
  Partition partition = hasOneRow(op->getResult(0)) ? Partition::Items : Partition::Rows;
  StageInfo stage{"", partition, {readSameRow(dense.getInputMutable())}, {}};
  for (OpOperand *operand : getEpilogue(dense))
    stage.reads.push_back(readSameRow(*operand));
  llvm::append_range(stage.computes, op->getResults());
  return {stage};
}

SmallVector<OpOperand *> DenseCpuOp::getOverwritable(Operation *op) const {
  auto dense = cast<DenseOp>(op);
  SmallVector<OpOperand *> operands = getEpilogue(dense);
  llvm::erase_if(operands, [&](OpOperand *operand) { return operand->get() == dense.getInput(); });
  return operands;
}

Work DenseCpuOp::countWork(Operation *op, unsigned stage) const {
  auto dense = cast<DenseOp>(op);
  Work work;
  double flops = 2.0 * static_cast<double>(getChannels(dense.getInput()));
  double &total = work.flops[hasOneRow(op->getResult(0)) ? Work::Sequence : Work::Row];
  for (unsigned i = 0; i < op->getNumResults(); ++i) {
    double perOutput =
        flops + countActivation(dense.getActivation(i)) + (dense.getGate() ? 4 : 0) + (dense.getResidual() ? 1 : 0);
    total += perOutput * static_cast<double>(getChannels(op->getResult(i)));
  }
  return work;
}

static int64_t countPanels(Operation *op) {
  int64_t panels = 0;
  for (Value result : op->getResults())
    panels += padChannels(getChannels(result)) / kPanelColumns;
  return panels;
}

Value DenseCpuOp::countItems(StageEmitter &e, Operation *op, unsigned stage) const {
  return e.b.index(llvm::divideCeil(countPanels(op), kColumnStep));
}

LogicalResult DenseCpuOp::emit(StageEmitter &e, Operation *op, unsigned stage) const {
  auto dense = cast<DenseOp>(op);
  KernelBuilder &b = e.b;
  DenseKernel kernel;
  kernel.input = e.rows(dense.getInput());
  kernel.weight = e.weight(dense.getWeightMutable());
  kernel.storage = getWeightLayout(dense.getWeightMutable()).getStorage();
  kernel.bias = e.weight(dense.getBiasMutable());
  for (unsigned i = 0; i < op->getNumResults(); ++i) {
    kernel.outputs.push_back(e.rows(op->getResult(i)));
    kernel.activations.push_back(dense.getActivation(i));
  }
  kernel.gate = e.rowsIfAny(dense.getGate());
  kernel.other = e.rowsIfAny(dense.getOther());
  kernel.residual = e.rowsIfAny(dense.getResidual());
  kernel.rowCount = kernel.input.count;
  kernel.firstPanel = b.index(0);
  kernel.endPanel = b.index(countPanels(op));
  if (Span items = e.items(); items.begin) {
    kernel.firstPanel = b.mul(items.begin, kColumnStep);
    kernel.endPanel = b.min(b.mul(items.end, kColumnStep), kernel.endPanel);
  }
  kernel.scratch = e.scratch(0);
  if (!hasOneRow(op->getResult(0)))
    return callDense(e, kernel);
  // Which of the two runs, each call decides; the name of the one is the beginning of that of the other.
  auto ifOp = scf::IfOp::create(b, b.less(kernel.rowCount, b.index(2)), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOp.elseBlock());
  if (failed(callDense(e, kernel)))
    return failure();
  b.setInsertionPointToStart(ifOp.thenBlock());
  kernel.isOneRow = true;
  return callDense(e, kernel);
}

const CpuOp &sst::getDenseCpuOp() {
  static const DenseCpuOp op;
  return op;
}
