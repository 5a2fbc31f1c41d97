//===- Batches.h - processes that check modules, and what becomes of them ------------------------------------*- C++
//-*-===//

#ifndef SST_TEST_RANDOMPROGRAMS_BATCHES_H
#define SST_TEST_RANDOMPROGRAMS_BATCHES_H

#include "Log.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>
#include <vector>

namespace sst {

/// What a run has come to.
struct Summary {
  /// Modules without and with a finding.
  uint64_t passed = 0, failed = 0;
  Counts counts;
};

/// Checks the modules first to first + count - 1 by calling `check` with each number, in processes of their own: a
/// crash, or a module that takes too long, is a finding like any other, and the next process goes on behind it. Prints
/// the first finding of each module as it comes, followed by `describe(number)`, which says how to repeat it; at most
/// 100.
Summary runBatches(uint64_t first, uint64_t count, const std::string &folder,
                   llvm::function_ref<void(uint64_t, Log &)> check, llvm::function_ref<std::string(uint64_t)> describe);

} // namespace sst

#endif // SST_TEST_RANDOMPROGRAMS_BATCHES_H
