//===- CountWork.cpp - how much the ops of a program do ---------------------------------------------------------===//

#include "CountWork.h"

#include "Layout.h"
#include "States.h"

#include "sst/Dialect/SSTOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sst;

/// Functions of one element in an activation: exp, log, erf, division, addition, multiplication count one each.
static double countActivation(Activation activation) {
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

/// Which of the numbers counts the rows of `value`: one per time step or one per sequence.
static int getUnit(Value value) { return hasOneRow(value) ? 1 : 0; }

/// Which of them counts the pairs of a query and a key that it sees.
static int getPairUnit(CausalAttentionOp attention) { return hasOneRow(attention.getQuery()) ? 3 : 2; }

static double countDense(DenseOp op) {
  double flops = 2.0 * static_cast<double>(getChannels(op.getInput().getType()));
  double total = 0;
  for (unsigned i = 0; i < op.getNumResults(); ++i) {
    double perOutput =
        flops + countActivation(op.getActivation(i)) + (op.getGate() ? 4 : 0) + (op.getResidual() ? 1 : 0);
    total += perOutput * static_cast<double>(getChannels(op.getOutputs()[i].getType()));
  }
  return total;
}

static void countFlops(const Step &step, Work &work) {
  Operation *op = step.op;
  auto channels = [](Value value) { return static_cast<double>(getChannels(value.getType())); };
  double &rowFlops = work.flops[getUnit(op->getResult(0))];
  TypeSwitch<Operation *>(op)
      .Case([&](DenseOp dense) { rowFlops = countDense(dense); })
      // Two sums, the deviations, their squares; then scale, product and sum.
      .Case([&](LayerNormOp norm) { rowFlops = 9 * channels(norm.getInput()); })
      .Case([&](ActivationOp activation) {
        rowFlops = countActivation(activation.getKind()) * channels(activation.getInput());
      })
      .Case([&](GatedFusionOp fusion) { rowFlops = 4 * channels(fusion.getResult()); })
      .Case<arith::AddFOp, arith::SubFOp, arith::MulFOp>([&](auto binary) { rowFlops = channels(binary.getResult()); })
      .Case([&](CausalConv1DOp conv) {
        if (step.stage == 1) // moves rows
          return;
        auto taps = static_cast<double>(cast<RankedTensorType>(conv.getWeight().getType()).getDimSize(0));
        rowFlops = (2 * taps + countActivation(conv.getActivation())) * channels(conv.getInput());
      })
      .Case([&](EmaScanOp scan) {
        if (step.stage == 0) {
          work.flops[0] = channels(scan.getDelta()) + 2 * channels(scan.getB());
          return;
        }
        work.flops[0] = 3 * channels(scan.getInput());
        if (scan.getGate())
          rowFlops += channels(scan.getInput());
      })
      .Case([&](CausalAttentionOp attention) {
        if (step.stage + 1 < getStages(attention).size()) // moves keys and values
          return;
        // Score and weighted sum of every channel; scale-free softmax: maximum, difference, exponential, sum.
        double perPair = 4 * channels(attention.getQuery()) + 4.0 * static_cast<double>(attention.getNumHeads());
        work.flops[getPairUnit(attention)] = perPair;
      });
}

Work sst::countWork(const Step &step) {
  Work work;
  countFlops(step, work);
  constexpr double size = sizeof(float);
  for (OpOperand &operand : step.op->getOpOperands()) {
    auto type = cast<RankedTensorType>(operand.get().getType());
    bool isWeight = operand.get().getDefiningOp<GetWeightOp>();
    if (!isWeight && (!isReadIn(operand, step.stage) || isInitialState(operand)))
      continue;
    auto panels = dyn_cast_or_null<PanelsAttr>(type.getEncoding());
    if (type.getRank() == 3)
      work.bytes[getUnit(operand.get())] += size * static_cast<double>(type.getDimSize(2));
    else if (step.stage == 0 && type.hasStaticShape())
      work.weights += type.getNumElements() * (panels ? panels.getElementBytes() : int64_t(sizeof(float)));
  }
  // Keys and values of a state are read once at least, as far as the last row sees them; more often from a cache.
  if (auto attention = dyn_cast<CausalAttentionOp>(step.op); attention && carriesState(attention) && step.stage == 1)
    work.bytes[3] += 2 * size * static_cast<double>(getChannels(attention.getKey().getType()));
  for (OpResult result : step.op->getResults())
    if (!isCarriedState(result) && step.stage == getStageOf(result))
      work.bytes[getUnit(result)] += size * static_cast<double>(getChannels(result.getType()));
  return work;
}
