//===- KernelBuilder.h - the expressions that kernels are made of ---------------------------------------*- C++ -*-===//
//
// What a kernel computes, element by element and in which order, does not depend on the tiles; so all variants, batch
// sizes and row counts give the same bits.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_KERNELBUILDER_H
#define SST_COMPILER_KERNELBUILDER_H

#include "sst/Compiler/Signature.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace sst {

/// Vectors of an activation that are computed together: independent chains of operations.
inline constexpr int64_t kTogether = 3;

/// An ImplicitLocOpBuilder with the few expressions that kernels are made of.
class KernelBuilder : public mlir::ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  mlir::VectorType vectorType() { return mlir::VectorType::get({kLanes}, getF32Type()); }
  mlir::Value index(int64_t value) { return mlir::arith::ConstantIndexOp::create(*this, value); }
  mlir::Value scalar(float value);
  mlir::Value splat(float value);
  mlir::Value broadcast(mlir::Value scalar) { return mlir::vector::BroadcastOp::create(*this, vectorType(), scalar); }

  /// Of numbers that are not negative; `y` is positive.
  mlir::Value ceilDiv(mlir::Value x, mlir::Value y) { return floorDiv(sub(add(x, y), index(1)), y); }
  mlir::Value ceilDiv(mlir::Value x, int64_t y) { return ceilDiv(x, index(y)); }
  mlir::Value floorDiv(mlir::Value x, mlir::Value y) { return mlir::arith::DivUIOp::create(*this, x, y); }
  /// The first of the kLanes rows or channels of the panel that has `x`.
  mlir::Value startOfPanel(mlir::Value x) { return sub(x, rem(x, index(kLanes))); }
  mlir::Value rem(mlir::Value x, mlir::Value y) { return mlir::arith::RemUIOp::create(*this, x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return mlir::arith::MulIOp::create(*this, x, y); }
  mlir::Value less(mlir::Value x, mlir::Value y) {
    return mlir::arith::CmpIOp::create(*this, mlir::arith::CmpIPredicate::slt, x, y);
  }
  mlir::Value add(mlir::Value x, int64_t y);
  mlir::Value add(mlir::Value x, mlir::Value y) { return mlir::arith::AddIOp::create(*this, x, y); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return mlir::arith::SubIOp::create(*this, x, y); }
  mlir::Value mul(mlir::Value x, int64_t y) { return mlir::arith::MulIOp::create(*this, x, index(y)); }
  mlir::Value min(mlir::Value x, mlir::Value y) { return mlir::arith::MinSIOp::create(*this, x, y); }
  mlir::Value max(mlir::Value x, mlir::Value y) { return mlir::arith::MaxSIOp::create(*this, x, y); }

  mlir::Value addF(mlir::Value x, mlir::Value y) { return mlir::arith::AddFOp::create(*this, x, y); }
  mlir::Value subF(mlir::Value x, mlir::Value y) { return mlir::arith::SubFOp::create(*this, x, y); }
  mlir::Value mulF(mlir::Value x, mlir::Value y) { return mlir::arith::MulFOp::create(*this, x, y); }
  mlir::Value divF(mlir::Value x, mlir::Value y) { return mlir::arith::DivFOp::create(*this, x, y); }
  mlir::Value fma(mlir::Value x, mlir::Value y, mlir::Value z) { return mlir::math::FmaOp::create(*this, x, y, z); }
  /// The larger one; `x` unless `y > x`, so a NaN in `y` is passed over.
  mlir::Value maxF(mlir::Value x, mlir::Value y);

  /// Lanes `< count` of a vector (count static, in [1, kLanes]).
  mlir::Value tailMask(int64_t count);
  /// `vector` with lanes at and beyond `count` replaced by `fill`.
  mlir::Value keepLanes(mlir::Value vector, int64_t count, float fill);

  /// Reads the vector at channel `channel` of row `row`. `valid` is the number of its lanes that are channels; if rows
  /// are not padded, only those are read and the others are 0.
  mlir::Value loadRow(mlir::Value rows, mlir::Value row, mlir::Value channel, int64_t valid, bool padded);
  /// Writes it; only the valid lanes if rows are not padded.
  void storeRow(mlir::Value vector, mlir::Value rows, mlir::Value row, mlir::Value channel, int64_t valid, bool padded);
  mlir::Value loadRow(const Rows &rows, mlir::Value row, mlir::Value channel, int64_t valid) {
    return loadRow(rows.memory.value, row, channel, valid, rows.type.padded());
  }
  void storeRow(mlir::Value vector, const Rows &rows, mlir::Value row, mlir::Value channel, int64_t valid) {
    storeRow(vector, rows.memory.value, row, channel, valid, rows.type.padded());
  }
  mlir::Value loadFlat(mlir::Value flat, mlir::Value offset);
  /// The same memory as one long row.
  mlir::Value flatten(mlir::Value memory);
  /// Reads a vector of stored weights: f32, or the upper halves as i16.
  mlir::Value loadWeights(mlir::Value weights, mlir::Value offset);

  /// The sum, or the maximum, of all lanes as a fixed tree: lane i with lane i + 8, then + 4, + 2, + 1.
  mlir::Value sumLanes(mlir::Value vector);
  mlir::Value maxLanes(mlir::Value vector);

  /// Applies an elementwise function to a vector or scalar.
  mlir::Value activate(Activation kind, mlir::Value x);
  /// The same for several vectors together: their operations alternate, and all of the function they are in stays in
  /// its order up to machine code (kKeepOrderAttribute).
  llvm::SmallVector<mlir::Value> activate(Activation kind, llvm::ArrayRef<mlir::Value> vectors);
  /// `gate * first + (1 - gate) * second`.
  mlir::Value mix(mlir::Value gate, mlir::Value first, mlir::Value second);

  using Body = llvm::function_ref<void(mlir::Value)>;
  using ReduceBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)>;
  /// `for (i = from; i < to; i += step) body(i)`.
  void loop(mlir::Value from, mlir::Value to, int64_t step, Body body);
  /// The same, carrying values from one iteration to the next.
  llvm::SmallVector<mlir::Value> loop(mlir::Value from, mlir::Value to, int64_t step, mlir::ValueRange init,
                                      ReduceBody body);
  /// `if (condition) body()`, and `else otherwise()` if there is that.
  void when(mlir::Value condition, llvm::function_ref<void()> body, llvm::function_ref<void()> otherwise = nullptr);
  /// Calls `body(channel, valid)` for each vector of `channels` channels: a loop over the full ones, then the last.
  void forEachVector(int64_t channels, llvm::function_ref<void(mlir::Value, int64_t)> body);
  /// The same, carrying values.
  llvm::SmallVector<mlir::Value>
  reduceVectors(int64_t channels, mlir::ValueRange init,
                llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, int64_t, mlir::ValueRange)> body);
  /// Calls `body(sequence, first row of it, begin, end)` for each part of rows [firstRow, endRow) of all sequences,
  /// `rows` each, that is in one sequence; begin and end are counted from its first row.
  void forEachSegment(mlir::Value rows, mlir::Value firstRow, mlir::Value endRow,
                      llvm::function_ref<void(mlir::Value, mlir::Value, mlir::Value, mlir::Value)> body);
  /// Covers rows [from, to) with tiles of the given sizes: `body(first row, tile size)`.
  void forEachTile(mlir::Value from, mlir::Value to, llvm::ArrayRef<int64_t> sizes,
                   llvm::function_ref<void(mlir::Value, int64_t)> body);
  /// The same, carrying values.
  llvm::SmallVector<mlir::Value>
  forEachTile(mlir::Value from, mlir::Value to, llvm::ArrayRef<int64_t> sizes, mlir::ValueRange init,
              llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, int64_t, mlir::ValueRange)> body);

private:
  mlir::Value reduceLanes(mlir::Value vector, llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combine);
};

} // namespace sst

#endif // SST_COMPILER_KERNELBUILDER_H
