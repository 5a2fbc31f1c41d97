// Crashes in a process that compiles several models at the same time.
#include "sst/Compiler/Compile.h"

#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <gtest/gtest.h>
#include <thread>

using namespace sst;

namespace {

/// Options that are wrong, so that the compilation ends at once.
CompileOptions makeWrongOptions() {
  CompileOptions options;
  options.frontend.randomWeights = "none";
  options.output = "-";
  options.emit = EmitKind::MLIR;
  return options;
}

/// Options of a small model whose fused ops are told to `log`.
CompileOptions makeSmallModel(llvm::raw_ostream &log) {
  CompileOptions options;
  options.frontend.randomWeights = "1";
  for (auto [name, value] : {std::pair("embed_dim", "3"),
                             {"hidden_size", "4"},
                             {"num_layers", "1"},
                             {"num_heads", "1"},
                             {"head_dim", "4"},
                             {"state_size", "2"},
                             {"window_size", "5"}})
    options.frontend.flags[name] = value;
  options.output = "/dev/null";
  options.emit = EmitKind::MLIR;
  options.remarks = "sst-.*";
  options.log = &log;
  return options;
}

/// Crashes when something is written to it, after another compilation has begun and ended.
class CrashingStream final : public llvm::raw_ostream {
public:
  CrashingStream() : raw_ostream(/*unbuffered=*/true) {}
  ExitCode other = ExitCode::Done;

private:
  void write_impl(const char *, size_t) override {
    std::thread([this] {
      Report report;
      other = compileGuarded(makeWrongOptions(), report);
    }).join();
    raise(SIGSEGV);
  }
  uint64_t current_pos() const override { return 0; }
};

} // namespace

TEST(Guard, ACrashIsAnInternalErrorWhateverOtherCompilationsDo) {
  // What it had in memory is lost with it.
  auto *log = new CrashingStream;
  Report report;
  EXPECT_EQ(compileGuarded(makeSmallModel(*log), report), ExitCode::InternalError);
  EXPECT_EQ(log->other, ExitCode::BadUsage);
  ASSERT_EQ(report.size(), 1u);
  EXPECT_EQ(report.getProblems()[0].what, "the compiler crashed");
}

TEST(Guard, HandlersOfTheProcessAreBackAfterTheLastCompilation) {
  struct sigaction before, after;
  sigaction(SIGSEGV, nullptr, &before);
  Report report;
  EXPECT_EQ(compileGuarded(makeWrongOptions(), report), ExitCode::BadUsage);
  sigaction(SIGSEGV, nullptr, &after);
  EXPECT_EQ(before.sa_sigaction, after.sa_sigaction);
}
