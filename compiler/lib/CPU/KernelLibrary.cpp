//===- KernelLibrary.cpp - the kernels of a module --------------------------------------------------------------===//

#include "sst/Compiler/KernelLibrary.h"

#include "sst/Compiler/Check.h"

using namespace mlir;
using namespace sst;

SymbolNames::SymbolNames(ModuleOp module) {
  for (auto symbol : module.getOps<SymbolOpInterface>())
    taken.insert(symbol.getName());
}

std::string SymbolNames::make(const llvm::Twine &name) {
  std::string result = name.str();
  for (unsigned i = 1; !taken.insert(result).second; ++i)
    result = (name + "_" + llvm::Twine(i)).str();
  return result;
}

func::FuncOp KernelLibrary::getOrEmit(StringRef kernel, Signature &arguments, Emit emit) {
  SmallVector<Type> types = arguments.getTypes();
  if (func::FuncOp existing = functions.lookup(kernel)) {
    SST_CHECK(llvm::equal(existing.getArgumentTypes(), types), "two kernels of other arguments are named " + kernel);
    return existing;
  }
  KernelBuilder b(UnknownLoc::get(module.getContext()), OpBuilder::atBlockEnd(module.getBody()));
  auto function = func::FuncOp::create(b, names.make("sst_" + kernel), b.getFunctionType(types, {}));
  functions[kernel] = function;
  function.setPrivate();
  passPointers(function);
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  arguments.withArguments(entry->getArguments(), [&] { emit(b); });
  func::ReturnOp::create(b);
  return function;
}

func::FuncOp KernelLibrary::call(KernelBuilder &b, StringRef name, Signature arguments, Emit emit) {
  func::FuncOp kernel = getOrEmit(name, arguments, emit);
  func::CallOp::create(b, kernel, arguments.getValues(b));
  return kernel;
}
