//===- PassChecks.cpp - passes keep what a program computes -----------------------------------------------------===//

#include "PassChecks.h"

#include "sst/Compiler/WeightData.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"

#include "llvm/ADT/StringExtras.h"

#include <unistd.h>

using namespace mlir;
using namespace sst;

ArrayRef<CheckedPass> sst::getCheckedPasses() {
  static const CheckedPass passes[] = {
      {"sst-expand-blocks", "a block has its attention's scale in float64, the ops it becomes in float32"},
      {"sst-slice-last-row", ""},
      {"sst-merge-projections", ""},
      {"sst-fold-scales", "each scaled weight is rounded to float32"},
      {"sst-fuse-epilogues", ""},
      {"sst-drop-unused-weights", ""},
      {"cse", ""},
      {"canonicalize", "arithmetic on constants is done in float32"},
      {"symbol-dce", ""},
  };
  return passes;
}

/// Passes that schedule: after them the program is still one of sst ops.
static const StringLiteral schedule[] = {"sst-pack-weights", "func.func(sst-plan-phases)", "func.func(sst-plan-arena)"};

/// What passes and sst-compile may say to a valid program.
static const StringLiteral refusals[] = {
    // What has no kernel, no place and no layout.
    "has no kernel; expand it first",
    "cannot be placed in the arena",
    "expects every returned value to be a distinct result of an sst op",
    "expects results that are f32 tensors of rank 3",
    "expects its operands to come from the function's argument or from sst ops",
    "expects packed weights",
    // Functions that are none of a model.
    "expects one argument and one result, both batch x rows x channels",
    "expects every argument after the first to be the initial state of an op",
    "expects the same states as the functions before it",
    // States in places where a stream has none.
    "expects its initial state to be an argument of the function",
    "to be the initial state of one op",
    "carries states, and expects",
    // Rows of one function that are spelled in two ways.
    "expects all its activations to have one row per sequence or none",
};

bool sst::isKnownRefusal(StringRef text) {
  return llvm::any_of(refusals, [&](StringRef refusal) { return text.contains(refusal); });
}

DiagnosticText::DiagnosticText(MLIRContext &context)
    : handler(&context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
          text += diagnostic.str() + "; ";
        return success();
      }) {
  context.printOpOnDiagnostic(false);
}

std::string DiagnosticText::take() { return std::exchange(text, ""); }

void sst::breakModule(ModuleOp module) {
  GetWeightOp get;
  module->walk([&](GetWeightOp op) {
    if (!get && !op.getResult().use_empty())
      get = op;
  });
  if (!get)
    return;
  auto weight = module.lookupSymbol<WeightOp>(get.getName());
  auto type =
      RankedTensorType::get(weight.getValue().getShapedType().getShape(), Float32Type::get(module.getContext()));
  FailureOr<std::vector<float>> values = readWeight(weight);
  if (failed(values))
    return;
  values->front() += 0.5f;
  weight.setValueAttr(cast<ElementsAttr>(Attribute(DenseElementsAttr::get(type, ArrayRef<float>(*values)))));
}

namespace {
/// The checks of one program.
class PassChecks {
public:
  PassChecks(const RandomProgram &program, uint64_t seed, const Sabotage &sabotage, Log &log)
      : program(program), random(seed), evaluation(program, random.next()), sabotage(sabotage), log(log),
        diagnostics(*program.module.get()->getContext()) {}
  void run();

private:
  void checkText(ModuleOp module, StringRef what);
  void checkSequence(ArrayRef<StringRef> passes);
  bool checkPass(ModuleOp module, StringRef pass, StringRef sequence);
  void checkLowering();
  bool runPass(ModuleOp module, StringRef pass, StringRef sequence);
  std::vector<StringRef> chooseSequence();
  void report(StringRef kind, const Twine &what, StringRef text) {
    log.finding(kind, what.str(), text, *program.module);
  }

  const RandomProgram &program;
  Random random;
  Evaluation evaluation;
  const Sabotage &sabotage;
  Log &log;
  DiagnosticText diagnostics;
  Outputs original, current;
};
} // namespace

/// Text and what is parsed from it say the same.
void PassChecks::checkText(ModuleOp module, StringRef what) {
  log.doing("print and parse, " + what);
  std::string text = printModuleText(module);
  // In a context of its own: the names of resources are those of a context.
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<SSTDialect, func::FuncDialect, arith::ArithDialect>();
  DiagnosticText problems(context);
  auto parsed = parseSourceString<ModuleOp>(text, &context);
  if (!parsed)
    return report("text", what, "cannot be parsed: " + problems.take());
  if (printModuleText(*parsed) != text)
    report("text", what, "its text is not what is parsed from it");
}

