//===- OutputKind.cpp - what the name of the output says that it is ---------------------------------------------===//

#include "Driver.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace sst;
using llvm::StringRef;
using llvm::Twine;

namespace {
/// An ending of names that says what is in the file.
struct Ending {
  llvm::StringLiteral text;
  /// For messages: `policy.dll names ...`.
  llvm::StringLiteral what;
  /// What sst-compile writes under such a name; nothing if that is another program's work.
  std::optional<EmitKind> kind;
};
} // namespace

static constexpr llvm::StringLiteral windows = "a file of Windows", macOS = "a library of macOS",
                                     source = "a source file", header = "a C header", bytecode = "binary IR",
                                     weights = "a file of tensors", archive = "an archive";

/// In lower case. The first ending of a kind is the one that messages suggest.
static constexpr Ending endings[] = {
    {".o", "an object", EmitKind::Object},
    {".obj", "an object", EmitKind::Object},
    {".lo", "an object", EmitKind::Object},
    {".a", "a static library", EmitKind::Static},
    {".so", "a shared library", EmitKind::Shared},
    {".ll", "LLVM IR", EmitKind::LLVM},
    {".s", "assembly", EmitKind::Assembly},
    {".asm", "assembly", EmitKind::Assembly},
    {".mlir", "MLIR", EmitKind::MLIR},
    {".bc", bytecode, std::nullopt},
    {".mlirbc", bytecode, std::nullopt},
    {".dll", windows, std::nullopt},
    {".lib", windows, std::nullopt},
    {".exe", windows, std::nullopt},
    {".dylib", macOS, std::nullopt},
    {".c", source, std::nullopt},
    {".cc", source, std::nullopt},
    {".cpp", source, std::nullopt},
    {".cxx", source, std::nullopt},
    {".cu", source, std::nullopt},
    {".py", source, std::nullopt},
    {".rs", source, std::nullopt},
    {".ex", source, std::nullopt},
    {".exs", source, std::nullopt},
    {".h", header, std::nullopt},
    {".hh", header, std::nullopt},
    {".hpp", header, std::nullopt},
    {".json", "a JSON file", std::nullopt},
    {".safetensors", weights, std::nullopt},
    {".npy", weights, std::nullopt},
    {".npz", weights, std::nullopt},
    {".onnx", weights, std::nullopt},
    {".pt", weights, std::nullopt},
    {".pth", weights, std::nullopt},
    {".gguf", weights, std::nullopt},
    {".h5", weights, std::nullopt},
    {".ptx", "GPU assembly", std::nullopt},
    {".wasm", "WebAssembly", std::nullopt},
    {".zip", archive, std::nullopt},
    {".tar", archive, std::nullopt},
    {".gz", archive, std::nullopt},
    {".whl", archive, std::nullopt},
};

/// `policy` of `lib/policy.o` and of `policy.so.1.2`, and the ending `.o` and `.so`.
static std::pair<StringRef, StringRef> splitName(StringRef path) {
  StringRef name = llvm::sys::path::filename(path), rest = name;
  // The version of a shared library.
  while (!llvm::sys::path::extension(rest).empty() &&
         llvm::all_of(llvm::sys::path::extension(rest).drop_front(), llvm::isDigit))
    rest = llvm::sys::path::stem(rest);
  if (!llvm::sys::path::extension(rest).equals_insensitive(".so"))
    rest = name;
  return {llvm::sys::path::stem(rest), llvm::sys::path::extension(rest)};
}

static const Ending *findEnding(StringRef path) {
  std::string text = splitName(path).second.lower();
  const auto *ending = llvm::find_if(endings, [&](const Ending &e) { return e.text == text; });
  return ending == std::end(endings) ? nullptr : ending;
}

static const Ending &getEnding(EmitKind kind) {
  return *llvm::find_if(endings, [&](const Ending &ending) { return ending.kind == kind; });
}

StringRef sst::getOutputStem(StringRef path) { return splitName(path).first; }

std::optional<EmitKind> sst::getKindOfName(StringRef path) {
  const Ending *ending = findEnding(path);
  return ending ? ending->kind : std::nullopt;
}

/// The flag that says what is written, as the user gave it; empty if only the name does.
static std::string getKindFlag(const CompileOptions &options) {
  if (options.emit)
    return ("--emit=" + stringifyEmitKind(*options.emit)).str();
  return options.compileTo ? ("--compile-to=" + stringifyStage(*options.compileTo)).str() : "";
}

void sst::checkOutputName(const CompileOptions &options, Report &report) {
  const Ending *ending = findEnding(options.output);
  // Stage object makes machine code of any kind.
  bool anyCode = !options.emit && options.compileTo == Stage::Object;
  EmitKind kind = anyCode ? EmitKind::Object : getEmitKind(options);
  bool hasDescription = isBinary(kind) && !options.noHeader;
  // OutputFiles says it of names that header and JSON file need.
  if (!ending || ending->kind == kind || (hasDescription && (ending->text == ".h" || ending->text == ".json")) ||
      (anyCode && ending->kind && ending->kind != EmitKind::MLIR))
    return;
  std::string flag = getKindFlag(options);
  std::string says = quote(options.output) + " names " + ending->what.str();
  std::string remedy = "name it " + (getOutputStem(options.output) + getEnding(kind).text).str();
  if (flag.empty())
    report.addUsage("-o", "expects the name of a kind of file that sst-compile writes, but " + says,
                    remedy + ", or end it in .a, .so, .ll, .s or .mlir for another kind");
  else
    report.addUsage(
        "-o", "expects a name for " + flag + ", which writes " + getEnding(kind).what.str() + ", but " + says,
        remedy + (ending->kind && options.emit ? ", or give --emit=" + stringifyEmitKind(*ending->kind).str()
                                               : std::string()));
}
