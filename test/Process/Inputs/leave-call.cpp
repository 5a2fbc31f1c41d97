// Leaves calls of a model without return: by exceptions and by cancellation of the thread. Built with the object and
// with the shared library of a model; ends with 0 if everything was as sst_abi.h says.
#include "policy.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <execinfo.h>
#include <pthread.h>
#include <stdexcept>
#include <sys/time.h>
#include <unistd.h>
#include <vector>

static int failures;

static void check(bool holds, const char *what) {
  std::printf("%s: %s\n", holds ? "passed" : "FAILED", what);
  std::fflush(stdout);
  failures += !holds;
}

static constexpr size_t rowCount = 20;

/// A call and everything that it needs.
struct Call : sst_call_t {
  std::vector<float> in = std::vector<float>(rowCount * POLICY_EMBED_DIM), out = std::vector<float>(POLICY_HIDDEN_SIZE);
  void *state = nullptr;

  explicit Call(sst_parallel_fn hook = nullptr, void *context = nullptr) : sst_call_t() {
    for (size_t i = 0; i < in.size(); ++i)
      in[i] = float(i % 7);
    size = sizeof(sst_call_t);
    abi_version = SST_ABI_VERSION;
    batch = 1, rows = rowCount;
    input = in.data(), output = out.data();
    threads = hook ? 2 : 1;
    parallel = hook, parallel_context = context;
    if (policy_workspace_bytes(1, rowCount, threads, &workspace_bytes) != SST_STATUS_OK)
      std::abort();
    workspace = std::aligned_alloc(SST_WORKSPACE_ALIGNMENT, (workspace_bytes + 63) / 64 * 64);
    state = std::aligned_alloc(SST_STATE_ALIGNMENT, POLICY_STATE_BYTES);
    if (policy_state_init(state, POLICY_STATE_BYTES) != SST_STATUS_OK)
      std::abort();
  }
  void withState() { states = &state; }
  ~Call() { std::free(workspace), std::free(state); }
};

static void inOrder(void *, size_t count, sst_task_fn task, void *context) {
  for (size_t i = 0; i < count; ++i)
    task(context, i, count);
}

/// Throws after `*context` tasks.
static void throwing(void *context, size_t count, sst_task_fn task, void *taskContext) {
  size_t most = *static_cast<size_t *>(context);
  for (size_t i = 0; i < count; ++i) {
    if (i == most)
      throw std::runtime_error("the scheduler is shutting down");
    task(taskContext, i, count);
  }
  throw std::runtime_error("the scheduler has shut down");
}

template <typename Run>
static bool throws(Run run) {
  try {
    run();
  } catch (const std::exception &) {
    return true;
  }
  return false;
}

/// The exception of a hook, before, between and after its tasks; then the same workspace and state again.
static void checkHooks() {
  Call want(inOrder);
  check(policy_window(&want) == SST_STATUS_OK, "a call with a hook");
  for (size_t most = 0; most <= 2; ++most) {
    Call call(throwing, &most);
    check(throws([&] { policy_window(&call); }), "an exception of the hook leaves window");
    call.parallel = inOrder;
    check(policy_window(&call) == SST_STATUS_OK && call.out == want.out, "the workspace serves the next call");

    call.parallel = throwing;
    call.withState();
    size_t position = 99;
    check(throws([&] { policy_prefill(&call); }), "an exception of the hook leaves prefill");
    check(policy_state_position(call.state, &position) == SST_STATUS_INVALID_ARGUMENT, "the state is marked");
    call.parallel = inOrder;
    check(policy_prefill(&call) == SST_STATUS_INVALID_ARGUMENT, "and refused");
    check(policy_state_reset(call.state) == SST_STATUS_OK && policy_prefill(&call) == SST_STATUS_OK &&
              call.out == want.out,
          "after reset the stream goes on");

    std::vector<unsigned char> snapshot(POLICY_STATE_BYTES);
    check(policy_state_snapshot(call.state, snapshot.data(), snapshot.size()) == SST_STATUS_OK, "a snapshot");
    call.rows = 1;
    check(policy_step(&call) == SST_STATUS_OK, "a step");
    std::vector<float> step = call.out;
    policy_state_restore(call.state, snapshot.data(), snapshot.size());
    call.parallel = throwing;
    check(throws([&] { policy_step(&call); }), "an exception of the hook leaves step");
    call.parallel = inOrder;
    check(policy_state_restore(call.state, snapshot.data(), snapshot.size()) == SST_STATUS_OK &&
              policy_step(&call) == SST_STATUS_OK && call.out == step,
          "after restore the stream goes on");
  }
}

