// 64 streams on several threads: the bits of every row are those that one thread computes for the stream alone. For a
// model under ThreadSanitizer, see stream-threads.test; uses its object and header and nothing else. The object must be
// one whose variants both run on this CPU.
//
// Usage: stream-threads [--share=output | --share=states]      last line: "N passed, N failed"
//
// `--share` instead makes two threads write the same output, or use the same states, which is a race on purpose.
#include "policy.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr size_t streamCount = 64, rows = 20, aheadRows = 11, aheadBudget = 4;
constexpr uint32_t embed = POLICY_EMBED_DIM, hidden = POLICY_HIDDEN_SIZE;

/// A caller's threads: each task has one of its own, and begins when all are there. Nothing here orders what the tasks
/// do but the beginning and the end of the threads.
void runParallel(void *, size_t count, sst_task_fn task, void *context) {
  std::atomic<size_t> missing(count);
  auto run = [&](size_t index) {
    missing.fetch_sub(1, std::memory_order_relaxed);
    while (missing.load(std::memory_order_relaxed) != 0)
      std::this_thread::yield();
    task(context, index, count);
  };
  std::vector<std::thread> threads;
  for (size_t index = 1; index < count; ++index)
    threads.emplace_back(run, index);
  run(0);
  for (std::thread &thread : threads)
    thread.join();
}

/// runParallel of anything that takes the index of a task.
template <typename Function>
void parallelFor(size_t count, Function function) {
  runParallel(
      nullptr, count, [](void *context, size_t index, size_t) { (*static_cast<Function *>(context))(index); },
      &function);
}

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Aligned = std::unique_ptr<unsigned char[], Free>;

Aligned allocate(size_t bytes) {
  return Aligned(static_cast<unsigned char *>(std::aligned_alloc(64, (bytes + 63) / 64 * 64)));
}

/// What goes into every stream, and what comes out of one alone on one thread.
struct Sequences {
  std::vector<float> input = std::vector<float>(streamCount * rows * embed);
  std::vector<float> wanted = std::vector<float>(streamCount * rows * hidden);
};

/// What all users together have: the memory of one touches that of the next.
struct Memory {
  size_t stateBytes = policy_state_bytes();
  Aligned states = allocate(streamCount * stateBytes), others = allocate(streamCount * stateBytes),
          snapshots = allocate(streamCount * stateBytes);
  std::vector<float> lastRows = std::vector<float>(streamCount * hidden);
  std::vector<float> allRows = std::vector<float>(streamCount * rows * hidden);
};

/// A thread of the program, which makes calls of one or more threads for `count` streams. Its output is at `place` and
/// the places behind it.
class User {
public:
  User(const Sequences &sequences, Memory &memory, size_t first, size_t count, size_t place, size_t threads,
       uint32_t variant)
      : sequences(sequences), first(first), count(count), threads(threads), variant(variant),
        stateBytes(memory.stateBytes), lastRows(&memory.lastRows[place * hidden]),
        allRows(&memory.allRows[place * rows * hidden]), positions(count) {
    for (size_t b = first; b < first + count; ++b) {
      states.push_back(&memory.states[b * stateBytes]);
      others.push_back(&memory.others[b * stateBytes]);
      snapshots.push_back(&memory.snapshots[b * stateBytes]);
      expectOk(policy_state_init(states.back(), stateBytes), "state_init");
      expectOk(policy_state_init(others.back(), stateBytes), "state_init");
    }
    size_t bytes = 0;
    expectOk(policy_workspace_bytes(count, rows, threads, &bytes), "workspace_bytes");
    workspace = allocate(workspaceBytes = bytes);
  }

  /// Everything that a stream can do.
  void run() {
    // With lengths, every stream is a group; so some groups are of one thread, and the threads share others.
    std::vector<size_t> lengths(count);
    for (size_t b = 0; b < count; ++b)
      lengths[b] = 1 + (first + b) % 6;
    append(policy_prefill, 0, count - 3, lengths, "prefill with lengths");
    append(policy_prefill, count - 3, count, lengths, "prefill with lengths");
    step();
    step();
    leaveAndComeBack();
    append(policy_sequence, 0, count, std::vector<size_t>(count, 5), "sequence from a state");
    append(policy_prefill, 0, count, std::vector<size_t>(count, 3), "prefill");
    step();
    step();
    ahead();
    withoutStates();
  }

