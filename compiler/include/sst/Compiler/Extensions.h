//===- Extensions.h - what a program adds to the compiler ---------------------------------------------*- C++ -*-===//
//
// sst-compile and sst-interpret are functions that a program of its own may call: with dialects of its own, and with
// tables that have entries for their ops. Nothing registers itself; what is not handed over is not there.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_EXTENSIONS_H
#define SST_COMPILER_EXTENSIONS_H

#include "sst/Compiler/Families.h"
#include "sst/Compiler/Interpreter.h"
#include "sst/Compiler/Pipelines.h"

#include "mlir/IR/DialectRegistry.h"

namespace sst {

/// The dialects and tables of a program. What the pointers refer to must outlive every use.
struct Extensions {
  /// Adds dialects that a module read from a file may use; null for none.
  void (*registerDialects)(mlir::DialectRegistry &registry) = nullptr;
  /// What CPUs compute; CpuOp.h.
  const CpuOps *cpuOps = &getCpuOps();
  /// What the interpreter can evaluate.
  const EvaluationTable *evaluations = &getEvaluations();
  /// The families of models; the first one is that of modules that name none.
  FamilyTable families = getFamilies();
};

} // namespace sst

#endif // SST_COMPILER_EXTENSIONS_H
