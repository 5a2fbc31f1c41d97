//===- Registry.cpp - the table of the ops that CPUs compute ----------------------------------------------------===//

#include "Ops.h"

#include "sst/Compiler/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace sst;

CpuOps::CpuOps() {
#define SST_CPU_OP(Op, get) add(Op::getOperationName(), get());
#include "Registry.def"
#undef SST_CPU_OP
}

void CpuOps::add(StringRef name, const CpuOp &op) {
  auto *found = llvm::find_if(ops, [&](const auto &entry) { return entry.first == name; });
  if (found == ops.end())
    ops.push_back({name.str(), &op});
  else
    found->second = &op;
}

const CpuOp *CpuOps::find(StringRef name) const {
  const auto *found = llvm::find_if(ops, [&](const auto &entry) { return entry.first == name; });
  return found == ops.end() ? nullptr : found->second;
}

std::string CpuOps::listOps() const { return llvm::join(llvm::make_first_range(ops), ", "); }

int64_t CpuOps::padChannels(int64_t channels) const { return sst::padChannels(channels); }

int64_t CpuOps::getBlockRows() const { return kBlockRows; }

const CpuOps &sst::getCpuOps() {
  static const CpuOps ops;
  return ops;
}

const Backend &sst::getDefaultBackend() { return getCpuOps(); }
