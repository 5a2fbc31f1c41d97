//===- EmitOutputs.cpp - code of all variants, and the files of an artefact ---------------------------------------===//
//
// Kernels of each variant and the rest of an artefact are parts, made side by side and then merged.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Compilation.h"

#include "sst/Compiler/Artifact.h"
#include "sst/Compiler/WeightBlob.h"

#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/Support/Path.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace mlir;
using namespace sst;

/// Keeps what LLVM says; its own handler would end the program.
static void handleLLVMDiagnostic(const llvm::DiagnosticInfo *diagnostic, void *problems) {
  if (diagnostic->getSeverity() != llvm::DS_Error)
    return;
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::DiagnosticPrinterRawOStream printer(stream);
  diagnostic->print(printer);
  static_cast<std::vector<std::string> *>(problems)->push_back(text);
}

/// Reports what LLVM has said; whether nothing is wrong.
bool Compilation::reportParts() {
  for (const Part &part : parts)
    for (const std::string &problem : part.problems)
      report.add("code generation", "", problem);
  return report.empty();
}

/// Number of instructions in a module.
static size_t countInstructions(const llvm::Module &module) {
  size_t count = 0;
  for (const llvm::Function &function : module)
    count += function.getInstructionCount();
  return count;
}

/// An optimised module of the artefact: the first part is the model, the others are the kernels of the variants.
std::unique_ptr<llvm::Module> Compilation::makePart(llvm::LLVMContext &llvmContext, size_t part) {
  llvmContext.setDiagnosticHandlerCallBack(handleLLVMDiagnostic, &parts[part].problems);
  std::vector<LoweredVariant> lowered;
  for (Variant &variant : variants)
    lowered.push_back({variant.name, *variant.module});
  auto made = part == 0 ? createModel(llvmContext, lowered, info, getSymbolScope())
                        : translateKernels(llvmContext, lowered[part - 1], info);
  if (failed(made))
    return nullptr;
  optimizeModule(**made);
  parts[part].instructions = countInstructions(**made);
  return std::move(*made);
}

/// All of the artefact as one module.
std::unique_ptr<llvm::Module> Compilation::makeModule(llvm::LLVMContext &llvmContext) {
  std::unique_ptr<llvm::Module> model = makePart(llvmContext, 0);
  std::vector<std::unique_ptr<llvm::Module>> kernels;
  for (size_t part = 1; part < parts.size(); ++part)
    kernels.push_back(makePart(llvmContext, part));
  FailureOr<std::string> weights = buildWeightBlob(*variants.front().module);
  if (!model || llvm::is_contained(kernels, nullptr) || failed(weights))
    return nullptr;
  linkModules(*model, std::move(kernels), *weights, getSymbolScope());
  return model;
}

/// Replaces what takes up the most text by a declaration.
static void elideWeights(llvm::Module &module) {
  llvm::GlobalVariable *weights = module.getGlobalVariable(kWeightsSymbol, /*AllowInternal=*/true);
  weights->setInitializer(nullptr);
  weights->setLinkage(llvm::GlobalValue::ExternalLinkage);
}

static std::string printIR(const llvm::Module &module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream, nullptr);
  return text;
}

/// Writes LLVM IR and assembly to the folder of dumps, and adds the one that is the output.
bool Compilation::emitText() {
  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::Module> model = makeModule(llvmContext);
  if (!model)
    return false;
  EmitKind kind = getEmitKind(options);
  if (kind == EmitKind::LLVM)
    outputs.add(getOutputPath("", ".ll"), printIR(*model));
  if (!options.dumpFolder.empty()) {
    // Generating code changes the module.
    std::unique_ptr<llvm::Module> copy = llvm::CloneModule(*model);
    if (!options.dumpWeights)
      elideWeights(*copy);
    if (!dump("7.object.ll", printIR(*copy)))
      return false;
    SmallVector<char, 0> assembly = sst::emitCode(*copy, CodeKind::Assembly);
    if (!dump("7.object.s", StringRef(assembly.data(), assembly.size())))
      return false;
  }
  if (kind == EmitKind::Assembly) {
    SmallVector<char, 0> assembly = sst::emitCode(*model, CodeKind::Assembly);
    outputs.add(getOutputPath("", ".s"), std::string(assembly.data(), assembly.size()));
  }
  return reportParts();
}

