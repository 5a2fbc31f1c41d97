//===- Elementwise.h - ops whose elements depend on the same elements only ----------------------------*- C++ -*-===//
//
// Private to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_CPU_OPS_ELEMENTWISE_H
#define SST_COMPILER_LIB_CPU_OPS_ELEMENTWISE_H

#include "Ops.h"

namespace sst {

/// An op whose one result has, at every element, a function of the same elements of all its operands.
class ElementwiseCpuOp : public CpuOp {
public:
  llvm::SmallVector<StageInfo> getStages(mlir::Operation *op) const final;
  llvm::SmallVector<mlir::OpOperand *> getOverwritable(mlir::Operation *op) const final;
  Work countWork(mlir::Operation *op, unsigned stage) const final;
  llvm::LogicalResult emit(StageEmitter &e, mlir::Operation *op, unsigned stage) const final;

protected:
  /// The beginning of the kernel's name.
  virtual std::string getName(mlir::Operation *op) const = 0;
  /// Additions and other functions of one element.
  virtual double countFlops(mlir::Operation *op) const = 0;
  /// A vector of the result.
  virtual mlir::Value compute(KernelBuilder &b, mlir::Operation *op, mlir::ValueRange operands) const = 0;
};

/// Functions of one element in an activation: exp, log, erf, division, addition, multiplication count one each.
double countActivation(Activation activation);

} // namespace sst

#endif // SST_COMPILER_LIB_CPU_OPS_ELEMENTWISE_H
