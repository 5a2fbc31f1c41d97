//===- Verify.h - checks that several ops share -------------------------------------------------------*- C++ -*-===//
//
// Small helpers of the verifiers and interface methods in this folder. Private to the dialect library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_LIB_VERIFY_H
#define SST_DIALECT_LIB_VERIFY_H

#include "sst/Dialect/SSTInterfaces.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"

namespace sst {

/// Largest size of a block and of an attention window; keeps every product of two of them, and of one with the
/// channels, within 64 bits.
inline constexpr int64_t kLargestSize = int64_t(1) << 20;

/// The sum of two dimension sizes; dynamic if one of them is, or if it exceeds 64 bits.
inline int64_t addSizes(int64_t lhs, int64_t rhs) {
  int64_t sum;
  if (mlir::ShapedType::isDynamic(lhs) || mlir::ShapedType::isDynamic(rhs) || llvm::AddOverflow(lhs, rhs, sum))
    return mlir::ShapedType::kDynamic;
  return sum;
}

/// Emits an error on `op` unless `actual` has exactly the given sizes; a dynamic size equals only a dynamic one. `what`
/// names the operand, result or weight: "expects 'bias' to have shape 4, but got 5".
llvm::LogicalResult verifyShape(mlir::Operation *op, llvm::StringRef what, mlir::ShapedType actual,
                                llvm::ArrayRef<int64_t> expected);

/// "2x?x8", as in the text of a tensor type.
std::string formatShape(llvm::ArrayRef<int64_t> shape);

/// Whether `operand` is among those of `range`: of an optional operand, whether it is that one.
inline bool isOneOf(mlir::OpOperand &operand, mlir::MutableOperandRange range) {
  return llvm::any_of(range, [&](mlir::OpOperand &other) { return &other == &operand; });
}

/// A state with its optional operand and its result, which may be null.
inline StateSlot makeState(const mlir::MutableOperandRange &initial, mlir::Value final, StateKind kind,
                           mlir::OpOperand &rows, std::optional<int64_t> window = std::nullopt) {
  return {initial.empty() ? nullptr : &initial[0], llvm::cast_or_null<mlir::OpResult>(final), kind, &rows, window};
}

} // namespace sst

#endif // SST_DIALECT_LIB_VERIFY_H