  size_t passed = 0, failed = 0;

private:
  void check(bool holds, const std::string &what) {
    ++(holds ? passed : failed);
    if (!holds && failed <= 5)
      std::printf("FAILED: %s, %zu streams from %zu, %zu threads\n", what.c_str(), count, first, threads);
  }
  void expectOk(sst_status_t status, const char *what) {
    check(status == SST_STATUS_OK, what + (": status " + std::to_string(status)));
  }
  void checkRow(const float *got, size_t b, size_t row, const char *what) {
    const float *wanted = &sequences.wanted[((first + b) * rows + row) * hidden];
    check(std::memcmp(got, wanted, hidden * sizeof(float)) == 0,
          what + (": stream " + std::to_string(first + b) + ", row " + std::to_string(row)));
  }
  const float *inputRow(size_t b, size_t row) const { return &sequences.input[((first + b) * rows + row) * embed]; }

  sst_call_t makeCall(size_t batch, size_t callRows, const float *input, float *output) const {
    sst_call_t call = {};
    call.size = sizeof call;
    call.abi_version = SST_ABI_VERSION;
    call.variant = variant;
    call.flags = SST_CALL_VARIANT_CHECKED;
    call.batch = batch;
    call.rows = callRows;
    call.input = input;
    call.output = output;
    call.workspace = workspace.get();
    call.workspace_bytes = workspaceBytes;
    call.threads = threads;
    call.parallel = threads > 1 ? runParallel : nullptr;
    return call;
  }

  /// Appends the next rows to the streams from `begin` to `end`.
  void append(sst_run_fn function, size_t begin, size_t end, const std::vector<size_t> &lengths, const char *what) {
    size_t most = *std::max_element(lengths.begin() + begin, lengths.begin() + end);
    bool unequal = *std::min_element(lengths.begin() + begin, lengths.begin() + end) != most;
    bool everyRow = function == policy_sequence;
    std::vector<float> input((end - begin) * most * embed);
    for (size_t b = begin; b < end; ++b)
      std::copy_n(inputRow(b, positions[b]), lengths[b] * embed, &input[(b - begin) * most * embed]);
    float *output = everyRow ? allRows : lastRows;
    sst_call_t call = makeCall(end - begin, most, input.data(), output);
    call.states = &states[begin];
    call.lengths = unequal ? &lengths[begin] : nullptr;
    expectOk(function(&call), what);
    for (size_t b = begin; b < end; ++b) {
      for (size_t row = everyRow ? 0 : lengths[b] - 1; row < lengths[b]; ++row, output += hidden)
        checkRow(output, b, positions[b] + row, what);
      positions[b] += lengths[b];
    }
  }

  void step() { append(policy_step, 0, count, std::vector<size_t>(count, 1), "step"); }

  /// All streams go two rows further, and back again: by a snapshot, by a fork or by a rollback.
  void leaveAndComeBack() {
    forEachStream([this](size_t b) {
      return b % 3 == 0   ? policy_state_snapshot(states[b], snapshots[b], stateBytes)
             : b % 3 == 1 ? policy_state_fork(others[b], states[b])
                          : policy_state_fork(others[b], states[0]); // which all threads may read
    });
    for (size_t b = 0; b < count; ++b)
      check(b % 3 == 0 || std::memcmp(others[b], states[b % 3 == 1 ? b : 0], stateBytes) == 0, "the bytes of a fork");
    step();
    step();
    forEachStream([this](size_t b) {
      positions[b] -= 2;
      if (b % 3 == 1)
        std::swap(states[b], others[b]);
      return b % 3 == 0   ? policy_state_restore(states[b], snapshots[b], stateBytes)
             : b % 3 == 1 ? SST_STATUS_OK
                          : policy_state_rollback(states[b], 2);
    });
    size_t position = 0;
    for (size_t b = 0; b < count; ++b)
      check(policy_state_position(states[b], &position) == SST_STATUS_OK && position == positions[b],
            "the position after coming back");
  }

  /// Calls the function for every stream, on all threads.
  template <typename Function>
  void forEachStream(Function function) {
    std::vector<sst_status_t> status(count);
    parallelFor(threads, [&](size_t thread) {
      for (size_t b = thread; b < count; b += threads)
        status[b] = function(b);
    });
    for (sst_status_t each : status)
      expectOk(each, "a function of states");
  }

