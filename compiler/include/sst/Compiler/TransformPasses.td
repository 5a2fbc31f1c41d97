//===- TransformPasses.td - passes from sst to sst ---------------------*- tablegen -*-===//
//
// Expand, slice, merge, fold and fuse. Every one keeps the program in sst ops on tensors, so that the reference
// interpreter can run it before and after.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_TRANSFORMPASSES_TD
#define SST_COMPILER_TRANSFORMPASSES_TD

include "mlir/Pass/PassBase.td"

#endif // SST_COMPILER_TRANSFORMPASSES_TD