/// Runs a pass; whether it succeeds. What fails with no reason, or a reason that is not known, is a finding.
bool PassChecks::runPass(ModuleOp module, StringRef pass, StringRef sequence) {
  PassManager manager(module.getContext());
  if (failed(parsePassPipeline(pass, manager))) {
    report("pipeline", sequence, "cannot be parsed");
    return false;
  }
  log.doing(sequence + ", in " + pass);
  diagnostics.take();
  if (succeeded(manager.run(module)))
    return true;
  std::string problem = diagnostics.take();
  log.count("refused by " + pass.str());
  if (!isKnownRefusal(problem))
    report("refusal", sequence + ", in " + pass, problem.empty() ? "for no reason" : problem);
  return false;
}

/// Runs a pass and, if it changes the module, the interpreter; whether to go on.
bool PassChecks::checkPass(ModuleOp module, StringRef pass, StringRef sequence) {
  OperationFingerPrint before(module);
  if (!runPass(module, pass, sequence))
    return false;
  if (before == OperationFingerPrint(module))
    return true;
  log.count("changed by " + pass.str());
  if (sabotage.pass == pass)
    breakModule(module);
  log.doing(sequence + ", interpreted after " + pass);
  std::optional<Outputs> after = evaluation.run(module);
  if (!after) {
    report("interpreter", sequence + ", after " + pass, diagnostics.take());
    return false;
  }
  std::string difference = findDifference(*after, current);
  const CheckedPass *checked = llvm::find_if(getCheckedPasses(), [&](const CheckedPass &p) { return p.name == pass; });
  if (!difference.empty() && checked != getCheckedPasses().end() && !checked->rounding.empty()) {
    log.count("rounded by " + pass.str());
    auto runNoisy = [&](InterpreterNoise noise) { return evaluation.run(module, noise); };
    difference = findUnexplained(current, *after, 1e-12, 1e-12, runNoisy, {kRounding, 0, 0});
  }
  if (!difference.empty())
    report("meaning", sequence + ", after " + pass, difference);
  current = std::move(*after);
  return difference.empty();
}

void PassChecks::checkSequence(ArrayRef<StringRef> passes) {
  OwningOpRef<ModuleOp> module = program.module.get().clone();
  current = original;
  std::string sequence = llvm::join(passes, ",");
  for (StringRef pass : passes)
    if (!checkPass(*module, pass, sequence))
      return;
  if (random.chance(0.1))
    checkText(*module, sequence);
}

std::vector<StringRef> PassChecks::chooseSequence() {
  std::vector<StringRef> passes;
  for (int64_t count = random.oneOf({2, 2, 3, 4, 6}); count > 0; --count)
    passes.push_back(random.pick(getCheckedPasses()).name);
  if (random.chance(0.3))
    llvm::append_range(passes, schedule);
  return passes;
}

/// The way to loops, on which a program that cannot be lowered is refused with a reason.
void PassChecks::checkLowering() {
  OwningOpRef<ModuleOp> module = program.module.get().clone();
  StringRef variant =
      random.chance(0.5) ? "sst-loops-pipeline{variant=x86-64-v3}" : "sst-loops-pipeline{variant=x86-64-v4}";
  SmallVector<StringRef> passes = {"sst-schedule-pipeline", variant, "sst-llvm-pipeline"};
  if (random.chance(0.7))
    passes.insert(passes.begin(), {"sst-expand-pipeline", "sst-fuse-pipeline"});
  std::string sequence = llvm::join(passes, ",");
  for (StringRef pass : passes)
    if (!runPass(*module, pass, sequence))
      return;
  log.count("lowered");
}

void PassChecks::run() {
  ModuleOp module = *program.module;
  if (failed(verify(module)))
    return report("generator", "", diagnostics.take());
  checkText(module, "as generated");
  log.doing("interpret as generated");
  std::optional<Outputs> outputs = evaluation.run(module);
  if (!outputs)
    return report("interpreter", "as generated", diagnostics.take());
  original = std::move(*outputs);
  for (const CheckedPass &pass : getCheckedPasses())
    checkSequence({pass.name});
  SmallVector<StringRef> fuse = {
      "cse", "sst-slice-last-row",     "cse", "sst-merge-projections", "sst-fold-scales", "sst-fuse-epilogues",
      "cse", "sst-drop-unused-weights"};
  SmallVector<StringRef> all = {"sst-expand-blocks", "cse"};
  llvm::append_range(all, fuse);
  checkSequence(fuse);
  llvm::append_range(all, schedule);
  checkSequence(all);
  for (int i = 0; i < 3; ++i)
    checkSequence(chooseSequence());
  if (random.chance(0.05))
    checkLowering();
}

void sst::checkPasses(const RandomProgram &program, uint64_t seed, const Sabotage &sabotage, Log &log) {
  PassChecks(program, seed, sabotage, log).run();
}
