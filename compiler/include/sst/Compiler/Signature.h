//===- Signature.h - the arguments of kernels -----------------------------------------------------------*- C++ -*-===//
//
// The order of a kernel's arguments is written once, where it is called: a Signature is a list of variables. The caller
// binds them to values; while the kernel is emitted, the same variables are its arguments. What a kernel has not got, a
// bias for instance, is null and left out.
//
// Conventions. Activations are `memref<kUnknownLength x stride x f32>`, one row per (sequence, time step). In the arena
// the stride is the channel count rounded up to kLanes, so that whole vectors may be read and written; in the caller's
// buffers rows are dense, and the last vector of a row is masked. Weights are packed and flat. Functions take memory as
// plain pointers (`llvm.bareptr`).
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_SIGNATURE_H
#define SST_COMPILER_SIGNATURE_H

#include "sst/Compiler/CpuLayout.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"

#include <limits>
#include <string>

namespace sst {

/// The length of memory in the eyes of MLIR: as much as one wants. How much may be touched is up to the caller. It is a
/// number because only memory of static size is passed as a pointer.
inline constexpr int64_t kUnknownLength = std::numeric_limits<int32_t>::max();

/// Flat memory as functions see it.
mlir::MemRefType getFlatMemRef(mlir::Type element);
mlir::MemRefType getWeightMemRef(mlir::MLIRContext *context, Storage storage);

/// Lets a function take and pass memory as plain pointers, not with sizes and strides.
void passPointers(mlir::func::FuncOp function);

/// An activation as a kernel sees it.
struct RowsType {
  int64_t channels;
  int64_t stride;
  bool padded() const { return stride >= padChannels(channels); }
  mlir::MemRefType memref(mlir::MLIRContext *context) const;
  /// Part of kernel names: "256", or "33of33" when rows are dense though not a multiple of kLanes.
  std::string text() const;
};

/// A piece of memory.
struct Memory {
  /// Inside of a kernel, the memory. Outside, the buffer in which it is; null: there is none.
  mlir::Value value;
  /// Outside of a kernel, where in the buffer, in bytes; null: the buffer is the memory.
  mlir::Value offset;
  /// As a kernel sees it.
  mlir::MemRefType type;
  explicit operator bool() const { return static_cast<bool>(value); }
};

/// An activation.
struct Rows {
  RowsType type;
  Memory memory;
  /// How many rows the memory has; known outside of kernels.
  mlir::Value count;
  explicit operator bool() const { return static_cast<bool>(memory); }
};

class KernelBuilder;

/// The states of the streams of a call.
struct StreamStates {
  /// Bytes of the first state, and the address of each as i64.
  Memory first, addresses;
  explicit operator bool() const { return static_cast<bool>(first); }

  /// How many rows the stream had before this call.
  mlir::Value position(KernelBuilder &b, mlir::Value sequence) const;
  /// The values at `offset`, in bytes, in the state of a stream, as flat f32.
  mlir::Value values(KernelBuilder &b, mlir::Value sequence, mlir::Value offset) const;

private:
  mlir::Value distance(KernelBuilder &b, mlir::Value sequence) const;
};

/// The arguments of a kernel, in order. Refers to the variables, which must live as long.
class Signature {
public:
  template <typename... Variables>
  explicit Signature(Variables &...variables) {
    (add(variables), ...);
  }
  void add(mlir::Value &number);
  void add(Memory &memory);
  void add(Rows &rows) { add(rows.memory); }
  void add(StreamStates &states);
  template <typename Variable>
  void add(llvm::SmallVectorImpl<Variable> &variables) {
    for (Variable &variable : variables)
      add(variable);
  }

  llvm::SmallVector<mlir::Type> getTypes() const;
  /// The values that the variables are bound to, for a call where `b` is.
  llvm::SmallVector<mlir::Value> getValues(KernelBuilder &b) const;
  /// Calls `emit` while the variables are these arguments, of the types of getTypes().
  void withArguments(mlir::ValueRange arguments, llvm::function_ref<void()> emit);

private:
  /// A variable: a number, or a piece of memory.
  struct Entry {
    mlir::Value *number;
    Memory *memory;
  };
  llvm::SmallVector<Entry> entries;
};

} // namespace sst

#endif // SST_COMPILER_SIGNATURE_H
