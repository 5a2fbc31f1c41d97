//===- PointersToLLVM.h - memory of unknown length as pointers ----------------------------------------*- C++ -*-===//
//
// Kernels take memory whose length no type says (KernelBuilder.h); how its views become the llvm dialect.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_POINTERSTOLLVM_H
#define SST_COMPILER_POINTERSTOLLVM_H

#include "mlir/IR/DialectRegistry.h"

namespace sst {

/// Adds the conversion of memref.view, and of what else is at a pointer, to what ConvertToLLVMPass finds.
void registerPointersToLLVM(mlir::DialectRegistry &registry);

} // namespace sst

#endif // SST_COMPILER_POINTERSTOLLVM_H
