//===- Ops.h - the ops that CPUs compute --------------------------------------------------------------*- C++ -*-===//
//
// Private to this library; programs use the table of them (CpuOp.h).
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_CPU_OPS_OPS_H
#define SST_COMPILER_LIB_CPU_OPS_OPS_H

#include "sst/Compiler/CpuOp.h"

namespace sst {

#define SST_CPU_OP(Op, get) const CpuOp &get();
#include "Registry.def"
#undef SST_CPU_OP

} // namespace sst

#endif // SST_COMPILER_LIB_CPU_OPS_OPS_H
