//===- ReadModule.cpp - a module from untrusted text ------------------------------------------------------------===//
//
// Bounds the text, parses it, bounds what came out, verifies it, and finds out which stage made it.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Driver.h"

#include "sst/Compiler/InitAllDialects.h"
#include "sst/Dialect/SSTInterfaces.h"
#include "sst/Dialect/SSTOps.h"
#include "sst/Runtime/sst_runtime.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

#include <cstdlib>
#include <cstring>

using namespace mlir;
using namespace sst;

/// The bytes of the file, with the NUL behind them that the text parser needs and where the bytecode reader wants them:
/// at an address that is a multiple of what the weights are aligned to.
static std::unique_ptr<llvm::MemoryBuffer> readBytes(const std::string &file, Report &report) {
  void *bytes;
  size_t size;
  sst_error_t error;
  if (sst_file_read(file.c_str(), &bytes, &size, &error) != SST_STATUS_OK) {
    report.add(file, error);
    return nullptr;
  }
  auto buffer = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(size, file, llvm::Align(4096));
  if (!buffer)
    report.add(file, "", "no memory for its " + Twine(size) + " bytes");
  else if (size != 0)
    std::memcpy(buffer->getBufferStart(), bytes, size);
  free(bytes);
  return buffer;
}

/// Names end up in text that others read.
static LogicalResult checkNames(ModuleOp module) {
  for (auto symbol : module.getOps<SymbolOpInterface>())
    if (!isPrintableName(symbol.getName()))
      return symbol->emitOpError("expects a name of UTF-8 that can be printed, but got ") << symbol.getNameAttr();
  return success();
}

/// Parses a module. Damaged text can make MLIR's own parser crash, as llvm.insertvalue at position 2^32 of a structure
/// does; what it has allocated is lost then.
static OwningOpRef<ModuleOp> parseText(const llvm::SourceMgr &sources, const ParserConfig &config, StringRef file,
                                       Report &report) {
  OwningOpRef<ModuleOp> module;
  llvm::CrashRecoveryContext recovery;
  if (!recovery.RunSafely([&] { module = parseSourceFile<ModuleOp>(sources, config); }))
    report.add(file, "", "is damaged: MLIR's parser crashes on it", "write it again with sst-compile");
  return module;
}

static OwningOpRef<ModuleOp> parse(const CompileOptions &options, MLIRContext &context, Report &report) {
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
  // Only when a module is read: nothing else needs all dialects.
  DialectRegistry registry;
  registerAllDialects(registry);
  if (options.extensions.registerDialects)
    options.extensions.registerDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  ParserConfig config(&context, /*verifyAfterParse=*/false);
  OwningOpRef<ModuleOp> module = parseText(sources, config, file, report);
  if (!module || !checkNesting(*module, file, report) || failed(verify(*module)) || failed(checkNames(*module)) ||
      failed(checkModuleSize(*module)))
    return {};
  return module;
}

/// Finds out which stage made the module and removes the attributes that say it.
static bool identifyStage(InputModule &input, const CompileOptions &options, Report &report) {
  const std::string &file = options.frontend.inputFile;
  auto stageAttr = (*input.module)->getAttrOfType<StringAttr>(kStageAttr);
  std::optional<Stage> stated = stageAttr ? parseStage(stageAttr.getValue()) : std::nullopt;
  if (stageAttr && (!stated || *stated == Stage::Object)) {
    report.add(file, "'sst.stage'", "expects the name of a stage before object, but got " + quote(stageAttr.getValue()),
               "compile a module that sst-compile wrote");
    return false;
  }
  if (!stated && !options.compileFrom) {
    report.addUsage("--compile-from", "is missing, and " + quote(file) + " does not say which stage made it",
                    "give for instance --compile-from=import");
    return false;
  }
  if (stated && options.compileFrom && *stated != *options.compileFrom) {
    report.add(file, "'sst.stage'",
               "expects " + stringifyStage(*options.compileFrom) + ", as --compile-from says, but got " +
                   stringifyStage(*stated),
               "leave out --compile-from");
    return false;
  }
  input.stage = stated ? *stated : *options.compileFrom;
  (*input.module)->removeAttr(kStageAttr);
  return true;
}