/// Generates the code of all parts side by side.
bool Compilation::emitObject() {
  std::vector<SmallVector<char, 0>> objects(parts.size());
  FailureOr<std::string> weights = failure();
  bool good = runParts(parts.size(), [&](size_t part) {
    if (part == 0)
      weights = buildWeightBlob(*variants.front().module);
    llvm::LLVMContext llvmContext;
    std::unique_ptr<llvm::Module> made = makePart(llvmContext, part);
    if (made)
      objects[part] = sst::emitCode(*made, CodeKind::Object);
    return made != nullptr;
  });
  if (!reportParts() || !good || failed(weights))
    return false;
  llvm::Expected<std::string> object = mergeObjects(objects, *weights, getSymbolScope());
  if (object)
    return addArtefact(std::move(*object));
  report.add("code generation", "", llvm::toString(object.takeError()));
  return false;
}

std::string Compilation::getOutputPath(StringRef prefix, StringRef extension) const {
  return options.output.empty() ? (prefix + info.name + extension).str() : options.output;
}

/// Adds header and JSON beside the output: `libpolicy.a` and `policy.so` have a `policy.h`.
void Compilation::addDescription(StringRef path) {
  if (options.noHeader)
    return;
  ArtifactInfo artifact;
  artifact.model = info;
  artifact.options = modelOptions;
  for (const Variant &variant : variants)
    artifact.variants.push_back(variant.name);
  artifact.workspace = workspace;
  EmitKind kind = getEmitKind(options);
  artifact.kind = stringifyEmitKind(kind).str();
  artifact.weightsBytes = getWeightBlobBytes(*variants.front().module);
  StringRef stem = getOutputStem(path);
  if (kind != EmitKind::Object && stem.size() > 3)
    stem.consume_front("lib");
  for (StringRef extension : {".h", ".json"}) {
    SmallString<256> beside(llvm::sys::path::parent_path(path));
    llvm::sys::path::append(beside, stem + extension);
    outputs.add(beside.str().str(), extension == ".h" ? makeHeader(artifact) : makeJson(artifact));
  }
}

bool Compilation::addArtefact(std::string object) {
  EmitKind kind = getEmitKind(options);
  std::string path = getOutputPath(kind == EmitKind::Static ? "lib" : "", kind == EmitKind::Object   ? ".o"
                                                                          : kind == EmitKind::Static ? ".a"
                                                                                                     : ".so");
  if (kind == EmitKind::Object) {
    outputs.add(path, std::move(object));
  } else if (kind == EmitKind::Static) {
    outputs.add(path, makeArchive(info.name, object));
  } else {
    std::optional<std::string> library = linkSharedLibrary(object, report);
    if (!library)
      return false;
    outputs.add(path, std::move(*library), /*executable=*/true);
  }
  addDescription(path);
  return true;
}

bool Compilation::emitCode() {
  Clock::time_point start = Clock::now();
  // Memory was planned before the variants were split.
  workspace = getWorkspaceSize(*variants.front().module);
  info.stateBytes = getStateBytes(*variants.front().module);
  diagnostics.setStage(Stage::Object);
  parts.resize(1 + variants.size());
  EmitKind kind = getEmitKind(options);
  bool isText = kind == EmitKind::LLVM || kind == EmitKind::Assembly;
  bool needsText = isText || !options.dumpFolder.empty();
  bool good = (!needsText || emitText()) && (isText || emitObject());
  size_t instructionCount = 0;
  for (const Part &part : parts)
    instructionCount += part.instructions;
  times.push_back({"object", instructionCount, getMilliseconds(start)});
  return good || fail();
}

bool Compilation::emitModule() {
  ModuleOp result = variants.empty() ? *module : *variants.front().module;
  StringRef variant = variants.empty() ? StringRef() : StringRef(variants.front().name);
  outputs.add(getOutputPath("", ".mlir"), printModule(result, current, variant, !options.elideWeights));
  return true;
}
