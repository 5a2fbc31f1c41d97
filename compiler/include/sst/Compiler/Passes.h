//===- Passes.h - the passes of SST -------------------------------------------------------------------*- C++ -*-===//
//
// Creation functions, options and registration of all passes, generated from Passes.td, which documents them.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_PASSES_H
#define SST_COMPILER_PASSES_H

#include "sst/Dialect/SSTDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sst {
class Backend;
class CpuOps;

#define GEN_PASS_DECL
#include "sst/Compiler/Passes.h.inc"

// Passes that ask a backend, or a table of its ops; it must live as long as they do.
std::unique_ptr<mlir::Pass> createPlanPhasesPass(const Backend &backend);
std::unique_ptr<mlir::Pass> createPlanArenaPass(const Backend &backend);
std::unique_ptr<mlir::Pass> createConvertToLoopsPass(const CpuOps &ops, ConvertToLoopsPassOptions options);
/// The one for which passes plan that were registered by name: CPUs, with all ops of ours.
const Backend &getDefaultBackend();
/// For this one, and with default options.
std::unique_ptr<mlir::Pass> createConvertToLoopsPass();

#define GEN_PASS_REGISTRATION
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

#endif // SST_COMPILER_PASSES_H
