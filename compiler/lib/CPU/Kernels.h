//===- Kernels.h - one function per kind and shape of op ----------------------------------------------*- C++ -*-===//
//
// Emits the kernels that sst ops become: private functions of scf, vector, memref, arith and math ops. What a kernel
// computes, element by element and in which order, does not depend on the tiles; so all variants, batch sizes and row
// counts give the same bits. Private to this library.
//
// Conventions. Activations are `memref<kUnknownLength x stride x f32>`, one row per (sequence, time step). In the arena
// the stride is the channel count rounded up to kLanes, so that whole vectors may be read and written; in the caller's
// buffers rows are dense, and the last vector of a row is masked. Weights are packed and flat. Functions take memory as
// plain pointers (`llvm.bareptr`).
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_CPU_KERNELS_H
#define SST_COMPILER_LIB_CPU_KERNELS_H

#include "Layout.h"

#include "sst/Compiler/Variants.h"
#include "sst/Dialect/SSTOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include "llvm/ADT/StringSet.h"

#include <limits>

namespace sst {

/// Steps of k that the inner loop of sst.dense takes at once.
inline constexpr int64_t kDenseUnroll = 4;

/// Panels of a tile of sst.dense for a single row: enough sums to hide the latency of a multiply-add. A power of two.
inline constexpr int64_t kRowPanels = 4;

/// Vectors whose activations are computed together: enough for multiply-adds to be busy while each waits for the one
/// before it.
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

/// The states of the streams of a call.
struct StreamStates {
  /// Bytes of the first state, and the address of each as i64.
  mlir::Value first, addresses;

  static llvm::SmallVector<mlir::Type> getTypes(mlir::MLIRContext *context);
  /// How many rows the stream had before this call.
  mlir::Value position(KernelBuilder &b, mlir::Value sequence) const;
  /// The values at `offset`, in bytes, in the state of a stream, as flat f32.
  mlir::Value values(KernelBuilder &b, mlir::Value sequence, mlir::Value offset) const;

private:
  mlir::Value distance(KernelBuilder &b, mlir::Value sequence) const;
};

/// Names for what is added to a module: symbols that neither it nor anything added before has.
class SymbolNames {
public:
  explicit SymbolNames(mlir::ModuleOp module);
  /// `name`, or `name_1`, `name_2`, ... if that is taken.
  std::string make(const llvm::Twine &name);

private:
  llvm::StringSet<> taken;
};

/// The kernels of a module. Each getter returns the function for the given kind and shapes, emitting it when it is
/// asked for first. Counts and ranges are the last arguments.
class KernelLibrary {
public:
  KernelLibrary(mlir::ModuleOp module, SymbolNames &names, Tiles tiles)
      : module(module), names(names), tiles(std::move(tiles)) {}

  /// Columns [first panel, end panel) of a dense layer, counted over all results. The range starts at a multiple of
  /// kColumnStep; scratch is memory of kDenseScratch elements:
  /// (input, weight, [bias], outputs..., [gate, other], [residual], scratch, rows, first panel, end panel).
  struct Dense {
    RowsType input;
    llvm::SmallVector<RowsType> outputs;
    llvm::SmallVector<Activation> activations;
    bool hasBias;
    Storage storage;
    /// For a single row, whose tiles have kRowPanels.
    bool isOneRow = false;
    std::optional<RowsType> gate, other, residual;
  };
  mlir::func::FuncOp getDense(const Dense &shape);

  /// The sums of adjacent panels of a dense layer, as many as a tile has or, for a single row, up to kRowPanels; for
  /// rows [first row, end row). The first of them goes to `output offset`, the next ones `output stride` after each
  /// other:
  /// (input, weight, weight offset, [bias, bias offset], output, output offset, output stride, first row, end row).
  mlir::func::FuncOp getDensePanels(RowsType input, int64_t panels, bool hasBias, Storage storage);

  /// Turns the sums of 2^k panels of columns of a result, in rows [first row, end row), into the result. They are rows
  /// of just these columns: (sums, output, [gate, other], [residual], first row, end row, first column, k).
  struct DenseEpilogue {
    Activation activation;
    RowsType output;
    std::optional<RowsType> gate, other, residual;
    /// How many columns of a panel exist: all but in the last one of a result.
    int64_t valid;
  };
  mlir::func::FuncOp getDenseEpilogue(const DenseEpilogue &shape);

