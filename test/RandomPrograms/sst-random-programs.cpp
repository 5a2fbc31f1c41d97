//===- sst-random-programs.cpp - checks passes and compiled code with random programs ----------------------------===//
//
// See README.md. The last line is "N passed, N failed".
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Batches.h"
#include "CompiledChecks.h"
#include "Features.h"
#include "PassChecks.h"

#include "sst/Compiler/InitAllDialects.h"
#include "sst/Compiler/Passes.h"
#include "sst/Compiler/Pipelines.h"

#include "mlir/Transforms/Passes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>

using namespace mlir;
using namespace sst;

static const char helpText[] =
    R"(usage: sst-random-programs [--models] [--seed=N] [--first=N] [--count=N] [options]

Checks random programs: every pass and random sequences of passes against the interpreter; with --models also machine
code, in all modes. The same seed gives the same programs; program N of a seed does not depend on the others.

  --models           programs that are models, which are compiled and run; without it any functions, for passes
  --seed=N           default 1
  --first=N          number of the first program, default 0
  --count=N          default 1000
  --seconds=N        of CPU time: a program that takes longer is a finding; default 60
  --output=FOLDER    where programs of findings go; it is made if needed
  --print            prints the programs and checks nothing
  --check-coverage   it is a failure if something that programs should have, or passes should do, never came up
  --break=WHAT       does something wrong on purpose, which must be found: the name of a pass, compiled, crash, hang
)";

namespace {
struct Options {
  bool models = false, print = false, checkCoverage = false;
  uint64_t seed = 1, first = 0, count = 1000, seconds = 60;
  std::string output;
  Sabotage sabotage;
};
} // namespace

static int refuse(const llvm::Twine &what) {
  llvm::errs() << "sst-random-programs: error: " << what << "\n";
  return 2;
}

static bool parseBreak(StringRef what, Sabotage &sabotage) {
  if (what == "compiled")
    sabotage.compiled = true;
  else if (what == "crash")
    sabotage.crash = true;
  else if (what == "hang")
    sabotage.hang = true;
  else
    sabotage.pass = what.str();
  return sabotage.pass.empty() || llvm::any_of(getCheckedPasses(), [&](auto &pass) { return pass.name == what; });
}

/// Reads an argument; whether it is one.
static bool parseArgument(StringRef argument, Options &options) {
  if (argument == "--models")
    return options.models = true;
  if (argument == "--print")
    return options.print = true;
  if (argument == "--check-coverage")
    return options.checkCoverage = true;
  if (argument.consume_front("--output=")) {
    options.output = argument.str();
    return !argument.empty();
  }
  if (argument.consume_front("--break="))
    return parseBreak(argument, options.sabotage);
  for (auto [flag, value] : {std::pair<StringRef, uint64_t *>{"--seed=", &options.seed},
                             {"--first=", &options.first},
                             {"--count=", &options.count},
                             {"--seconds=", &options.seconds}})
    if (argument.consume_front(flag))
      return !argument.getAsInteger(10, *value);
  return false;
}

static RandomProgram generate(const Options &options, MLIRContext &context, uint64_t number) {
  uint64_t seed = mixSeed(options.seed, number);
  return options.models ? generateModel(context, seed) : generateModule(context, seed);
}

/// Every program has a context of its own, so that it does not depend on those before it.
static void withContext(llvm::function_ref<void(MLIRContext &)> work) {
  DialectRegistry registry;
  registerAllDialects(registry);
  registerLLVMConversions(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadDialect<SSTDialect, func::FuncDialect, arith::ArithDialect>();
  work(context);
}

static void checkProgram(const Options &options, uint64_t number, Log &log) {
  log.begin(number, static_cast<unsigned>(options.seconds));
  if (options.sabotage.crash && number % 10 == 3)
    raise(SIGSEGV);
  for (volatile bool hangs = options.sabotage.hang && number % 10 == 3; hangs;) {
  }
  withContext([&](MLIRContext &context) {
    RandomProgram program = generate(options, context, number);
    log.keep(*program.module);
    countFeatures(program, log);
    checkPasses(program, mixSeed(options.seed, ~number), options.sabotage, log);
    if (options.models)
      checkCompiled(program, mixSeed(~options.seed, number), options.sabotage, log);
  });
  log.end();
}

static int printPrograms(const Options &options) {
  for (uint64_t i = 0; i < options.count; ++i)
    withContext([&](MLIRContext &context) {
      RandomProgram program = generate(options, context, options.first + i);
      llvm::outs() << "// seed " << options.seed << ", number " << options.first + i << ", batch " << program.batch
                   << ", rows " << program.rows << "\n"
                   << printModuleText(*program.module);
    });
  return 0;
}

/// Prints what came up how often; the number of things that should have and did not.
static unsigned printCoverage(const Options &options, const Counts &counts) {
  for (auto &[what, times] : counts)
    llvm::outs() << llvm::format("%10llu  ", static_cast<unsigned long long>(times)) << what << "\n";
  unsigned missing = 0;
  withContext([&](MLIRContext &context) {
    for (const std::string &what : getExpectedCounts(context, options.models))
      if (counts.find(what) == counts.end()) {
        llvm::outs() << (options.checkCoverage ? "FAILED: " : "") << "never: " << what << "\n";
        ++missing;
      }
  });
  return missing;
}

int main(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    if (StringRef(argv[i]) == "--help") {
      llvm::outs() << helpText;
      return 0;
    }
    if (!parseArgument(argv[i], options))
      return refuse("'" + Twine(argv[i]) + "' is no argument; see --help");
  }
  if (!options.output.empty())
    if (std::error_code error = llvm::sys::fs::create_directories(options.output))
      return refuse(options.output + " cannot be made: " + error.message());
  registerTransformsPasses();
  registerSSTPasses();
  registerSSTPipelines();
  if (options.print)
    return printPrograms(options);
  llvm::outs() << "seed " << options.seed << ", " << (options.models ? "models" : "modules") << " " << options.first
               << " to " << options.first + options.count - 1 << "\n";
  std::string flags = std::string(options.models ? "--models " : "") + "--seed=" + std::to_string(options.seed);
  Summary summary = runBatches(
      options.first, options.count, options.output,
      [&](uint64_t number, Log &log) { checkProgram(options, number, log); },
      [&](uint64_t number) {
        return "repeat: sst-random-programs " + flags + " --first=" + std::to_string(number) +
               " --count=1; --print shows the program";
      });
  unsigned missing = printCoverage(options, summary.counts);
  if (options.checkCoverage)
    summary.failed += missing;
  llvm::outs() << summary.passed << " passed, " << summary.failed << " failed\n";
  return summary.failed != 0 || summary.passed == 0;
}
