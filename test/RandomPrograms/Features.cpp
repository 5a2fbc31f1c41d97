//===- Features.cpp - what random programs consist of -----------------------------------------------------------===//

#include "Features.h"

#include "PassChecks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sst;

static bool isRows(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() == 3;
}

static void countDense(DenseOp op, Log &log) {
  if (op.getBias())
    log.count("dense: bias");
  if (op.getGate())
    log.count("dense: gate");
  if (op.getResidual())
    log.count("dense: residual");
  if (op.getNumResults() > 1)
    log.count("dense: several results");
  for (unsigned i = 0; i < op.getNumResults(); ++i)
    log.count("dense: activation " + stringifyActivation(op.getActivation(i)).str());
  if (isa<BlockArgument>(op.getWeight()))
    log.count("a weight is an argument");
}

static void countConv(CausalConv1DOp op, Log &log) {
  if (op.getInitialState())
    log.count("conv: initial state");
  if (op.getFinalState())
    log.count("conv: final state");
  if (op.getActivation() != Activation::None)
    log.count("conv: activation");
  if (cast<ShapedType>(op.getWeight().getType()).getDimSize(0) == 1)
    log.count("conv: one tap");
}

static void countScan(EmaScanOp op, Log &log) {
  if (op.getInitialState())
    log.count("scan: initial state");
  if (op.getFinalState())
    log.count("scan: final state");
  if (op.getGate())
    log.count("scan: gate");
  if (op.getLastRow())
    log.count("scan: last row");
}

static void countAttention(CausalAttentionOp op, Log &log) {
  if (op.getPastKey())
    log.count("attention: past");
  if (!op.getPresent().empty())
    log.count("attention: present");
  if (op.getWindow())
    log.count("attention: window");
  if (!op.getScale().isExactlyValue(1.0))
    log.count("attention: scale");
  if (op.getNumHeads() > 1)
    log.count("attention: several heads");
  if (op.getQuery().getType() != op.getKey().getType())
    log.count("attention: a query of fewer rows");
}

static void countBlock(BlockOp op, Log &log) {
  if (!op.getInitialStates().empty())
    log.count("block: initial states");
  if (!op.getFinalStates().empty())
    log.count("block: final states");
  if (op.getAttentionWindow())
    log.count("block: attention window");
}

static void countValues(Operation *op, Log &log) {
  for (Value result : op->getResults()) {
    if (result.use_empty())
      log.count("a value is not used");
    if (!isRows(result))
      continue;
    auto type = cast<RankedTensorType>(result.getType());
    if (!type.isDynamicDim(0))
      log.count("a static batch");
    if (!type.isDynamicDim(1) && type.getDimSize(1) > 1)
      log.count("static rows");
    if (type.getDimSize(2) == 1)
      log.count("one channel");
  }
  for (auto [index, operand] : llvm::enumerate(op->getOperands()))
    if (llvm::is_contained(op->getOperands().take_front(index), operand)) {
      log.count("an operand twice");
      break;
    }
}

static void countOp(Operation *op, Log &log) {
  log.count("op " + op->getName().getStringRef().str());
  countValues(op, log);
  TypeSwitch<Operation *>(op)
      .Case([&](DenseOp dense) { countDense(dense, log); })
      .Case([&](CausalConv1DOp conv) { countConv(conv, log); })
      .Case([&](EmaScanOp scan) { countScan(scan, log); })
      .Case([&](CausalAttentionOp attention) { countAttention(attention, log); })
      .Case([&](BlockOp block) { countBlock(block, log); })
      .Case([&](LayerNormOp norm) { log.count("layer norm: " + stringifyLayerNormFlavor(norm.getFlavor()).str()); })
      .Case([&](LastRowOp last) {
        if (last.getInput().getDefiningOp<LastRowOp>())
          log.count("last row of a last row");
      })
      .Case([&](WeightOp weight) {
        bool isSplat =
            isa<DenseElementsAttr>(weight.getValue()) && cast<DenseElementsAttr>(weight.getValue()).isSplat();
        log.count(isSplat                                     ? "a weight of equal values"
                  : isa<DenseElementsAttr>(weight.getValue()) ? "a weight in text"
                                                              : "a weight in a resource");
      });
}

void sst::countFeatures(const RandomProgram &program, Log &log) {
  llvm::StringMap<func::FuncOp> users;
  program.module.get()->walk([&](Operation *op) {
    if (isa<ModuleOp>(op))
      return;
    countOp(op, log);
    if (auto function = dyn_cast<func::FuncOp>(op); function && function.isPrivate())
      log.count("a private function");
    if (auto get = dyn_cast<GetWeightOp>(op)) {
      auto function = get->getParentOfType<func::FuncOp>();
      func::FuncOp &user = users[get.getName()];
      if (user && user != function)
        log.count("a weight of several functions");
      user = function;
    }
  });
  if (program.module.get()->hasAttr("sst.weight_storage"))
    log.count("weights stored as bf16");
}

static const char *const features[] = {"dense: bias",
                                       "dense: gate",
                                       "dense: residual",
                                       "dense: several results",
                                       "dense: activation sigmoid",
                                       "dense: activation silu",
                                       "dense: activation gelu",
                                       "dense: activation softplus",
                                       "conv: activation",
                                       "conv: one tap",
                                       "scan: gate",
                                       "attention: scale",
                                       "attention: several heads",
                                       "layer norm: axon_0_8_0",
                                       "layer norm: axon_0_8_1",
                                       "a weight of equal values",
                                       "a weight in text",
                                       "a weight in a resource",
                                       "a weight of several functions",
                                       "a value is not used",
                                       "an operand twice",
                                       "one channel",
                                       "weights stored as bf16",
                                       "attention: window",
                                       "block: attention window",
                                       "last row of a last row",
                                       "scan: last row",
                                       "attention: a query of fewer rows",
                                       "conv: initial state",
                                       "conv: final state",
                                       "scan: initial state",
                                       "scan: final state",
                                       "attention: past",
                                       "attention: present",
                                       "block: initial states",
                                       "block: final states"};
/// Those that no model has, and those that only models have.
static const char *const moduleFeatures[] = {
    "op arith.constant", "op func.call", "a private function", "a weight is an argument", "a static batch",
    "static rows",       "lowered"};
static const char *const modelFeatures[] = {"compiled", "ran window", "ran sequence", "ran streams"};

std::vector<std::string> sst::getExpectedCounts(MLIRContext &context, bool isModels) {
  std::vector<std::string> expected = {"op arith.addf", "op arith.mulf", "op arith.subf"};
  for (RegisteredOperationName name : context.getRegisteredOperations())
    if (name.getDialectNamespace() == "sst")
      expected.push_back("op " + name.getStringRef().str());
  for (const CheckedPass &pass : getCheckedPasses())
    if (!isModels || (pass.name != "canonicalize" && pass.name != "symbol-dce"))
      expected.push_back("changed by " + pass.name.str());
  for (const char *feature : features)
    expected.push_back(feature);
  for (const char *feature : isModels ? ArrayRef<const char *>(modelFeatures) : ArrayRef<const char *>(moduleFeatures))
    expected.push_back(feature);
  return expected;
}
