//===- SSTOps.td - all ops of sst --------------------------------------*- tablegen -*-===//
//
// Includes the op families; what mlir-tblgen is run on.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_SSTOPS_TD
#define SST_DIALECT_SSTOPS_TD

include "sst/Dialect/AttentionOps.td"
include "sst/Dialect/BlockOps.td"
include "sst/Dialect/ConvOps.td"
include "sst/Dialect/DenseOps.td"
include "sst/Dialect/FusionOps.td"
include "sst/Dialect/NormOps.td"
include "sst/Dialect/ScanOps.td"
include "sst/Dialect/WeightOps.td"

#endif // SST_DIALECT_SSTOPS_TD
