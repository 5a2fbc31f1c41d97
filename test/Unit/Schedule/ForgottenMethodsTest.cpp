//===- ForgottenMethodsTest.cpp - what an op's class forgets is a report ----------------------------------------===//
//
// Each test computes an op as it is computed, but for one thing that its class leaves out or gets wrong.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Compiler/CpuOp.h"
#include "sst/Compiler/InitAllDialects.h"
#include "sst/Compiler/Pipelines.h"

#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace sst;

namespace {

/// Computes an op as the table of ours does.
class Forwarding : public CpuOp {
public:
  explicit Forwarding(StringRef name) : name(name), op(*getCpuOps().find(name)) {}
  LogicalResult check(Operation *o) const override { return op.check(o); }
  SmallVector<StageInfo> getStages(Operation *o) const override { return op.getStages(o); }
  SmallVector<ScratchSize> getScratch(Operation *o) const override { return op.getScratch(o); }
  SmallVector<OpOperand *> getOverwritable(Operation *o) const override { return op.getOverwritable(o); }
  std::optional<StateLayout> layOutState(Operation *o, unsigned state, const StreamSizes &sizes) const override {
    return op.layOutState(o, state, sizes);
  }
  Work countWork(Operation *o, unsigned stage) const override { return op.countWork(o, stage); }
  Value countItems(StageEmitter &e, Operation *o, unsigned stage) const override { return op.countItems(e, o, stage); }
  LogicalResult emit(StageEmitter &e, Operation *o, unsigned stage) const override { return op.emit(e, o, stage); }

  const std::string name;

private:
  const CpuOp &op;
};

/// Changes the stages of an op.
class WithStages final : public Forwarding {
public:
  using Change = std::function<void(Operation *, SmallVector<StageInfo> &)>;
  WithStages(StringRef name, Change change) : Forwarding(name), change(std::move(change)) {}
  SmallVector<StageInfo> getStages(Operation *op) const override {
    SmallVector<StageInfo> stages = Forwarding::getStages(op);
    change(op, stages);
    return stages;
  }

private:
  Change change;
};

constexpr StringLiteral program = R"mlir(
module attributes {sst.stream = {max_rows = 4 : i64, rollback = 0 : i64}} {
  func.func @f(%x: tensor<?x?x16xf32>, %s: tensor<?x16xf32>) -> (tensor<?x1x16xf32>, tensor<?x16xf32>) {
    %a = sst.activation <silu> %x : tensor<?x?x16xf32>
    %b = arith.addf %a, %x : tensor<?x?x16xf32>
    %h, %t = sst.ema_scan %b, %a, %a, %b initial(%s)
        : (tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x16xf32>)
        -> (tensor<?x?x16xf32>, tensor<?x16xf32>)
    %c = sst.causal_attention %h, %h, %h {num_heads = 1 : i64}
        : (tensor<?x?x16xf32>, tensor<?x?x16xf32>, tensor<?x?x16xf32>) -> tensor<?x?x16xf32>
    %l = sst.last_row %c : tensor<?x?x16xf32> -> tensor<?x1x16xf32>
    %m = sst.activation <silu> %l : tensor<?x1x16xf32>
    return %m, %t : tensor<?x1x16xf32>, tensor<?x16xf32>
  }
}
)mlir";

/// Compiles the program to loops; what it says.
std::string compile(const CpuOps &ops) {
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  std::string messages;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) { messages += diagnostic.str() + "\n"; });
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(program, &context);
  PassManager passes(&context);
  buildSchedulePipeline(passes, ops);
  buildLoopsPipeline(passes, {}, ops);
  bool succeeded = module && llvm::succeeded(passes.run(*module));
  EXPECT_EQ(succeeded, messages.empty()) << messages;
  return messages;
}

std::string compileWith(const Forwarding &op) {
  CpuOps ops;
  ops.add(op.name, op);
  return compile(ops);
}

std::string compileWithStages(StringRef name, WithStages::Change change) {
  return compileWith(WithStages(name, std::move(change)));
}

} // namespace

TEST(ForgottenMethods, NothingForgotten) {
  EXPECT_EQ(compile(CpuOps()), "");
  EXPECT_EQ(compileWith(Forwarding("sst.ema_scan")), "");
}

TEST(ForgottenMethods, NoStages) {
  EXPECT_EQ(compileWithStages("sst.activation", [](Operation *, auto &stages) { stages.clear(); }),
            "'sst.activation' op has a code generator whose getStages() is wrong: there is none\n");
}

