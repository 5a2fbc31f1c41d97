//===- SideBySide.cpp - several pieces of work at the same time --------------------------------------------------===//

#include "Driver.h"

#include "sst/Compiler/Check.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/thread.h"

using namespace mlir;
using namespace sst;

bool sst::runSideBySide(MLIRContext &context, size_t count, llvm::function_ref<bool(size_t)> work) {
  if (count == 1)
    return work(0);
  SmallVector<bool> finished(count, false), good(count, false);
  context.enableMultithreading();
  {
    ParallelDiagnosticHandler inOrder(&context);
    auto run = [&](size_t number) {
      inOrder.setOrderIDForThread(number);
      // A crash ends this thread only; one that holds a lock would keep the others waiting, but none is known.
      llvm::CrashRecoveryContext recovery;
      recovery.DumpStackAndCleanupOnFailure = true;
      finished[number] = recovery.RunSafely([&] { good[number] = work(number); });
      inOrder.eraseOrderIDForThread();
    };
    std::vector<llvm::thread> threads;
    for (size_t number = 0; number < count; ++number)
      threads.emplace_back(std::optional<unsigned>(kStackSize), run, number);
    for (llvm::thread &thread : threads)
      thread.join();
  }
  context.disableMultithreading();
  SST_CHECK(llvm::all_of(finished, [](bool done) { return done; }), "a thread of the compiler crashed");
  return llvm::all_of(good, [](bool succeeded) { return succeeded; });
}
