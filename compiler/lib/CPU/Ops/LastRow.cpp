//===- LastRow.cpp - sst.last_row on CPUs -----------------------------------------------------------------------===//

#include "Ops.h"

using namespace mlir;
using namespace sst;

namespace {
class LastRowCpuOp final : public CpuOp {
  SmallVector<StageInfo> getStages(Operation *op) const override {
    return {{"", Partition::Whole, {readAnyRow(cast<LastRowOp>(op).getInputMutable())}, {op->getResult(0)}}};
  }
  Work countWork(Operation *op, unsigned stage) const override { return {}; }
  LogicalResult emit(StageEmitter &e, Operation *op, unsigned stage) const override;
};
} // namespace

LogicalResult LastRowCpuOp::emit(StageEmitter &e, Operation *op, unsigned stage) const {
  auto last = cast<LastRowOp>(op);
  Rows x = e.rows(last.getInput()), y = e.rows(last.getOutput());
  Value batch = e.batch(), rows = e.rowsPerSequence(last.getInput());
  std::string name = "last_row_" + x.type.text() + "_to_" + y.type.text();
  return e.call(name, Signature(x, y, batch, rows), [&](KernelBuilder &b) {
    b.loop(b.index(0), batch, 1, [&](Value sequence) {
      Value row = b.sub(b.mul(b.add(sequence, 1), rows), b.index(1));
      b.forEachVector(x.type.channels, [&](Value channel, int64_t valid) {
        b.storeRow(b.loadRow(x, row, channel, valid), y, sequence, channel, valid);
      });
    });
  });
}

const CpuOp &sst::getLastRowCpuOp() {
  static const LastRowCpuOp op;
  return op;
}
