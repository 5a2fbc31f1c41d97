//===- Evaluation.cpp - what a program computes, and whether that is the same -----------------------------------===//

#include "Evaluation.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace sst;

Evaluation::Evaluation(const RandomProgram &program, uint64_t seed) : program(program) {
  Random random(seed);
  for (const RandomFunction &function : program.functions) {
    Results arguments;
    for (const auto &shape : function.inputShapes) {
      HostTensor tensor;
      tensor.shape = shape;
      int64_t count = 1;
      for (int64_t size : shape)
        count *= size;
      for (int64_t i = 0; i < count; ++i)
        tensor.data.push_back(static_cast<float>(random.uniform(-2, 2)));
      arguments.push_back(std::move(tensor));
    }
    inputs.push_back(std::move(arguments));
  }
}

std::optional<Outputs> Evaluation::run(ModuleOp module, InterpreterNoise noise) const {
  Interpreter interpreter(module, {}, noise);
  Outputs outputs;
  for (auto [function, arguments] : llvm::zip_equal(program.functions, inputs)) {
    outputs.emplace_back();
    auto version = module.lookupSymbol<func::FuncOp>(function.name);
    auto original = program.module.get().lookupSymbol<func::FuncOp>(function.name);
    if (!version && original.isPrivate())
      continue;
    FailureOr<Results> results = interpreter.run(function.name, arguments);
    if (failed(results))
      return std::nullopt;
    outputs.back() = std::move(*results);
  }
  return outputs;
}

static bool isSame(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

static std::string describe(size_t function, size_t result, size_t element, double got, double want) {
  return llvm::formatv("function #{0}, result #{1}, element {2}: {3:e9} instead of {4:e9}", function, result, element,
                       got, want);
}

/// Calls `visit` with function, result and element of each pair of values, until it returns true. A difference of
/// shapes is a result in words.
static std::string compareAll(const Outputs &got, const Outputs &want,
                              llvm::function_ref<bool(size_t, size_t, size_t, double, double)> isDifferent) {
  for (size_t f = 0; f < want.size(); ++f) {
    if (got[f].empty()) // a private function that is no longer there
      continue;
    if (got[f].size() != want[f].size())
      return llvm::formatv("function #{0}: {1} results instead of {2}", f, got[f].size(), want[f].size());
    for (size_t r = 0; r < want[f].size(); ++r) {
      if (got[f][r].shape != want[f][r].shape)
        return llvm::formatv("function #{0}: result #{1} has another shape", f, r);
      for (size_t i = 0; i < want[f][r].data.size(); ++i)
        if (isDifferent(f, r, i, got[f][r].data[i], want[f][r].data[i]))
          return describe(f, r, i, got[f][r].data[i], want[f][r].data[i]);
    }
  }
  return "";
}

std::string sst::findDifference(const Outputs &got, const Outputs &want) {
  return compareAll(got, want, [](size_t, size_t, size_t, double a, double b) { return !isSame(a, b); });
}

Tolerance::Tolerance(const Outputs &want, double atol, double rtol) : want(want) {
  for (const Results &results : want) {
    auto &tolerances = rows.emplace_back();
    for (const HostTensor &tensor : results) {
      int64_t channels = tensor.shape.back();
      auto &own = tolerances.emplace_back(tensor.data.size() / channels, atol);
      for (size_t i = 0; i < tensor.data.size(); ++i)
        own[i / channels] = std::max(own[i / channels], atol + rtol * std::fabs(tensor.data[i]));
    }
  }
}

void Tolerance::widen(const Outputs &noisy) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (size_t f = 0; f < noisy.size(); ++f)
    for (size_t r = 0; r < noisy[f].size(); ++r)
      for (size_t i = 0; i < noisy[f][r].data.size(); ++i) {
        double &row = rows[f][r][i / noisy[f][r].shape.back()];
        double distance = std::fabs(noisy[f][r].data[i] - want[f][r].data[i]);
        row = std::isfinite(distance) ? std::max(row, 16 * distance) : infinity;
      }
}

std::string Tolerance::findDifference(const Outputs &got) const {
  return compareAll(got, want, [&](size_t f, size_t r, size_t i, double a, double b) {
    double tolerance = rows[f][r][i / want[f][r].shape.back()];
    return !isSame(a, b) && !std::isinf(tolerance) && !(std::fabs(a - b) <= tolerance);
  });
}

std::string sst::findUnexplained(const Outputs &got, const Outputs &want, double atol, double rtol,
                                 llvm::function_ref<std::optional<Outputs>(InterpreterNoise)> run,
                                 InterpreterNoise noise) {
  Tolerance tolerance(want, atol, rtol);
  std::string difference = tolerance.findDifference(got);
  // Few runs explain nearly everything; steps of a function, as those of a layer norm, need luck.
  for (int samples = 0; !difference.empty() && samples < 40; ++samples) {
    noise.seed = static_cast<uint64_t>(samples);
    std::optional<Outputs> noisy = run(noise);
    if (!noisy)
      return "a run with noise fails";
    tolerance.widen(*noisy);
    difference = tolerance.findDifference(got);
  }
  return difference;
}
