//===- Threads.h - threads that need not be there -----------------------------------------------------*- C++ -*-===//
//
// A limit (ulimit -u, ulimit -v, that of a container) may leave a process without further threads. LLVM's own aborts
// then; these let the caller go on with the thread that it has.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_THREADS_H
#define SST_COMPILER_THREADS_H

#include "llvm/Support/ThreadPool.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <vector>

namespace sst {

/// Bytes of stack that a thread gets; what nesting CheckNesting.cpp lets through fits many times.
inline constexpr size_t kStackSize = size_t(256) << 20;

/// A thread with a large stack.
class Thread {
public:
  Thread() = default;
  Thread(const Thread &) = delete;
  Thread &operator=(const Thread &) = delete;
  ~Thread() { join(); }

  /// Runs `work` on a new thread, once. False if the system has none, or no room for it; then nothing has run.
  bool start(std::function<void()> work);
  /// Waits for the end of `work`.
  void join();

private:
  std::function<void()> work;
  pthread_t thread;
  bool running = false;
};

/// Runs tasks on the threads that the system has, up to a number, and on those that wait for the tasks: so none are
/// needed. A task that crashes ends the program when it is waited for.
class TaskPool final : public llvm::ThreadPoolInterface {
public:
  /// `threads` are started as tasks come.
  explicit TaskPool(unsigned threads) : most(threads) {}
  ~TaskPool() override;

  void wait() override { wait(/*all=*/true, nullptr); }
  void wait(llvm::ThreadPoolTaskGroup &group) override { wait(/*all=*/false, &group); }
  unsigned getMaxConcurrency() const override { return most + 1; }

private:
  struct Task {
    llvm::unique_function<void()> work;
    llvm::ThreadPoolTaskGroup *group;
  };

  void asyncEnqueue(llvm::unique_function<void()> work, llvm::ThreadPoolTaskGroup *group) override;
  void wait(bool all, llvm::ThreadPoolTaskGroup *group);
  void run(std::deque<Task>::iterator next, std::unique_lock<std::mutex> &lock);
  void serve();

  std::mutex mutex;
  /// Something has come or is done.
  std::condition_variable changed;
  std::deque<Task> queue;
  /// How many tasks of each group, and of all, are not done.
  std::map<llvm::ThreadPoolTaskGroup *, size_t> unfinished;
  size_t unfinishedOfAll = 0, idle = 0;
  std::vector<std::unique_ptr<Thread>> threads;
  const unsigned most;
  bool exhausted = false, ending = false, crashed = false;
};

/// Whether this process could have as many threads now as MLIR's own pool starts.
bool canStartThreads();

} // namespace sst

#endif // SST_COMPILER_THREADS_H
