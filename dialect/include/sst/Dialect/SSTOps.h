//===- SSTOps.h - the ops of sst ----------------------------------------------------------------------*- C++ -*-===//
//
// The op classes, generated from SSTOps.td, which documents them.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_SSTOPS_H
#define SST_DIALECT_SSTOPS_H

#include "sst/Dialect/SSTDialect.h"
#include "sst/Dialect/SSTInterfaces.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#define GET_OP_CLASSES
#include "sst/Dialect/SSTOps.h.inc"

#endif // SST_DIALECT_SSTOPS_H
