//===- Evaluation.h - what a program computes, and whether that is the same ---------------------------------*- C++
//-*-===//

#ifndef SST_TEST_RANDOMPROGRAMS_EVALUATION_H
#define SST_TEST_RANDOMPROGRAMS_EVALUATION_H

#include "Generator.h"

#include "sst/Compiler/Interpreter.h"

namespace sst {

/// The results of a function.
using Results = llvm::SmallVector<HostTensor>;
/// Of each function of a program; empty for one that is no longer there.
using Outputs = std::vector<Results>;

/// Rounding of f32, doubled, for InterpreterNoise.
inline constexpr double kRounding = 1.0 / (1 << 23);

/// Inputs of the functions of a program, and the interpreter.
class Evaluation {
public:
  /// Every value of the inputs is in [-2, 2), and f32 holds it exactly.
  Evaluation(const RandomProgram &program, uint64_t seed);

  /// Runs all functions in a version of the program; nothing if one cannot be run, which is a diagnostic. A private
  /// function may be missing.
  std::optional<Outputs> run(mlir::ModuleOp module, InterpreterNoise noise = {}) const;
  const std::vector<Results> &getInputs() const { return inputs; }

private:
  const RandomProgram &program;
  std::vector<Results> inputs;
};

/// The first difference between `got` and `want`, in words; empty if every value is equal. NaN equals NaN.
std::string findDifference(const Outputs &got, const Outputs &want);

/// Widens a tolerance by how far a value moves when arithmetic rounds. Kept for each row of channels.
class Tolerance {
public:
  /// The least that is tolerated: atol + rtol * the largest value of the row.
  Tolerance(const Outputs &want, double atol, double rtol);
  /// Adds 16 times the distance of a run with noise from the one without.
  void widen(const Outputs &noisy);
  /// Like findDifference, beyond the tolerance. Rows that are not finite with noise are not compared.
  std::string findDifference(const Outputs &got) const;

private:
  const Outputs &want;
  /// By function and result, one number per row.
  std::vector<std::vector<std::vector<double>>> rows;
};

/// Whether `got` is `want` but for what rounding explains: by as many runs with noise as are needed to tell. Empty, or
/// a difference in words.
std::string findUnexplained(const Outputs &got, const Outputs &want, double atol, double rtol,
                            llvm::function_ref<std::optional<Outputs>(InterpreterNoise)> run, InterpreterNoise noise);

} // namespace sst

#endif // SST_TEST_RANDOMPROGRAMS_EVALUATION_H
