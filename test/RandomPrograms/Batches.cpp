//===- Batches.cpp - processes that check modules, and what becomes of them -------------------------------------===//

#include "Batches.h"

#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

using namespace sst;

/// Modules of one process: many, because starting one is not free, but not all, because contexts keep what they have
/// seen, and memory that a module has broken may do harm later.
static constexpr uint64_t batchSize = 200;

namespace {
class Runner {
public:
  Runner(std::string folder, llvm::function_ref<std::string(uint64_t)> describe)
      : folder(std::move(folder)), describe(describe) {}

  void readLine(llvm::StringRef line);
  void printFinding(llvm::StringRef text);
  void finishModule();
  void finishProcess(int status, llvm::StringRef errors);

  std::string folder;
  llvm::function_ref<std::string(uint64_t)> describe;
  Summary summary;
  uint64_t number = 0, findings = 0;
  bool isOpen = false, hasFinding = false;
  std::string doing;
};
} // namespace

/// Of a module the first one is enough: the others are mostly the same in other sequences of passes.
void Runner::printFinding(llvm::StringRef text) {
  if (std::exchange(hasFinding, true))
    return;
  if (++findings <= 100)
    llvm::outs() << "FINDING in module " << number << ": " << text << "\n  " << describe(number) << "\n";
  llvm::outs().flush();
}

void Runner::finishModule() {
  isOpen = false;
  ++(hasFinding ? summary.failed : summary.passed);
}

void Runner::readLine(llvm::StringRef line) {
  auto [tag, text] = line.split('\t');
  if (tag == "begin") {
    isOpen = true;
    hasFinding = false;
    text.getAsInteger(10, number);
    doing = "generate";
  } else if (tag == "doing") {
    doing = text.str();
  } else if (tag == "finding") {
    printFinding(text);
  } else if (tag == "count") {
    auto [times, what] = text.split(' ');
    uint64_t number = 0;
    times.getAsInteger(10, number);
    summary.counts[what.str()] += number;
  } else if (tag == "end") {
    finishModule();
  }
}

/// What is to be said about a process that is gone, in whose midst a module was.
void Runner::finishProcess(int status, llvm::StringRef errors) {
  if (!isOpen)
    return;
  int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  std::string how = signal == SIGALRM || signal == SIGPROF ? "no end within the time of a module"
                    : signal != 0                          ? "crash: signal " + std::to_string(signal)
                                                           : "crash: exit code " + std::to_string(WEXITSTATUS(status));
  std::string kept = folder + "/crash-" + std::to_string(number) + ".mlir";
  bool isKept = !folder.empty() && rename((llvm::Twine(folder) + "/" + kCurrentFile).str().c_str(), kept.c_str()) == 0;
  printFinding(how + ", in: " + doing + (errors.empty() ? "" : ": " + onOneLine(errors.take_back(1500))) +
               (isKept ? " [" + kept + "]" : ""));
  finishModule();
}

/// Reads all that comes through two pipes: the log, line by line, and whatever else the process prints.
static std::string readPipes(int logPipe, FILE *errors, Runner &runner) {
  FILE *log = fdopen(logPipe, "r");
  char *line = nullptr;
  size_t capacity = 0;
  for (ssize_t length; (length = getline(&line, &capacity, log)) > 0;)
    runner.readLine(llvm::StringRef(line, static_cast<size_t>(length)).rtrim('\n'));
  free(line);
  fclose(log);
  std::string text;
  rewind(errors);
  char buffer[4096];
  for (size_t count; (count = fread(buffer, 1, sizeof buffer, errors)) > 0;)
    text.append(buffer, count);
  return text;
}

Summary sst::runBatches(uint64_t first, uint64_t count, const std::string &folder,
                        llvm::function_ref<void(uint64_t, Log &)> check,
                        llvm::function_ref<std::string(uint64_t)> describe) {
  Runner runner(folder, describe);
  for (uint64_t next = first, end = first + count; next < end;) {
    uint64_t batchEnd = std::min(next + batchSize, end);
    int pipes[2];
    FILE *errors = tmpfile();
    if (!errors || pipe(pipes) != 0) {
      llvm::errs() << "sst-random-programs: error: the system gives no pipe or temporary file\n";
      exit(2);
    }
    llvm::outs().flush();
    runner.number = next;
    pid_t child = fork();
    if (child == 0) {
      close(pipes[0]);
      dup2(fileno(errors), STDERR_FILENO);
      Log log(pipes[1], folder);
      for (; next < batchEnd; ++next)
        check(next, log);
      _exit(0);
    }
    close(pipes[1]);
    std::string text = readPipes(pipes[0], errors, runner);
    fclose(errors);
    int status = 0;
    waitpid(child, &status, 0);
    bool wasOpen = runner.isOpen;
    runner.finishProcess(status, text);
    if (!wasOpen && status != 0)
      runner.printFinding("crash between two modules: status " + std::to_string(status));
    next = wasOpen || status != 0 ? runner.number + 1 : batchEnd;
  }
  return runner.summary;
}