TEST(ForgottenMethods, OperandThatNoStageReads) {
  EXPECT_EQ(compileWithStages("arith.addf", [](Operation *, auto &stages) { stages[0].reads.pop_back(); }),
            "'arith.addf' op has a code generator whose getStages() is wrong: no stage reads operand #1, which is an "
            "activation\n");
  EXPECT_EQ(compileWithStages("sst.ema_scan", [](Operation *, auto &stages) { stages[0].reads.clear(); }),
            "'sst.ema_scan' op has a code generator whose getStages() is wrong: no stage reads operand #1, which is an "
            "activation\n");
}

TEST(ForgottenMethods, StateThatAStageReads) {
  EXPECT_EQ(compileWithStages(
                "sst.ema_scan",
                [](Operation *op, auto &stages) { stages[1].reads.push_back(readAnyRow(op->getOpOperand(4))); }),
            "'sst.ema_scan' op has a code generator whose getStages() is wrong: a stage reads the rows of operand #4, "
            "which has no rows of a call\n");
}

TEST(ForgottenMethods, ResultThatNoStageComputes) {
  EXPECT_EQ(compileWithStages("arith.addf", [](Operation *, auto &stages) { stages[0].computes.clear(); }),
            "'arith.addf' op has a code generator whose getStages() is wrong: 0 stages compute result #0 instead of "
            "one\n");
}

TEST(ForgottenMethods, ResultThatTwoStagesCompute) {
  EXPECT_EQ(compileWithStages("sst.ema_scan",
                              [](Operation *op, auto &stages) { stages[0].computes.push_back(op->getResult(0)); }),
            "'sst.ema_scan' op has a code generator whose getStages() is wrong: 2 stages compute result #0 instead of "
            "one\n");
}

TEST(ForgottenMethods, StateThatAStageComputes) {
  EXPECT_EQ(compileWithStages("sst.ema_scan",
                              [](Operation *op, auto &stages) { stages[1].computes.push_back(op->getResult(1)); }),
            "'sst.ema_scan' op has a code generator whose getStages() is wrong: a stage computes result #1, which is a "
            "carried state\n");
}

TEST(ForgottenMethods, EarlierRows) {
  EXPECT_EQ(compileWithStages("sst.causal_attention",
                              [](Operation *op, auto &stages) {
                                for (StageRead &read : stages[0].reads)
                                  read.onlySameRow = true;
                              }),
            "'sst.causal_attention' op has a code generator whose getStages() is wrong: it reads only the same row of "
            "operand #1, of which it needs earlier ones\n");
}

TEST(ForgottenMethods, OneRow) {
  EXPECT_EQ(
      compileWithStages("sst.activation", [](Operation *, auto &stages) { stages[0].partition = Partition::Rows; }),
      "'sst.activation' op has a code generator whose getStages() is wrong: a stage that is divided by rows has a "
      "result of one row per sequence\n");
}

TEST(ForgottenMethods, LayOutState) {
  struct NoLayout final : Forwarding {
    NoLayout() : Forwarding("sst.ema_scan") {}
    std::optional<StateLayout> layOutState(Operation *, unsigned, const StreamSizes &) const override {
      return std::nullopt;
    }
  };
  EXPECT_EQ(compileWith(NoLayout()),
            "'sst.ema_scan' op has a code generator whose layOutState() does not say how state #0 is laid out\n");
}

TEST(ForgottenMethods, GetScratch) {
  struct NoScratch final : Forwarding {
    NoScratch() : Forwarding("sst.ema_scan") {}
    SmallVector<ScratchSize> getScratch(Operation *) const override { return {}; }
  };
  EXPECT_EQ(compileWith(NoScratch()),
            "'sst.ema_scan' op has a code generator that asks for scratch memory #0, of which "
            "its getScratch() says nothing\n");
}

TEST(ForgottenMethods, CountItems) {
  struct NoItems final : Forwarding {
    NoItems() : Forwarding("sst.causal_attention") {}
    Value countItems(StageEmitter &, Operation *, unsigned) const override { return {}; }
  };
  EXPECT_EQ(compileWith(NoItems()),
            "'sst.causal_attention' op has a code generator whose countItems() does not say how "
            "many items stage 0 has\n");
}

TEST(ForgottenMethods, Emit) {
  struct NoKernel final : Forwarding {
    NoKernel() : Forwarding("sst.ema_scan") {}
    LogicalResult emit(StageEmitter &e, Operation *op, unsigned stage) const override {
      return stage == 0 ? Forwarding::emit(e, op, stage) : success();
    }
  };
  EXPECT_EQ(compileWith(NoKernel()),
            "'sst.ema_scan' op has a code generator whose emit() calls no kernel in stage 1\n");
}
