//===- Campaign.cpp - mutants through the compiler --------------------------------------------------------------===//

#include "Campaign.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace sst;
using llvm::StringRef;

/// Mutants of one child process.
static constexpr size_t batchSize = 100;
/// Findings of one kind that are kept.
static constexpr int maxKept = 3;

using Clock = std::chrono::steady_clock;

static double now() { return std::chrono::duration<double>(Clock::now().time_since_epoch()).count(); }

const char *sst::describe(Verdict verdict) {
  static const char *const names[] = {
      "pending", "accepted", "refused", "crashed", "unclear report", "hung", "run of the artefact crashed"};
  return names[static_cast<int>(verdict)];
}

namespace {
/// What parent and child share.
struct Shared {
  /// The mutant at hand, and when it began.
  volatile size_t current;
  volatile double started;
  Outcome outcomes[batchSize];
};
} // namespace

static void setText(Outcome &outcome, const std::string &text) {
  std::string line = StringRef(text).split('\n').first.str();
  std::strncpy(outcome.text, line.c_str(), sizeof(outcome.text) - 1);
}

static void writeFile(const std::string &path, const std::string &text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// Whether a report says what is wrong: every problem has a place or a file, and words.
static bool isClear(const Report &report) {
  for (const Problem &problem : report.getProblems())
    if (problem.what.empty() || (problem.file.empty() && problem.place.empty()) || problem.file == "internal error" ||
        StringRef(problem.what).contains("keeps to itself") || StringRef(problem.what).contains("failed to legalize"))
      return false;
  return !report.empty();
}

/// Runs a shared library, on its own: it may crash.
bool Campaign::runArtefact(const std::string &library) const {
  pid_t child = fork();
  if (child == 0) {
    execl(options.runner.c_str(), options.runner.c_str(), library.c_str(), "--input", options.input.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) <= 2;
}

/// Compiles one mutant.
void Campaign::judge(Stage stage, const std::string &text, uint64_t number, Outcome &outcome) const {
  std::string input = options.folder + "/mutant-" + std::to_string(getpid()) + ".mlir";
  writeFile(input, text);
  bool wantsObject = number % options.objectEvery == 0;
  bool runs = wantsObject && !options.runner.empty() && stage <= Stage::Schedule;
  CompileOptions compileOptions;
  compileOptions.frontend.inputFile = input;
  compileOptions.compileFrom = stage;
  compileOptions.targets = {"x86-64-v3"};
  compileOptions.noHeader = true;
  compileOptions.output = input + (wantsObject ? ".so" : ".out");
  if (wantsObject)
    compileOptions.emit = runs ? EmitKind::Shared : EmitKind::Object;
  else
    compileOptions.compileTo = Stage::LLVM;
  Report report;
  ExitCode code = compileGuarded(compileOptions, report);
  setText(outcome, report.str());
  if (code == ExitCode::InternalError)
    outcome.verdict = Verdict::Crashed;
  else if (code != ExitCode::Done)
    outcome.verdict = isClear(report) ? Verdict::Refused : Verdict::Unclear;
  else
    outcome.verdict = runs && !runArtefact(compileOptions.output) ? Verdict::BadRun : Verdict::Accepted;
  unlink(compileOptions.output.c_str());
  unlink(input.c_str());
}

/// Runs mutants `first` and on in child processes until each has a verdict.
void Campaign::runBatch(Stage stage, const std::vector<std::string> &texts, uint64_t first,
                        std::vector<Outcome> &outcomes) {
  auto *shared =
      static_cast<Shared *>(mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  for (size_t next = 0; next < texts.size();) {
    shared->current = next;
    shared->started = now();
    pid_t child = fork();
    if (child == 0) {
      rlimit limit = {options.memory, options.memory};
      setrlimit(RLIMIT_AS, &limit);
      int nowhere = open("/dev/null", O_RDWR);
      dup2(nowhere, STDOUT_FILENO);
      dup2(nowhere, STDERR_FILENO);
      for (size_t i = next; i < texts.size(); ++i) {
        shared->current = i;
        shared->started = now();
        judge(stage, texts[i], first + i, shared->outcomes[i]);
        if (shared->outcomes[i].verdict == Verdict::Crashed) // memory is lost
          _exit(1);
      }
      _exit(0);
    }
    int status = 0;
    bool hung = false;
    while (waitpid(child, &status, WNOHANG) == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      if (!hung && now() - shared->started > options.seconds) {
        hung = true;
        kill(child, SIGKILL);
      }
    }
    next = shared->current;
    if (shared->outcomes[next].verdict == Verdict::Pending) {
      shared->outcomes[next].verdict = hung ? Verdict::Hung : Verdict::Crashed;
      setText(shared->outcomes[next],
              hung ? "took too long" : "the process ended with status " + std::to_string(status));
      // The child could not clean up.
      std::string stem = options.folder + "/mutant-" + std::to_string(child) + ".mlir";
      for (const char *ending : {"", ".so", ".out"})
        unlink((stem + ending).c_str());
    }
    ++next;
  }
  outcomes.assign(shared->outcomes, shared->outcomes + texts.size());
  munmap(shared, sizeof(Shared));
}

/// Leaves out lines, fewer and fewer at once, as long as the verdict stays.
std::string Campaign::shrink(Stage stage, std::string text, uint64_t number, Verdict verdict) {
  auto split = [](const std::string &whole) {
    llvm::SmallVector<StringRef> lines;
    StringRef(whole).split(lines, '\n');
    return std::vector<std::string>(lines.begin(), lines.end());
  };
  std::vector<std::string> lines = split(text);
  for (size_t chunk = std::max<size_t>(lines.size() / 2, 1); chunk > 0; chunk /= 2)
    for (size_t begin = 0; begin < lines.size();) {
      std::string shorter;
      for (size_t i = 0; i < lines.size(); ++i)
        if (i < begin || i >= begin + chunk)
          shorter += lines[i] + "\n";
      std::vector<Outcome> outcomes;
      runBatch(stage, {shorter}, number, outcomes);
      if (outcomes[0].verdict == verdict)
        lines = split(StringRef(shorter).drop_back().str());
      else
        begin += chunk;
    }
  std::string result;
  for (const std::string &line : lines)
    result += line + "\n";
  return result;
}

void Campaign::keep(const std::string &name, Stage stage, uint64_t number, const std::string &text,
                    const Outcome &outcome) {
  std::string file = options.folder + "/" + name + "-" + std::to_string(options.seed) + "-" + std::to_string(number) +
                     "." + stringifyStage(stage).str() + ".mlir";
  StringRef reason = StringRef(outcome.text).split(".mlir").second;
  if (++kept[describe(outcome.verdict) + reason.str()] <= maxKept)
    writeFile(file, options.minimize ? shrink(stage, text, number, outcome.verdict) : text);
  else
    file = "not kept";
  llvm::outs() << describe(outcome.verdict) << ": " << stringifyStage(stage) << " " << name << " " << number << ": "
               << file << ": " << outcome.text << "\n";
  llvm::outs().flush();
}

void Campaign::run(const std::string &name, Stage stage, const TextMutator &mutator) {
  for (uint64_t first = 0; first < options.count; first += batchSize) {
    std::vector<std::string> texts;
    std::vector<uint64_t> numbers;
    for (uint64_t number = first; number < std::min(options.count, first + batchSize); ++number) {
      if (options.only >= 0 && number != static_cast<uint64_t>(options.only))
        continue;
      // Each mutant has its own numbers, so that one can be made again without the others.
      Random random((options.seed << 40) ^ (static_cast<uint64_t>(stage) << 36) ^ number);
      texts.push_back(mutator.mutate(random));
      numbers.push_back(number);
    }
    if (texts.empty())
      continue;
    std::vector<Outcome> outcomes;
    runBatch(stage, texts, numbers.front(), outcomes);
    for (size_t i = 0; i < texts.size(); ++i) {
      ++counts[outcomes[i].verdict];
      if (isFinding(outcomes[i].verdict))
        keep(name, stage, numbers[i], texts[i], outcomes[i]);
    }
  }
}