  void ahead() {
    forEachStream([this](size_t b) { return policy_state_reset(others[b]); });
    std::vector<float> known, last;
    for (size_t b = 0; b < count; ++b) {
      known.insert(known.end(), inputRow(b, 0), inputRow(b, aheadRows - 1));
      last.insert(last.end(), inputRow(b, aheadRows - 1), inputRow(b, aheadRows));
    }
    for (size_t position = 0; position < aheadRows - 1;) {
      sst_call_t call = makeCall(count, aheadRows - 1, known.data(), lastRows);
      call.states = others.data();
      call.row_budget = aheadBudget;
      expectOk(policy_ahead_prepare(&call), "ahead_prepare");
      position = std::min(position + aheadBudget, aheadRows - 1);
      checkLastRows(position - 1, "ahead_prepare");
    }
    sst_call_t call = makeCall(count, 1, last.data(), lastRows);
    call.states = others.data();
    expectOk(policy_ahead_finish(&call), "ahead_finish");
    checkLastRows(aheadRows - 1, "ahead_finish");
  }

  void checkLastRows(size_t row, const char *what) {
    for (size_t b = 0; b < count; ++b)
      checkRow(lastRows + b * hidden, b, row, what);
  }

  void withoutStates() {
    sst_call_t call = makeCall(count, rows, inputRow(0, 0), lastRows);
    expectOk(policy_window(&call), "window");
    checkLastRows(rows - 1, "window");
    call.output = allRows;
    expectOk(policy_sequence(&call), "sequence");
    for (size_t b = 0; b < count; ++b)
      for (size_t row = 0; row < rows; ++row)
        checkRow(allRows + (b * rows + row) * hidden, b, row, "sequence");
  }

  const Sequences &sequences;
  size_t first, count, threads;
  uint32_t variant;
  size_t stateBytes, workspaceBytes = 0;
  Aligned workspace;
  float *lastRows, *allRows;
  std::vector<void *> states, others, snapshots;
  std::vector<size_t> positions;
};

/// `count` users at the same time, each with calls of `threads` threads; they take turns with the variants.
class Round {
public:
  Round(const Sequences &sequences, const std::vector<uint32_t> &variants, size_t count, size_t threads,
        bool sharesStates = false, bool sharesOutput = false) {
    size_t each = streamCount / count;
    for (size_t i = 0; i < count; ++i)
      users.emplace_back(sequences, memory, sharesStates ? 0 : i * each, each, sharesOutput ? 0 : i * each, threads,
                         variants[i % variants.size()]);
  }

  void run(size_t &passed, size_t &failed) {
    parallelFor(users.size(), [this](size_t i) { users[i].run(); });
    for (const User &user : users) {
      passed += user.passed;
      failed += user.failed;
    }
  }

private:
  Memory memory;
  std::vector<User> users;
};

Sequences computeAlone(uint32_t variant) {
  Sequences sequences;
  std::mt19937 random(1);
  for (float &x : sequences.input)
    x = float(random()) * 0x1p-31f - 1.0f;
  sst_call_t call = {};
  call.size = sizeof call;
  call.abi_version = SST_ABI_VERSION;
  call.variant = variant;
  call.flags = SST_CALL_VARIANT_CHECKED;
  call.batch = 1;
  call.rows = rows;
  policy_workspace_bytes(1, rows, 1, &call.workspace_bytes);
  Aligned workspace = allocate(call.workspace_bytes);
  call.workspace = workspace.get();
  for (size_t b = 0; b < streamCount; ++b) {
    call.input = &sequences.input[b * rows * embed];
    call.output = &sequences.wanted[b * rows * hidden];
    if (policy_sequence(&call) != SST_STATUS_OK)
      std::abort();
  }
  return sequences;
}

} // namespace

int main(int argc, char **argv) {
  std::string argument = argc > 1 ? argv[1] : "";
  bool sharesStates = argument == "--share=states", sharesOutput = argument == "--share=output";
  if (argc > 2 || (argc == 2 && !sharesStates && !sharesOutput)) {
    std::fputs("stream-threads: error: expects --share=output, --share=states or nothing\n", stderr);
    return 2;
  }
  const std::vector<uint32_t> variants = {SST_VARIANT_X86_64_V3, SST_VARIANT_X86_64_V4};

  Sequences sequences = computeAlone(variants[0]);
  size_t passed = 0, failed = 0;
  if (sharesStates || sharesOutput) {
    Round(sequences, variants, 2, 1, sharesStates, sharesOutput).run(passed, failed);
  } else {
    for (uint32_t variant : variants)
      Round(sequences, {variant}, 1, 4).run(passed, failed);
    Round(sequences, variants, 2, 2).run(passed, failed);
    Round(sequences, variants, 4, 1).run(passed, failed);
  }
  std::printf("%zu passed, %zu failed\n", passed, failed);
  return failed != 0 || passed == 0;
}
