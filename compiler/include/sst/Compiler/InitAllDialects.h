//===- InitAllDialects.h - the dialects a program may pass through ------------------------------------*- C++ -*-===//
//
// One list for all tools.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_INITALLDIALECTS_H
#define SST_COMPILER_INITALLDIALECTS_H

#include "sst/Dialect/SSTDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/DialectRegistry.h"

namespace sst {

/// Adds every dialect that a program may use between import and object code.
inline void registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<SSTDialect, mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect, mlir::func::FuncDialect,
                  mlir::LLVM::LLVMDialect, mlir::math::MathDialect, mlir::memref::MemRefDialect, mlir::scf::SCFDialect,
                  mlir::ub::UBDialect, mlir::vector::VectorDialect>();
}

} // namespace sst

#endif // SST_COMPILER_INITALLDIALECTS_H
