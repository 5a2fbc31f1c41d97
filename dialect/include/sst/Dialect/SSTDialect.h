//===- SSTDialect.h - the sst dialect -----------------------------------------------------------------*- C++ -*-===//
//
// The dialect class, its enumerations and attributes. Ops are in SSTOps.h.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_SSTDIALECT_H
#define SST_DIALECT_SSTDIALECT_H

#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/TensorEncoding.h"

#include "sst/Dialect/SSTDialect.h.inc"
#include "sst/Dialect/SSTEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "sst/Dialect/SSTAttributes.h.inc"

namespace sst {

/// Names of the attributes that carry the plan of a scheduled function.
inline constexpr llvm::StringLiteral kPhasesAttr = "sst.phases";
inline constexpr llvm::StringLiteral kPlacesAttr = "sst.places";
inline constexpr llvm::StringLiteral kScratchAttr = "sst.scratch";
inline constexpr llvm::StringLiteral kArenaAttr = "sst.arena";
inline constexpr llvm::StringLiteral kOpsAttr = "sst.ops";

/// What layer norm adds to the variance, in Axon and unless a model says otherwise.
inline constexpr float kLayerNormEpsilon = 1.0e-5f;

/// Whether `type` has a static number of channels (its last dimension) in [1, 2^31) and no encoding.
bool isActivationType(mlir::RankedTensorType type);
/// Whether all sizes of `type` are static and in [1, 2^31), and it has no encoding but `#sst.panels`.
bool isParameterType(mlir::RankedTensorType type);

/// Whether the name of a symbol can be printed: UTF-8, not empty, no control characters.
bool isPrintableName(llvm::StringRef name);

} // namespace sst

#endif // SST_DIALECT_SSTDIALECT_H
