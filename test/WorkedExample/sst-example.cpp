//===- sst-example.cpp - sst-compile and sst-interpret with an op of its own ------------------------------------===//
//
// `sst-example compile ...` is sst-compile, `sst-example interpret ...` is sst-interpret, of models that may contain
// example.decay_sum.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "DecaySum.h"
#include "sst-interpret/Interpret.h"

#include "sst/Compiler/Compile.h"

#include "mlir/IR/DialectRegistry.h"

#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  sst::EvaluationTable evaluations = sst::getEvaluations();
  evaluations[example::DecaySumOp::getOperationName()] = example::evaluateDecaySum;
  sst::CpuOps cpuOps;
  cpuOps.add(example::DecaySumOp::getOperationName(), example::getDecaySumCpuOp());
  sst::Extensions extensions;
  extensions.registerDialects = [](mlir::DialectRegistry &registry) { registry.insert<example::ExampleDialect>(); };
  extensions.evaluations = &evaluations;
  extensions.cpuOps = &cpuOps;
  llvm::StringRef tool = argc > 1 ? argv[1] : "";
  if (tool == "compile")
    return sst::compileMain(argc - 1, argv + 1, extensions);
  if (tool == "interpret")
    return sst::interpretMain(argc - 1, argv + 1, extensions);
  llvm::errs() << "usage: sst-example compile|interpret ARGUMENTS\n";
  return 2;
}
