//===- Help.cpp - what --help and --version print ---------------------------------------------------------------===//

#include "sst/Compiler/Compile.h"
#include "sst/Runtime/sst_runtime.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace sst;
using llvm::StringRef;

static const char usageText[] =
    R"(Usage: sst-compile [MODEL.safetensors | MODEL.safetensors.index.json | FOLDER | MODEL.mlir] [flags]

Compiles a State Space Transformer to an object file with a C interface.
)";

static const char flagsText[] = R"(
Input
  --options=FILE.json      options of the model as a JSON object
  --random-weights=SEED    make an untrained model instead of reading one
  --tensor-prefix=TEXT, --ignore=GLOB   what stands before all names of weights; what is no weight
  --compile-from=STAGE     MODEL.mlir is what this stage made (default: what the file says)
Streams (prefill, step)
  --max-rows=N             most rows of a stream (default: those of a window)
  --rollback=N             a stream can take back its last N rows (default: 0)
  --attention-window=W     all but window attend to the last W rows only: streams without end, and
                           another function (sst-run --drift); --max-rows is that of one call
  --cold=KIND              what window does with fewer rows than those of a window: short (default)
                           computes over these; first and zero put copies of the first row, or
                           zeros, in front
Output
  -o FILE                  what to write, of the kind it ends in: .o .a .so .ll .s .mlir; -: stdout
  --name=NAME              prefix of the C functions (default: from the file's name)
  --emit=KIND              obj (default), static, shared, llvm, asm, mlir, if FILE does not say it
  --target=A,B             CPU variants: x86-64-v4, x86-64-v3 (default: both), or aarch64
  --weight-storage=KIND    f32 (default), or bf16: weights of projections are rounded to bf16, which
                           takes half the memory; all arithmetic stays f32
  --no-header              do not write FILE.h and FILE.json beside an object or library
  --compile-to=STAGE       stop after import, expand, fuse, schedule, loops, llvm or object
  --elide-weights          leave the weights' values out of MLIR that is written
Looking inside
  --dump-stages=FOLDER     write what each stage made; with --dump-weights including weights
  --remarks[=REGEX]        say what was fused and what was not, and why (default: sst-.*)
  --report                 print time and size of every stage, and what rounding to bf16 changes
  --crash-reproducer=FILE  after an internal error, write what sst-opt needs to repeat it
  --allow-bytecode         MODEL.mlir may be bytecode, which is trusted like a program
  --help, --version        print this text or the version, and stop

Exit code: 0 done, 1 bad input, 2 bad usage, 3 internal error.
)";

/// `--embed-dim=N           channels of the input`
static std::string describeOption(const OptionInfo &info) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  std::string flag = ("--" + info.flag + (info.defaultText.empty() ? "=N" : "=" + info.defaultText)).str();
  stream << llvm::left_justify(flag, 25) << info.description;
  return text;
}

/// The options of a family; `heading` is empty if there is no other.
static std::string describeFamily(const Family &family, StringRef heading) {
  std::string stated;
  for (const OptionInfo &info : family.getOptions())
    if (info.mustBeStated)
      stated += (stated.empty() ? "" : ", ") + info.name.str();
  std::string text = ("\nOptions" + heading + ", over --options=FILE, over the weights file").str();
  text += stated.empty() ? ":\n" : "; " + stated + " must be stated:\n";
  for (const OptionInfo &info : family.getOptions())
    text += "  " + describeOption(info) + "\n";
  return text;
}

std::string sst::getHelpText(FamilyTable families) {
  std::string text = usageText;
  if (families.size() == 1)
    return text + describeFamily(*families.front(), "") + flagsText;
  std::string names;
  for (const Family *family : families) {
    text += describeFamily(*family, (" of " + family->getName()).str());
    names += (names.empty() ? "" : ", ") + family->getName().str();
  }
  text += "\n  --family=NAME            " + names + " (default: what the names of the tensors say)\n";
  return text + flagsText;
}

std::string sst::getVersionText() {
  return std::string("sst-compile ") + sst_runtime_version() + " (LLVM " LLVM_VERSION_STRING ")\n";
}
