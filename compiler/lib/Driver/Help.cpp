//===- Help.cpp - what --help and --version print ---------------------------------------------------------------===//

#include "sst/Compiler/Compile.h"
#include "sst/Runtime/sst_runtime.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace sst;

static const char usageText[] =
    R"(Usage: sst-compile [MODEL.safetensors | MODEL.safetensors.index.json | FOLDER | MODEL.mlir] [flags]

Compiles a State Space Transformer to an object file with a C interface.

Options, over --options=FILE, over the weights file; num_heads, head_dim, layer_norm must be stated:
)";

static const char flagsText[] = R"(
Input
  --options=FILE.json      options of the model as a JSON object
  --random-weights=SEED    make an untrained model instead of reading one
  --tensor-prefix=TEXT, --ignore=GLOB   what stands before all names of weights; what is no weight
  --compile-from=STAGE     MODEL.mlir is what this stage made (default: what the file says)
Streams (prefill, step)
  --max-rows=N             most rows of a stream (default: window_size)
  --rollback=N             a stream can take back its last N rows (default: 0)
  --attention-window=W     all but window attend to the last W rows only: streams without end, and
                           another function (sst-run --drift); --max-rows is that of one call
  --cold=KIND              what window does with fewer rows than window_size: short (default), as
                           Edifice, computes over these; first and zero put copies of the first
                           row, or zeros, in front
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

std::string sst::getHelpText() {
  std::string text = usageText;
  for (const OptionInfo &info : getOptionInfos())
    text += "  " + describeOption(info) + "\n";
  return text + flagsText;
}

std::string sst::getVersionText() {
  return std::string("sst-compile ") + sst_runtime_version() + " (LLVM " LLVM_VERSION_STRING ")\n";
}
