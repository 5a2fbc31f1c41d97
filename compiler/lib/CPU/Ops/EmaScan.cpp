//===- EmaScan.cpp - sst.ema_scan on CPUs -----------------------------------------------------------------------===//
//
// Two scalars of each row first, then the states: vectors run over channels, and the states of a few of them stay in
// registers along time. The states belong to the thread that has the channels. A stream keeps those after each of the
// last rows, for a rollback, in a ring.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "EmaScan.h"

#include "sst/Compiler/States.h"

using namespace mlir;
using namespace sst;

namespace {
class EmaScanCpuOp final : public CpuOp {
  SmallVector<StageInfo> getStages(Operation *op) const override;
  /// Per row: how much to keep, how much to let in.
  SmallVector<ScratchSize> getScratch(Operation *op) const override { return {{Space::Rows, kLanes, 0, 1}}; }
  std::optional<StateLayout> layOutState(Operation *op, unsigned state, const StreamSizes &sizes) const override;
  Work countWork(Operation *op, unsigned stage) const override;
  Value countItems(StageEmitter &e, Operation *op, unsigned stage) const override;
  LogicalResult emit(StageEmitter &e, Operation *op, unsigned stage) const override;
};
} // namespace

SmallVector<StageInfo> EmaScanCpuOp::getStages(Operation *op) const {
  auto scan = cast<EmaScanOp>(op);
  StageInfo scalars{
      "_coefficients",
      divideByRows(scan.getInput()),
      {readSameRow(scan.getDeltaMutable()), readSameRow(scan.getBMutable()), readSameRow(scan.getCMutable())},
      {}};
  StageInfo states{"", Partition::Items, {readAnyRow(scan.getInputMutable())}, {op->getResult(0)}};
  for (OpOperand &gate : scan.getGateMutable())
    states.reads.push_back(readAnyRow(gate));
  return {scalars, states};
}

static int64_t getVersions(const StreamSizes &sizes) { return sizes.rollback + 1; }

std::optional<StateLayout> EmaScanCpuOp::layOutState(Operation *op, unsigned state, const StreamSizes &sizes) const {
  int64_t channels = getChannels(op->getOperand(0));
  return StateLayout{getVersions(sizes) * padChannels(channels), std::to_string(channels)};
}

Work EmaScanCpuOp::countWork(Operation *op, unsigned stage) const {
  auto scan = cast<EmaScanOp>(op);
  auto channels = [](Value value) { return static_cast<double>(getChannels(value)); };
  Work work;
  if (stage == 0) {
    work.flops[Work::Row] = channels(scan.getDelta()) + 2 * channels(scan.getB());
    return work;
  }
  work.flops[Work::Row] = 3 * channels(scan.getInput());
  if (scan.getGate())
    work.flops[hasOneRow(scan.getOutput()) ? Work::Sequence : Work::Row] += channels(scan.getInput());
  return work;
}

Value EmaScanCpuOp::countItems(StageEmitter &e, Operation *op, unsigned stage) const {
  return e.b.index(countScanGroups(getChannels(op->getOperand(0))));
}

/// keep = m and enter = (1 - m) * (m * s) of each row.
static LogicalResult callCoefficients(StageEmitter &e, EmaScanOp op) {
  Rows delta = e.rows(op.getDelta()), bRows = e.rows(op.getB()), cRows = e.rows(op.getC());
  Memory coefficients = e.scratch(0, /*perRow=*/2);
  Value rowCount = delta.count;
  std::string name = "ema_coefficients_" + delta.type.text() + "_" + bRows.type.text() + "_" + cRows.type.text();
  return e.call(name, Signature(delta, bRows, cRows, coefficients, rowCount), [&](KernelBuilder &b) {
    b.loop(b.index(0), rowCount, 1, [&](Value row) {
      Value deltaLanes =
          b.reduceVectors(delta.type.channels, b.splat(0.0f), [&](Value channel, int64_t valid, ValueRange carried) {
            Value x = b.loadRow(delta, row, channel, valid);
            return SmallVector<Value>{b.addF(carried[0], b.keepLanes(x, valid, 0.0f))};
          })[0];
      Value productLanes =
          b.reduceVectors(bRows.type.channels, b.splat(0.0f), [&](Value channel, int64_t valid, ValueRange carried) {
            Value x = b.keepLanes(b.loadRow(bRows, row, channel, valid), valid, 0.0f);
            Value y = b.keepLanes(b.loadRow(cRows, row, channel, valid), valid, 0.0f);
            return SmallVector<Value>{b.fma(x, y, carried[0])};
          })[0];
      Value mean = b.divF(b.sumLanes(deltaLanes), b.scalar(static_cast<float>(delta.type.channels)));
      Value keep = b.activate(Activation::Sigmoid, mean);
      Value let = b.activate(Activation::Sigmoid, b.sumLanes(productLanes));
      Value enter = b.mulF(b.subF(b.scalar(1.0f), keep), b.mulF(keep, let));
      Value at = b.mul(row, 2);
      memref::StoreOp::create(b, keep, coefficients.value, ValueRange{at});
      memref::StoreOp::create(b, enter, coefficients.value, ValueRange{b.add(at, 1)});
    });
  });
}

static LogicalResult callScan(StageEmitter &e, EmaScanOp op) {
  ScanKernel kernel;
  kernel.input = e.rows(op.getInput());
  kernel.output = e.rows(op.getOutput());
  kernel.gate = e.rowsIfAny(op.getGate());
  kernel.coefficients = e.scratch(0, /*perRow=*/2);
  if (carriesState(op)) {
    kernel.versions = getVersions(e.sizes());
    kernel.states = e.states();
    kernel.stateOffset = e.stateOffset(op.getFinalState());
  }
  kernel.lastRow = op.getLastRow();
  kernel.batch = e.batch();
  kernel.rows = e.rowsPerSequence(op.getInput());
  kernel.firstGroup = e.items().begin;
  kernel.endGroup = e.items().end;
  return callScanKernel(e, kernel);
}

LogicalResult EmaScanCpuOp::emit(StageEmitter &e, Operation *op, unsigned stage) const {
  auto scan = cast<EmaScanOp>(op);
  return stage == 0 ? callCoefficients(e, scan) : callScan(e, scan);
}

const CpuOp &sst::getEmaScanCpuOp() {
  static const EmaScanCpuOp op;
  return op;
}
