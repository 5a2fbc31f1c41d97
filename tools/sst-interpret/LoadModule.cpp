//===- LoadModule.cpp - from the command line to a module -------------------------------------------------------===//
//
// A model's file is MLIR if it ends in .mlir or .mlirbc, else it is for the front end. Text is untrusted: it is
// bounded before and after parsing, and only then verified.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "LoadModule.h"

#include "sst/Compiler/Import.h"
#include "sst/Compiler/InitAllDialects.h"
#include "sst/Compiler/Interpreter.h"
#include "sst/Compiler/Nesting.h"
#include "sst/Compiler/Passes.h"
#include "sst/Compiler/Pipelines.h"
#include "sst/Runtime/sst_runtime.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

using namespace mlir;
using namespace sst;

ErrorCollector::ErrorCollector(MLIRContext &context, std::string file, Report &report)
    : file(std::move(file)), report(report), handler(&context, [this](Diagnostic &diagnostic) { handle(diagnostic); }) {
  // Whole ops in messages may be megabytes of weights.
  context.printOpOnDiagnostic(false);
}

void ErrorCollector::handle(Diagnostic &diagnostic) {
  if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
    return;
  std::string where = file;
  Location loc = diagnostic.getLocation();
  // A whole file has line 0.
  if (auto place = loc->findInstanceOf<FileLineColLoc>(); place && place.getLine() != 0)
    where = (place.getFilename().getValue() + ":" + Twine(place.getLine()) + ":" + Twine(place.getColumn())).str();
  StringRef name = getLocationName(loc);
  std::string what = diagnostic.str();
  for (Diagnostic &note : diagnostic.getNotes())
    what += " (" + note.str() + ")";
  report.add(where, name.empty() ? "" : quote(name), what);
}

static bool isModuleFile(StringRef file) { return file.ends_with(".mlir") || file.ends_with(".mlirbc"); }

bool sst::isWeightsFile(const FrontendOptions &options) {
  return !options.randomWeights && !isModuleFile(options.inputFile);
}

/// The bytes of the file, with the NUL behind them that the parser needs.
static std::unique_ptr<llvm::MemoryBuffer> readBytes(const std::string &file, Report &report) {
  void *bytes;
  size_t size;
  sst_error_t error;
  if (sst_file_read(file.c_str(), &bytes, &size, &error) != SST_STATUS_OK) {
    report.add(file, error);
    return nullptr;
  }
  StringRef text(static_cast<const char *>(bytes), size);
  text.consume_front("\xef\xbb\xbf"); // a byte-order mark
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(text, file);
  free(bytes);
  return buffer;
}

static OwningOpRef<ModuleOp> parseModule(const InterpretOptions &options, MLIRContext &context, Report &report) {
  const std::string &file = options.frontend.inputFile;
  std::unique_ptr<llvm::MemoryBuffer> buffer = readBytes(file, report);
  if (!buffer)
    return {};
  bool bytecode = isBytecode(*buffer);
  if (bytecode && !options.allowBytecode) {
    report.add(file, "", "is MLIR bytecode, which is not checked as text is",
               "give --allow-bytecode if you trust it, or write it as text");
    return {};
  }
  if (!bytecode && !checkNesting(buffer->getBuffer(), file, report))
    return {};
  context.loadAllAvailableDialects();
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  ParserConfig config(&context, /*verifyAfterParse=*/false);
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(sources, config);
  if (!module || !checkNesting(*module, file, report) || failed(verify(*module)) || failed(checkModuleSize(*module)))
    return {};
  return module;
}

static OwningOpRef<ModuleOp> importFromWeights(const InterpretOptions &options, MLIRContext &context, Report &report) {
  std::optional<Model> model = loadModel(options.frontend, report);
  if (!model)
    return {};
  return importModel(context, *model);
}

/// Runs --passes; false if that went wrong.
static bool runPasses(const InterpretOptions &options, ModuleOp module, Report &report) {
  if (options.passes.empty())
    return true;
  registerTransformsPasses();
  registerSSTPasses();
  registerSSTPipelines();
  PassManager passes(module.getContext(), ModuleOp::getOperationName());
  std::string problem;
  llvm::raw_string_ostream stream(problem);
  if (failed(parsePassPipeline(options.passes, passes, stream))) {
    StringRef what = StringRef(problem).split('\n').first;
    what = what.substr(std::min(what.size(), what.find("error: "))).trim();
    what.consume_front("error: ");
    report.addUsage("--passes", what, "see sst-opt --help for the passes");
    return false;
  }
  return succeeded(passes.run(module));
}

OwningOpRef<ModuleOp> sst::loadModule(const InterpretOptions &options, MLIRContext &context, Report &report) {
  size_t problems = report.size();
  DialectRegistry registry;
  registerAllDialects(registry);
  if (options.extensions.registerDialects)
    options.extensions.registerDialects(registry);
  context.appendDialectRegistry(registry);
  OwningOpRef<ModuleOp> module = isModuleFile(options.frontend.inputFile) ? parseModule(options, context, report)
                                                                          : importFromWeights(options, context, report);
  if (module && runPasses(options, *module, report))
    return module;
  if (report.size() == problems)
    report.add(options.frontend.inputFile, "", "cannot be read, for a reason that MLIR keeps to itself",
               "see what sst-opt says of it");
  return {};
}
