//===- Threads.cpp - threads that need not be there -------------------------------------------------------------===//

#include "sst/Compiler/Threads.h"

#include "sst/Compiler/Check.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/Threading.h"

#include <sys/resource.h>

using namespace sst;

//===------------------------------------------------------------------------------------------------------------===//
// Thread
//===------------------------------------------------------------------------------------------------------------===//

static void *runWork(void *work) {
  (*static_cast<std::function<void()> *>(work))();
  return nullptr;
}

/// Whether there is address space for stacks, and for what a thread's allocator sets aside. Without it an allocator may
/// crash rather than say so.
static bool hasRoomForThreads() {
  rlimit limit;
  return getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= 8 * kStackSize;
}

bool Thread::start(std::function<void()> newWork) {
  if (!hasRoomForThreads())
    return false;
  work = std::move(newWork);
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0)
    return false;
  running = pthread_attr_setstacksize(&attributes, kStackSize) == 0 &&
            pthread_create(&thread, &attributes, runWork, &work) == 0;
  pthread_attr_destroy(&attributes);
  return running;
}

void Thread::join() {
  if (running)
    pthread_join(thread, nullptr);
  running = false;
}

//===------------------------------------------------------------------------------------------------------------===//
// TaskPool
//===------------------------------------------------------------------------------------------------------------===//

TaskPool::~TaskPool() {
  wait();
  {
    std::lock_guard<std::mutex> lock(mutex);
    ending = true;
  }
  changed.notify_all();
  threads.clear();
}

void TaskPool::asyncEnqueue(llvm::unique_function<void()> work, llvm::ThreadPoolTaskGroup *group) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    queue.push_back({std::move(work), group});
    ++unfinished[group];
    ++unfinishedOfAll;
    if (!exhausted && queue.size() > idle && threads.size() < most) {
      threads.push_back(std::make_unique<Thread>());
      exhausted = !threads.back()->start([this] { serve(); });
    }
  }
  changed.notify_all();
}

/// Runs a task of the queue; holds the lock before and after.
void TaskPool::run(std::deque<Task>::iterator next, std::unique_lock<std::mutex> &lock) {
  Task task = std::move(*next);
  queue.erase(next);
  lock.unlock();
  llvm::CrashRecoveryContext recovery;
  recovery.DumpStackAndCleanupOnFailure = true;
  bool done = recovery.RunSafely([&] { task.work(); });
  lock.lock();
  crashed |= !done;
  if (--unfinished[task.group] == 0)
    unfinished.erase(task.group);
  --unfinishedOfAll;
  changed.notify_all();
}

void TaskPool::wait(bool all, llvm::ThreadPoolTaskGroup *group) {
  std::unique_lock<std::mutex> lock(mutex);
  while (all ? unfinishedOfAll > 0 : unfinished.count(group) > 0) {
    auto next = llvm::find_if(queue, [&](const Task &task) { return all || task.group == group; });
    if (next != queue.end())
      run(next, lock);
    else
      changed.wait(lock);
  }
  SST_CHECK(!crashed, "a thread of the compiler crashed");
}

/// What a thread of the pool does.
void TaskPool::serve() {
  std::unique_lock<std::mutex> lock(mutex);
  while (!ending) {
    if (!queue.empty()) {
      run(queue.begin(), lock);
      continue;
    }
    ++idle;
    changed.wait(lock);
    --idle;
  }
}

//===------------------------------------------------------------------------------------------------------------===//
// MLIR's own pool
//===------------------------------------------------------------------------------------------------------------===//

bool sst::canStartThreads() {
  unsigned count = llvm::hardware_concurrency().compute_thread_count(), started = 0;
  std::vector<Thread> threads(count);
  std::mutex mutex;
  // All are there at the same time: none ends before the last has started.
  mutex.lock();
  while (started < count && threads[started].start([&] { std::lock_guard<std::mutex> wait(mutex); }))
    ++started;
  mutex.unlock();
  return started == count;
}
