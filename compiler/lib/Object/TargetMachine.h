//===- TargetMachine.h - the machine that objects are for ---------------------------------------------*- C++ -*-===//
//
// Private to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_OBJECT_TARGETMACHINE_H
#define SST_COMPILER_LIB_OBJECT_TARGETMACHINE_H

#include "llvm/Target/TargetMachine.h"

#include <memory>

namespace sst {

/// Baseline x86-64 Linux, position independent. Functions of a variant carry their CPU as an attribute.
std::unique_ptr<llvm::TargetMachine> createTargetMachine();

} // namespace sst

#endif // SST_COMPILER_LIB_OBJECT_TARGETMACHINE_H
