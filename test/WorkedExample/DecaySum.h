//===- DecaySum.h - a dialect with one op, and what computes it ---------------------------------------*- C++ -*-===//

#ifndef SST_TEST_WORKEDEXAMPLE_DECAYSUM_H
#define SST_TEST_WORKEDEXAMPLE_DECAYSUM_H

#include "sst/Compiler/CpuOp.h"
#include "sst/Compiler/Evaluation.h"
#include "sst/Dialect/SSTInterfaces.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "DecaySumDialect.h.inc"

#define GET_OP_CLASSES
#include "DecaySumOps.h.inc"

namespace example {

/// The formula of example.decay_sum in float64.
llvm::FailureOr<sst::TensorRefs> evaluateDecaySum(sst::reference::Execution &execution, mlir::Operation *op);

/// How CPUs compute it.
const sst::CpuOp &getDecaySumCpuOp();

} // namespace example

#endif // SST_TEST_WORKEDEXAMPLE_DECAYSUM_H
