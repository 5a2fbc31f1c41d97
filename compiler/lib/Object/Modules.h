//===- Modules.h - what the LLVM modules of an artefact agree on ----------------------------------------*- C++ -*-===//
//
// Private to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_OBJECT_MODULES_H
#define SST_COMPILER_LIB_OBJECT_MODULES_H

#include "sst/Compiler/Object.h"

namespace sst {

/// Gives a module of an artefact what all of them have in common.
void setUpModule(llvm::Module &module, Architecture architecture, const ModelInfo &info);

/// The functions of sst_entry.h that kernels call.
llvm::ArrayRef<llvm::StringRef> getCalledByKernels();

/// Lets the other modules of the artefact, and nobody else, see a value.
void setHidden(llvm::GlobalValue &value);

/// The name of the function that computes `mode` on the CPUs of `variant`.
std::string getKernelName(llvm::StringRef mode, llvm::StringRef variant);

/// The sst_kernel_fn, as LLVM sees it.
llvm::FunctionType *getKernelType(llvm::LLVMContext &context);

/// Gives the declaration `name` of the entry code a value. Its type must be that of `initializer`, or an open array.
void defineGlobal(llvm::Module &module, llvm::StringRef name, llvm::Constant *initializer, uint64_t alignment);

/// Defines what sst_entry.h declares, but for the weights, in the module of the entry code.
void defineModel(llvm::Module &module, const ModelInfo &info, llvm::ArrayRef<LoweredVariant> variants);

} // namespace sst

#endif // SST_COMPILER_LIB_OBJECT_MODULES_H