/// Finds out which CPU variant the module is for, if it is for one.
static bool identifyVariant(InputModule &input, const CompileOptions &options, Report &report) {
  const std::string &file = options.frontend.inputFile;
  auto attribute = (*input.module)->getAttrOfType<StringAttr>(kVariantAttr);
  StringRef variant = attribute ? attribute.getValue() : StringRef();
  (*input.module)->removeAttr(kVariantAttr);
  if (!isPerVariant(input.stage))
    return true;
  if (!attribute && options.targets.size() == 1)
    variant = options.targets.front();
  if (!findVariant(variant)) {
    report.add(file, "'sst.variant'",
               attribute ? "expects a CPU variant, but got " + quote(variant) : "expects a CPU variant, but is missing",
               "give --target=x86-64-v3, --target=x86-64-v4 or --target=aarch64");
    return false;
  }
  if (!options.targets.empty() && options.targets != std::vector<std::string>{variant.str()}) {
    report.addUsage("--target", "expects " + variant + ", for which " + quote(file) + " was made",
                    "leave it out, or start from a stage before loops");
    return false;
  }
  input.variant = variant.str();
  return true;
}

/// Reports a stage to stop at that lies behind, or for which the variant is not clear.
static bool checkLastStage(const InputModule &input, const CompileOptions &options, Report &report) {
  Stage last = getLastStage(options, input.stage);
  if (last < input.stage) {
    report.addUsage("--compile-to",
                    "expects a stage from " + stringifyStage(input.stage) + " on, but got " + stringifyStage(last),
                    "start from an earlier module");
    return false;
  }
  if (isPerVariant(last) && input.variant.empty() && options.targets.size() != 1) {
    report.addUsage("--compile-to",
                    "expects one --target with " + stringifyStage(last) +
                        ", whose result differs by CPU variant, but got " +
                        Twine(options.targets.empty() ? 2 : options.targets.size()),
                    "give for instance --target=x86-64-v3");
    return false;
  }
  return true;
}

/// Checks that `window` attends to all rows and the other functions to as many as `sst.stream` says: callers and the
/// entry code rely on it. From stage loops on there is no attention to look at.
static bool checkAttention(ModuleOp module, const std::string &file, Report &report) {
  auto stream = module->getAttrOfType<DictionaryAttr>("sst.stream");
  auto describe = [](std::optional<int64_t> window) { return window ? std::to_string(*window) : "none"; };
  auto attribute = stream ? stream.getAs<IntegerAttr>("attention_window") : IntegerAttr();
  auto stated = attribute ? std::optional(attribute.getValue().getSExtValue()) : std::nullopt;
  bool good = true;
  for (StringRef name : getFunctionNames()) {
    std::optional<int64_t> wanted = name == "window" ? std::nullopt : stated;
    auto check = [&](Operation *op) {
      for (const StateSlot &state : getStates(op)) {
        if (state.kind != StateKind::AllRows || state.window == wanted)
          continue;
        report.add(file, "function '" + name.str() + "'",
                   "expects attention windows of " + describe(wanted) + ", but got " + describe(state.window),
                   "only the functions other than 'window' have one, that of 'sst.stream'");
        good = false;
        return WalkResult::interrupt();
      }
      return WalkResult::advance();
    };
    if (Operation *function = module.lookupSymbol(name))
      function->walk(check);
  }
  return good;
}

std::optional<InputModule> sst::readModule(const CompileOptions &options, MLIRContext &context, Report &report) {
  size_t problems = report.size();
  InputModule input;
  input.module = parse(options, context, report);
  if (!input.module) {
    if (report.size() == problems)
      report.add(options.frontend.inputFile, "", "cannot be parsed, for a reason that the parser keeps to itself");
    return std::nullopt;
  }
  if (!identifyStage(input, options, report) || !identifyVariant(input, options, report) ||
      !checkLastStage(input, options, report) || !checkAttention(*input.module, options.frontend.inputFile, report))
    return std::nullopt;
  return input;
}
