//===- Target.h - what objects of an architecture are made of -----------------------------------------*- C++ -*-===//
//
// An artefact is for one architecture: its triple, its entry code, how calls in it are protected. What differs between
// the CPUs of an architecture is in Variants.h. Private to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_OBJECT_TARGET_H
#define SST_COMPILER_LIB_OBJECT_TARGET_H

#include "sst/Compiler/Variants.h"

#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

#include <memory>

namespace sst {

/// A flag of LLVM modules; that of a whole program is the smallest of its modules'.
struct ModuleFlag {
  llvm::StringLiteral name;
  uint32_t value;
};

struct Target {
  /// Linux, as clang writes it.
  llvm::StringLiteral triple;
  /// The least of its CPUs, for what is not a variant's.
  llvm::StringLiteral baseline;
  /// runtime/lib/entry/entry.c as bitcode.
  llvm::ArrayRef<unsigned char> entryCode;
  /// Control-flow protection, as clang sets it for the flags with which the entry code is compiled (CMakeLists.txt): a
  /// program is only as protected as the least of its objects.
  llvm::ArrayRef<ModuleFlag> protection;
  /// The same for functions.
  llvm::ArrayRef<FunctionAttribute> functionProtection;
  /// Registers what LLVM has for it.
  void (*initialize)();
};

const Target &getTarget(Architecture architecture);
/// The target of a module of an artefact.
const Target &getTarget(const llvm::Module &module);

/// Position-independent code for a target. Functions of a variant carry their CPU as an attribute.
std::unique_ptr<llvm::TargetMachine> createTargetMachine(const Target &target);

} // namespace sst

#endif // SST_COMPILER_LIB_OBJECT_TARGET_H
