//===- WeightData.h - the values of weights -----------------------------------------------------------*- C++ -*-===//
//
// Reading the values of an sst.weight and making a new one. Values never pass through DenseElementsAttr, which would
// hash and copy all of them into the context's tables.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_WEIGHTDATA_H
#define SST_COMPILER_WEIGHTDATA_H

#include "sst/Dialect/SSTOps.h"

#include "mlir/IR/Builders.h"

#include <vector>

namespace sst {

/// The values of `weight` as they are stored: row by row, or in the order of its encoding if the type has one. Emits
/// an error on `weight` and fails if the values are missing (a resource that no file section defines), of the wrong
/// number of bytes, or of an unknown kind of attribute. The splats of the module must have been checked before
/// (checkSplats in ExpansionBudget.h).
llvm::FailureOr<std::vector<float>> readWeight(WeightOp weight);

/// How the module of `op` wants the weights of projections stored (`sst.weight_storage`).
Storage getProjectionStorage(mlir::Operation *op);
/// Whether bf16 can hold `value`: its lower half is zero.
bool fitsBF16(float value);

/// Creates, at the insertion point of `builder`, the weight `@name` of type `type`. `storage` holds its values as
/// stored: as many as `type` has elements or, if `type` has the encoding #sst.panels, as that needs. The name must be
/// free in the symbol table around the insertion point.
WeightOp createWeight(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef name, mlir::RankedTensorType type,
                      std::vector<float> storage);

} // namespace sst

#endif // SST_COMPILER_WEIGHTDATA_H
