//===- DescribeRounding.cpp - what rounded weights change -------------------------------------------------------===//

#include "Driver.h"

#include "sst/Compiler/Interpreter.h"
#include "sst/Runtime/sst_runtime.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mlir;
using namespace sst;

/// The input that a file of weights may hold beside them.
static std::optional<HostTensor> readInput(const std::string &file, StringRef name) {
  sst_array_t array = {};
  if (sst_array_load((file + ":" + name.str()).c_str(), nullptr, &array, nullptr) != SST_STATUS_OK)
    return std::nullopt;
  llvm::scope_exit release([&] { sst_array_free(&array); });
  HostTensor input;
  input.shape.assign(array.shape, array.shape + array.rank);
  if (array.rank == 2)
    input.shape.insert(input.shape.begin(), 1);
  input.data.assign(array.data, array.data + array.elements);
  return input;
}

/// The outputs of the model with its weights stored as `storage`, in float64.
static FailureOr<std::vector<double>> computeWindow(MLIRContext &context, FrontendOptions frontend, Storage storage,
                                                    const HostTensor &input) {
  Report ignored;
  frontend.weightStorage = storage;
  std::optional<Model> model = loadModel(frontend, ignored);
  if (!model)
    return failure();
  OwningOpRef<ModuleOp> module = importModel(context, *model);
  // An input of other sizes is no error: the model is compiled all the same.
  ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) { return success(); });
  auto outputs = Interpreter(*module).run("window", {input});
  if (failed(outputs))
    return failure();
  return std::move(outputs->front().data);
}

std::string sst::describeRounding(MLIRContext &context, const FrontendOptions &frontend, const Family &family) {
  StringRef inputName = family.getNames().input;
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << stringifyStorage(frontend.weightStorage) << " weights: ";
  std::optional<HostTensor> input = readInput(frontend.inputFile, inputName);
  if (!input) {
    stream << "no '" << inputName << "' beside the weights to measure the change with\n";
    return text;
  }
  auto exact = computeWindow(context, frontend, Storage::F32, *input);
  auto rounded = computeWindow(context, frontend, frontend.weightStorage, *input);
  if (failed(exact) || failed(rounded)) {
    stream << "the change cannot be measured with '" << inputName << "'\n";
    return text;
  }
  double difference = 0, largest = 0;
  for (auto [x, y] : llvm::zip_equal(*exact, *rounded)) {
    if (std::isnan(x - y)) {
      stream << "the change cannot be measured: an output is not finite\n";
      return text;
    }
    difference = std::max(difference, std::fabs(x - y));
    largest = std::max(largest, std::fabs(x));
  }
  stream << llvm::format("largest change of window on '%s' in float64: %.3g, of outputs up to %.3g\n", inputName.data(),
                         difference, largest);
  return text;
}
