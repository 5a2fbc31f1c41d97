//===- Compile.h - sst-compile as a library -----------------------------------------------------------*- C++ -*-===//
//
// The compiler from files to files: what the command line asks for, and one function that does it. What is not here:
// the stages themselves (Import.h, Pipelines.h, Object.h) and the files beside an object (Artifact.h).
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_COMPILE_H
#define SST_COMPILER_COMPILE_H

#include "sst/Compiler/Extensions.h"
#include "sst/Compiler/Families.h"
#include "sst/Compiler/Import.h"
#include "sst/Compiler/Report.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace sst {

/// The stages of compilation, in order; see Pipelines.h.
enum class Stage { Import, Expand, Fuse, Schedule, Loops, LLVM, Object };
constexpr unsigned stageCount = 7;

/// `import`, `expand`, ...
llvm::StringRef stringifyStage(Stage stage);
std::optional<Stage> parseStage(llvm::StringRef text);
/// Whether the stage's IR exists once per CPU variant.
inline bool isPerVariant(Stage stage) { return stage == Stage::Loops || stage == Stage::LLVM; }

/// What kind of file to make.
enum class EmitKind { Object, Static, Shared, LLVM, Assembly, MLIR };
/// `obj`, `static`, ...
llvm::StringRef stringifyEmitKind(EmitKind kind);
std::optional<EmitKind> parseEmitKind(llvm::StringRef text);
/// Whether the kind is machine code, which has a header and a JSON file beside it.
inline bool isBinary(EmitKind kind) {
  return kind == EmitKind::Object || kind == EmitKind::Static || kind == EmitKind::Shared;
}

/// Everything that the command line can say.
struct CompileOptions {
  /// `families` are those that models can be of.
  explicit CompileOptions(FamilyTable families = getFamilies()) : frontend(families) {}

  /// Input, --name, --options, --random-weights and the model's options.
  FrontendOptions frontend;
  /// -o; empty for a name made of the model's, `-` for standard output.
  std::string output;
  /// --emit; without it MLIR with `compileTo`, else what the ending of `output` says, else an object.
  std::optional<EmitKind> emit;
  /// --target: names of CPU variants, all of one architecture; empty for all of kDefaultArchitecture.
  std::vector<std::string> targets;
  /// --compile-to and --compile-from.
  std::optional<Stage> compileTo, compileFrom;
  /// --dump-stages: a folder; empty for none.
  std::string dumpFolder;
  /// --dump-weights: dumps contain the weights' values.
  bool dumpWeights = false;
  /// --elide-weights: MLIR that is written does not contain the weights' values.
  bool elideWeights = false;
  /// --remarks: a regular expression that the remark's category must match.
  std::optional<std::string> remarks;
  /// --crash-reproducer: a file; empty for none.
  std::string crashReproducer;
  /// --no-header: no header and no JSON file beside an object.
  bool noHeader = false;
  /// --report: prints time and size of each stage.
  bool stageReport = false;
  /// --allow-bytecode: MLIR bytecode, which is trusted like code, may be read.
  bool allowBytecode = false;
  /// --help and --version: nothing is compiled.
  bool help = false, version = false;
  /// Not on the command line: what the program that compiles adds.
  Extensions extensions;
  /// Where remarks, warnings and the stage report go; nullptr for nowhere.
  llvm::raw_ostream *log = nullptr;
};

/// How a compilation ended; the numbers are exit codes.
enum class ExitCode { Done = 0, BadInput = 1, BadUsage = 2, InternalError = 3 };

/// Reads the arguments of the command line, without the program's name. What is wrong goes to `report`. Flags of
/// options are those of all families.
CompileOptions parseCommandLine(llvm::ArrayRef<const char *> arguments, Report &report,
                                FamilyTable families = getFamilies());

/// The texts of --help and --version, for people.
std::string getHelpText(FamilyTable families = getFamilies());
std::string getVersionText();

/// Compiles: reads, runs the stages and writes. Every problem goes to `report`, after those that are already there; if
/// there is one, no output file is written (dumps of the stages that went well stay). The result agrees with the
/// report. May be called from several threads with distinct reports; the LLVM code generator is its only global state.
ExitCode compile(const CompileOptions &options, Report &report);

/// The same with a stack large enough for deeply nested input. A crash inside is an internal error in the report; after
/// one, memory is lost and the process should end soon.
ExitCode compileGuarded(const CompileOptions &options, Report &report);

/// The whole of sst-compile: reads the arguments, compiles, prints what is to be printed. The result is the exit code.
int compileMain(int argc, char **argv, const Extensions &extensions = {});

} // namespace sst

#endif // SST_COMPILER_COMPILE_H
