//===- Execution.h - evaluations across files -----------------------------------------------------------*- C++ -*-===//
//
// Private to this library; what all evaluations need is in Evaluation.h.
//
//===--------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_REFERENCE_EXECUTION_H
#define SST_COMPILER_LIB_REFERENCE_EXECUTION_H

#include "sst/Compiler/Evaluation.h"
#include "sst/Dialect/SSTOps.h"

namespace sst::reference {

/// Evaluates `sst.block` by its formula.
llvm::FailureOr<TensorRefs> evaluateBlock(Execution &execution, BlockOp op);

/// Reads a weight and undoes its encoding.
llvm::FailureOr<HostTensor> readWeightTensor(WeightOp weight, int64_t maxElements);

} // namespace sst::reference

#endif // SST_COMPILER_LIB_REFERENCE_EXECUTION_H
