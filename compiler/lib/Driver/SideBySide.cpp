//===- SideBySide.cpp - several pieces of work at the same time --------------------------------------------------===//

#include "Driver.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Threads.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/Threading.h"

using namespace mlir;
using namespace sst;

/// Runs all on threads of their own, or on this one what the system has no thread for.
static void runAll(size_t count, llvm::function_ref<void(size_t)> run) {
  std::vector<Thread> threads(count);
  SmallVector<size_t> here;
  for (size_t number = 0; number < count; ++number)
    if (!threads[number].start([run, number] { run(number); }))
      here.push_back(number);
  for (size_t number : here)
    run(number);
}

bool sst::runSideBySide(MLIRContext &context, size_t count, llvm::function_ref<bool(size_t)> work) {
  if (count == 1)
    return work(0);
  SmallVector<bool> finished(count, false), good(count, false);
  // For the passes; a thread that waits for its tasks runs some of them.
  TaskPool pool(llvm::hardware_concurrency().compute_thread_count() - 1);
  context.setThreadPool(pool);
  {
    ParallelDiagnosticHandler inOrder(&context);
    runAll(count, [&](size_t number) {
      inOrder.setOrderIDForThread(number);
      // A crash ends this thread only; one that holds a lock would keep the others waiting, but none is known.
      llvm::CrashRecoveryContext recovery;
      recovery.DumpStackAndCleanupOnFailure = true;
      finished[number] = recovery.RunSafely([&] { good[number] = work(number); });
      inOrder.eraseOrderIDForThread();
    });
  }
  context.disableMultithreading();
  SST_CHECK(llvm::all_of(finished, [](bool done) { return done; }), "a thread of the compiler crashed");
  return llvm::all_of(good, [](bool succeeded) { return succeeded; });
}