/// What a thread that will be cancelled shares with the one that does it.
struct Shared {
  Call call;
  int running = 0;
};

/// Threads are cancelled wherever they are: a loop of calls on one thread has no other place. C++ promises nothing for
/// a frame that is left at any instruction if it has something to destroy or calls what must not throw, as members of
/// std::atomic: so this one has neither.
static void *callForever(void *argument) {
  auto *shared = static_cast<Shared *>(argument);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  for (;;) {
    policy_window(&shared->call);
    __atomic_store_n(&shared->running, 1, __ATOMIC_RELEASE);
  }
}

static void *cancelled(void *argument) {
  auto hook = [](void *shared, size_t count, sst_task_fn task, void *context) {
    task(context, 0, count);
    __atomic_store_n(&static_cast<Shared *>(shared)->running, 1, __ATOMIC_RELEASE);
    for (;;)
      pause(); // a cancellation point
  };
  Call call(hook, argument);
  policy_window(&call);
  return nullptr;
}

static void checkCancellation(void *(*body)(void *), const char *what) {
  Shared shared;
  auto isRunning = [&] { return __atomic_load_n(&shared.running, __ATOMIC_ACQUIRE) != 0; };
  pthread_t thread;
  void *result = nullptr;
  pthread_create(&thread, nullptr, body, &shared);
  for (int i = 0; !isRunning() && i < 30000; ++i)
    usleep(1000);
  check(isRunning(), "the thread is in a call");
  pthread_cancel(thread);
  pthread_join(thread, &result);
  check(result == PTHREAD_CANCELED, what);
}

/// A profiler: in a signal handler, how far up does the unwinder get, and is main there?
static volatile sig_atomic_t sampling, samples, complete;
static void *mainAddress;

static void sample(int) {
  if (!sampling)
    return;
  void *frames[64];
  int count = backtrace(frames, 64);
  samples = samples + 1;
  for (int i = 0; i < count; ++i)
    if (frames[i] == mainAddress) {
      complete = complete + 1;
      return;
    }
}

__attribute__((noinline)) static void callUntil(int count) {
  mainAddress = __builtin_return_address(0);
  Call call;
  sampling = 1;
  // A timer that goes off once, and is set again from here: one that repeats would leave a slow CPU no time for calls.
  for (int i = 0; i < count; ++i) {
    itimerval once = {{0, 0}, {0, 500 + 37 * (i % 20)}};
    setitimer(ITIMER_PROF, &once, nullptr);
    while (samples == i)
      policy_window(&call);
  }
  sampling = 0;
}

static void checkSamples() {
  void *warm[4];
  backtrace(warm, 4); // loads the unwinder
  struct sigaction action = {};
  action.sa_handler = sample;
  sigaction(SIGPROF, &action, nullptr);
  callUntil(200);
  check(samples == 200 && complete == 200, "the unwinder finds the caller from every instruction");
}

int main() {
  checkHooks();
  checkCancellation(cancelled, "a thread is cancelled in the hook");
  for (int i = 0; i < 20; ++i)
    checkCancellation(callForever, "a thread is cancelled in a kernel");
  checkSamples();
  return failures != 0;
}
