//===- Tensors.h - tensors from files, to files, and compared -----------------------------------------*- C++ -*-===//

#ifndef SST_TOOLS_SST_INTERPRET_TENSORS_H
#define SST_TOOLS_SST_INTERPRET_TENSORS_H

#include "Options.h"

#include "sst/Compiler/Interpreter.h"

#include "llvm/Support/raw_ostream.h"

#include <optional>

namespace sst {

/// The tensor that `source` (FILE or FILE:tensor) names; see sst_array_load.
std::optional<HostTensor> loadTensor(const std::string &source, const char *defaultName, Report &report);

/// Writes a .npy file of float64 or, if `single`, of float32.
void saveTensor(const std::string &path, const HostTensor &tensor, bool single, Report &report);

/// A tensor of this shape with values in [-2, 2) that float32 holds exactly. `state` is the generator's; the same
/// state gives the same values on every machine.
HostTensor makeRandomTensor(llvm::ArrayRef<int64_t> shape, uint64_t &state);

/// "[2, 60, 256]".
std::string formatDimensions(llvm::ArrayRef<int64_t> shape);

/// Writes shape, range, mean and the first `count` values on one line.
void summarize(const HostTensor &tensor, uint64_t count, llvm::raw_ostream &stream);

/// The largest difference of two tensors.
struct Difference {
  double largest = 0, got = 0, want = 0;
  /// Where it is; empty if the tensors are.
  llvm::SmallVector<int64_t> index;
  /// Elements, and how many of them are not equal within the tolerance.
  uint64_t count = 0, beyond = 0;
};

/// Compares tensors whose shapes are equal but for sizes of 1, or `want` [batch, channels] with the last rows of `got`
/// [batch, rows, channels]; nothing if they cannot be compared. NaN equals NaN; an infinite `want` must be met exactly.
std::optional<Difference> compareTensors(const HostTensor &got, const HostTensor &want, double atol, double rtol);

/// Writes "largest difference 1e-7 at [0, 3] (got 1, want 2)" and whether that is within the tolerance.
void describe(const Difference &difference, double atol, double rtol, llvm::raw_ostream &stream);

} // namespace sst

#endif // SST_TOOLS_SST_INTERPRET_TENSORS_H
