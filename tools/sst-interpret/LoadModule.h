//===- LoadModule.h - from the command line to a module -----------------------------------------------*- C++ -*-===//

#ifndef SST_TOOLS_SST_INTERPRET_LOADMODULE_H
#define SST_TOOLS_SST_INTERPRET_LOADMODULE_H

#include "Options.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <string>

namespace sst {

/// Turns MLIR's errors into problems of a report for as long as it lives; drops everything else.
class ErrorCollector {
public:
  /// `file` is what an error without a place of its own is about.
  ErrorCollector(mlir::MLIRContext &context, std::string file, Report &report);

private:
  void handle(mlir::Diagnostic &diagnostic);

  std::string file;
  Report &report;
  mlir::ScopedDiagnosticHandler handler;
};

/// Whether the model is a file with weights, not a module of MLIR and not made up.
bool isWeightsFile(const FrontendOptions &options);

/// Reads or imports the model, verifies it and runs the passes of --passes. What is wrong goes to `report`, in part by
/// way of the context's diagnostics; the result then is empty.
mlir::OwningOpRef<mlir::ModuleOp> loadModule(const InterpretOptions &options, mlir::MLIRContext &context,
                                             Report &report);

} // namespace sst

#endif // SST_TOOLS_SST_INTERPRET_LOADMODULE_H