  /// (input, gamma, beta, output, rows).
  mlir::func::FuncOp getLayerNorm(RowsType input, RowsType output, LayerNormFlavor flavor, float epsilon);

  enum class Elementwise { Activation, Add, Sub, Mul, GatedFusion };
  /// (operands..., output, rows).
  mlir::func::FuncOp getElementwise(Elementwise kind, Activation activation, llvm::ArrayRef<RowsType> operands,
                                    RowsType output);

  /// (input, output, batch, rows of each sequence of the input).
  mlir::func::FuncOp getLastRow(RowsType input, RowsType output);

  // Kernels of functions that carry states get `states`: the first of the streams' states and the addresses of all of
  // them; and `state`, where in a state, in bytes, the values are that they use (#sst.place<state, ..>).

  /// Rows [first row, end row) of all sequences; the output starts at the first row, the input at the very first:
  /// (input, weight, [bias], output, [states, state], rows per sequence, first row, end row).
  struct CausalConv1D {
    RowsType input, output;
    int64_t taps;
    /// Rows of the input that a state has; 0 without states.
    int64_t stateRows;
    bool hasBias;
    Activation activation;
  };
  mlir::func::FuncOp getCausalConv1D(const CausalConv1D &shape);

  /// The last `stateRows` rows of each sequence to its state: (input, states, state, batch, rows per sequence).
  mlir::func::FuncOp getStateRows(RowsType input, int64_t stateRows);

  /// The scalars of a scan, two per row: how much to keep, how much to let in. (delta, b, c, coefficients, rows).
  mlir::func::FuncOp getEmaCoefficients(RowsType delta, RowsType b, RowsType c);

  /// The states of a scan, for groups [first group, end group) of getScanGroups():
  /// (input, [gate], output, coefficients, [states, state], batch, rows per sequence, first group, end group).
  struct EmaScan {
    RowsType input, output;
    std::optional<RowsType> gate;
    bool lastRow;
    /// After how many of the last rows the state is kept; 0 without states.
    int64_t versions;
  };
  mlir::func::FuncOp getEmaScan(const EmaScan &shape);
  /// Groups of channels whose states are updated together.
  static int64_t getScanGroups(int64_t channels);

  /// Attention for items [first item, end item) of batch * heads * (query rows / kQueryBlock, rounded up):
  /// (query, key, value, output, scratch, query rows, key rows, first item, end item).
  struct CausalAttention {
    RowsType query, key, value, output;
    int64_t numHeads;
    float scale;
    /// Rows that a row sees, itself the last; 0: all up to itself.
    int64_t window;
  };
  mlir::func::FuncOp getCausalAttention(const CausalAttention &shape);

  /// Keys and values of rows [first row, end row) of all sequences, whose memory starts at the first row, to the
  /// states, each at its position modulo `keyRows`, the rows of the states:
  /// (key, value, states, key state, value state, rows per sequence, first row, end row).
  mlir::func::FuncOp getAppendKeys(RowsType key, RowsType value, int64_t numHeads, int64_t keyRows);

  /// The same attention to the keys and values of the states, the last ones of which are those of this call's rows:
  /// (query, states, output, scratch, key state, value state, query rows, rows per sequence, first item, end item).
  struct AttentionFromState {
    RowsType query, output;
    int64_t numHeads;
    float scale;
    int64_t keyRows, window;
  };
  mlir::func::FuncOp getAttentionFromState(const AttentionFromState &shape);

  /// Turns the scores of a row against a block of keys into weights relative to the running maximum, and updates
  /// maximum, sum and the output of `channels` channels. Only the keys of the block before `count` count, and if
  /// `hasFirst`, not those before `first`; the others are offsets in the scratch memory:
  /// (scratch, scores, maximum, sum, output, [first], count).
  mlir::func::FuncOp getAttentionSoftmax(int64_t channels, bool hasFirst);

private:
  using Emit = llvm::function_ref<void(KernelBuilder &, mlir::ValueRange)>;
  /// The kernel of this name; without one, `emit` makes it from its arguments.
  mlir::func::FuncOp getOrEmit(llvm::StringRef kernel, llvm::ArrayRef<mlir::Type> arguments, Emit emit);
  mlir::MLIRContext *getContext() { return module.getContext(); }

  mlir::ModuleOp module;
  SymbolNames &names;
  Tiles tiles;
  llvm::StringMap<mlir::func::FuncOp> functions;
};

} // namespace sst

#endif // SST_COMPILER_LIB_CPU_KERNELS_H
