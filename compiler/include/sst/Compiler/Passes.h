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
#define GEN_PASS_DECL
#include "sst/Compiler/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "sst/Compiler/Passes.h.inc"
} // namespace sst

#endif // SST_COMPILER_PASSES_H
