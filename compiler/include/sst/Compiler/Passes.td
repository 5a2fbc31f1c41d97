//===- Passes.td - all passes of SST -----------------------------------*- tablegen -*-===//
//
// The passes in the order in which the pipeline runs them: first those that keep a program in sst ops, then those
// that leave the dialect.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_PASSES_TD
#define SST_COMPILER_PASSES_TD

include "sst/Compiler/TransformPasses.td"
include "sst/Compiler/SchedulePasses.td"
include "sst/Compiler/CPUPasses.td"

#endif // SST_COMPILER_PASSES_TD
