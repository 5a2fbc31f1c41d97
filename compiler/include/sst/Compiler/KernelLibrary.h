//===- KernelLibrary.h - the kernels of a module --------------------------------------------------------*- C++ -*-===//
//
// Private functions of scf, vector, memref, arith and math ops, one for each kind and shape: ops of equal shape share
// one.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_KERNELLIBRARY_H
#define SST_COMPILER_KERNELLIBRARY_H

#include "sst/Compiler/KernelBuilder.h"
#include "sst/Compiler/Variants.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace sst {

/// Names for what is added to a module: symbols that neither it nor anything added before has.
class SymbolNames {
public:
  explicit SymbolNames(mlir::ModuleOp module);
  /// `name`, or `name_1`, `name_2`, ... if that is taken.
  std::string make(const llvm::Twine &name);

private:
  llvm::StringSet<> taken;
};

/// The kernels of a module. What they compute says their name, so equal names are equal kernels.
class KernelLibrary {
public:
  KernelLibrary(mlir::ModuleOp module, SymbolNames &names, const Tiles &tiles)
      : module(module), names(names), tiles(tiles) {}

  /// Emits the body of a kernel, whose arguments the variables of its signature are meanwhile.
  using Emit = llvm::function_ref<void(KernelBuilder &)>;
  /// Calls, where `b` is, the kernel of this name, which is emitted when it is asked for first.
  mlir::func::FuncOp call(KernelBuilder &b, llvm::StringRef name, Signature arguments, Emit emit);

  const Tiles &getTiles() const { return tiles; }

private:
  mlir::func::FuncOp getOrEmit(llvm::StringRef kernel, Signature &arguments, Emit emit);

  mlir::ModuleOp module;
  SymbolNames &names;
  const Tiles &tiles;
  llvm::StringMap<mlir::func::FuncOp> functions;
};

} // namespace sst

#endif // SST_COMPILER_KERNELLIBRARY_H
