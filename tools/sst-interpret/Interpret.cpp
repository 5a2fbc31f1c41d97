//===- Interpret.cpp - sst-interpret as a function --------------------------------------------------------------===//

#include "Interpret.h"

#include "LoadModule.h"
#include "Probes.h"
#include "Tensors.h"
#include "common/Shapes.h"

#include "sst/Compiler/Interpreter.h"
#include "sst/Runtime/sst_runtime.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace sst;

/// The function to run: --function, the only one, or `window`.
static std::string chooseFunction(const InterpretOptions &options, ModuleOp module) {
  if (!options.function.empty())
    return options.function;
  auto functions = module.getOps<func::FuncOp>();
  return llvm::hasSingleElement(functions) ? (*functions.begin()).getName().str() : "window";
}

static bool takesTensors(func::FuncOp function) {
  return llvm::all_of(function.getArgumentTypes(), [](Type type) { return isa<RankedTensorType>(type); });
}

/// Gives an input of rows the three axes that the function wants; whether it has rows at all.
static bool addAxes(HostTensor &tensor, Type type) {
  auto wanted = dyn_cast<RankedTensorType>(type);
  size_t batch, rows;
  if (!wanted || wanted.getRank() != 3 || !readRowsShape(tensor.shape, batch, rows))
    return true;
  int64_t channels = tensor.shape.back();
  tensor.shape = {static_cast<int64_t>(batch), static_cast<int64_t>(rows), channels};
  return !tensor.data.empty();
}

/// What files with test tensors call the input of the model.
static const char *getInputName(const InterpretOptions &options, func::FuncOp function) {
  FamilyTable families = options.frontend.families;
  const Family *family = findFamily(families, function->getParentOfType<ModuleOp>());
  return (family ? family : families.front())->getNames().input.data();
}

/// What --input names. Without any, the one input of a model from a weights file is in that file, as in a golden.
static SmallVector<HostTensor> loadInputs(const InterpretOptions &options, func::FuncOp function, Report &report) {
  std::vector<std::string> sources = options.inputs;
  if (sources.empty() && function.getNumArguments() == 1 && isWeightsFile(options.frontend))
    sources.push_back(options.frontend.inputFile);
  SmallVector<HostTensor> inputs;
  for (auto [index, source] : llvm::enumerate(sources)) {
    std::optional<HostTensor> tensor = loadTensor(source, getInputName(options, function), report);
    if (!tensor)
      continue;
    if (index < function.getNumArguments() && !addAxes(*tensor, function.getArgumentTypes()[index]))
      report.add(source, "",
                 "expects at least one sequence of at least one row, but the input is empty: its shape is " +
                     formatDimensions(tensor->shape));
    inputs.push_back(std::move(*tensor));
  }
  return inputs;
}

/// Inputs of the function's types, with `B` for a dynamic dimension 0 and `T` for a dynamic dimension 1.
static SmallVector<HostTensor> makeInputs(const RandomInput &random, func::FuncOp function, Report &report) {
  constexpr int64_t largest = int64_t(1) << 28;
  SmallVector<HostTensor> inputs;
  uint64_t state = random.seed;
  for (Type type : function.getArgumentTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    SmallVector<int64_t> shape(tensor ? tensor.getShape() : ArrayRef<int64_t>());
    int64_t elements = tensor ? 1 : 0;
    for (auto [dimension, size] : llvm::enumerate(shape)) {
      if (ShapedType::isDynamic(size))
        size = dimension == 0 ? random.batch : random.rows;
      elements = size > largest / std::max<int64_t>(elements, 1) ? largest + 1 : elements * size;
    }
    if (elements == 0 || elements > largest) {
      report.addUsage("--random-input", "cannot make an input of " + formatDimensions(shape), "use --input");
      return {};
    }
    inputs.push_back(makeRandomTensor(shape, state));
  }
  return inputs;
}

/// Compares the first result as --compare says; whether it is equal.
static bool compareResult(const InterpretOptions &options, const HostTensor &result, llvm::raw_ostream &stream,
                          Report &report) {
  std::optional<HostTensor> want = loadTensor(options.compare, "output", report);
  if (!want)
    return true;
  std::optional<Difference> difference = compareTensors(result, *want, options.atol, options.rtol);
  if (!difference) {
    report.add(options.compare, "",
               "expects the shape of the result, " + formatDimensions(result.shape) + ", but got " +
                   formatDimensions(want->shape));
    return true;
  }
  stream << "compare: ";
  describe(*difference, options.atol, options.rtol, stream);
  return difference->beyond == 0;
}

/// Runs `function` and everything that looks at what it computes; whether all comparisons were equal.
static bool runFunction(const InterpretOptions &options, ModuleOp module, func::FuncOp function,
                        ArrayRef<HostTensor> inputs, llvm::raw_ostream &stream, Report &report) {
  for (const std::string &path : {options.output, options.saveInput, options.probeOutput + "/"})
    if (path.size() > 1)
      sst_files_remove_abandoned(path.c_str());
  ProbePrinter printer(options, stream, report);
  TapComparison taps(options, report);
  if (!report.empty())
    return true;
  Interpreter interpreter(module, {}, {}, *options.extensions.evaluations);
  FailureOr<SmallVector<HostTensor>> results =
      interpreter.run(function.getName(), inputs, [&](const ProbePoint &point) {
        printer(point);
        taps(point);
      });
  if (failed(results))
    return true;
  printer.finish();
  for (auto [index, result] : llvm::enumerate(*results)) {
    stream << "result #" << index << ": ";
    summarize(result, options.values, stream);
  }
  bool equal = taps.finish(stream);
  if (results->empty()) {
    if (!options.compare.empty() || !options.output.empty())
      report.add(options.frontend.inputFile, quote(function.getName()), "returns nothing to compare or to write",
                 "choose another one with --function");
    return equal;
  }
  if (!options.output.empty())
    saveTensor(options.output, results->front(), /*single=*/false, report);
  if (!options.compare.empty())
    equal &= compareResult(options, results->front(), stream, report);
  return equal;
}

bool sst::interpret(const InterpretOptions &options, llvm::raw_ostream &stream, Report &report) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  ErrorCollector errors(context, options.frontend.inputFile, report);
  OwningOpRef<ModuleOp> module = loadModule(options, context, report);
  if (!module)
    return true;
  std::string name = chooseFunction(options, *module);
  auto function = module->lookupSymbol<func::FuncOp>(name);
  if (!function || !takesTensors(function)) {
    // The interpreter says which functions there are, or what is wrong with this one.
    (void)Interpreter(*module).run(name, {});
    return true;
  }
  SmallVector<HostTensor> inputs =
      options.randomInput ? makeInputs(*options.randomInput, function, report) : loadInputs(options, function, report);
  if (!report.empty())
    return true;
  if (!options.saveInput.empty() && !inputs.empty())
    saveTensor(options.saveInput, inputs.front(), /*single=*/true, report);
  if (inputs.size() != function.getNumArguments()) {
    report.addUsage("--input",
                    "expects " + Twine(function.getNumArguments()) + " inputs for function " + quote(name) +
                        ", but got " + Twine(inputs.size()),
                    "give one --input for each argument, or --random-input=BxT");
    return true;
  }
  return runFunction(options, *module, function, inputs, stream, report);
}
