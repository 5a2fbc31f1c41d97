// A model with kernels of the tests' own, which the entry code runs as if sst-compile had generated them:
// output[t][h] = (h + 1) * the sum of all inputs up to row t. A state has that sum for every row.
#ifndef SST_TEST_UNIT_RUNTIME_FAKEMODEL_H
#define SST_TEST_UNIT_RUNTIME_FAKEMODEL_H

#include "Hooks.h"

#include "sst/Runtime/sst_entry.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace fake {

constexpr size_t embed = 3, hidden = 2;
constexpr uint64_t rowBytes = 100, sequenceBytes = 40, fixedBytes = 8, threadBytes = 72, groupRows = 16;
constexpr size_t windowSize = 6, maxRows = 40, rollback = 5;
constexpr uint64_t phases[SST_FUNCTION_COUNT] = {4, 3, 4, 5, 3}, ops[SST_FUNCTION_COUNT] = {3, 2, 3, 4, 2};

/// What kernels make of a state.
struct State {
  sst_state_header_t header;
  float totals[maxRows + 2]; ///< a ring; the size is no multiple of what a checksum takes at once
};
static_assert(sizeof(State) % 32 != 0);

/// `sst_model_data`, which only the entry code sees as constant. A test that changes it restores it.
extern sst_model_data_t model __asm__("sst_model_data");

/// What the kernels were asked to do, by the first of the threads that share a call.
struct KernelCall {
  int64_t batch, rows;
  int function; ///< SST_FUNCTION_*
  int64_t threads;
  uint64_t variant = 0;
  unsigned mxcsr = 0;
  bool operator==(const KernelCall &other) const {
    return batch == other.batch && rows == other.rows && function == other.function && threads == other.threads;
  }
};
extern std::vector<KernelCall> calls;

/// The entry points that run kernels.
enum Kind { window, sequence, prefill, step, sequenceFromState, aheadPrepare, aheadFinish };
constexpr Kind streamKinds[] = {prefill, step, sequenceFromState, aheadPrepare, aheadFinish};
inline int functionOf(Kind kind) {
  return kind == aheadPrepare ? SST_FUNCTION_PREFILL : kind == aheadFinish ? SST_FUNCTION_STEP : int(kind);
}
inline bool hasStates(Kind kind) { return kind != window && kind != sequence; }
inline bool hasEveryRow(Kind kind) { return kind == sequence || kind == sequenceFromState; }
inline bool hasOneRow(Kind kind) { return kind == step || kind == aheadFinish; }

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};

/// Exactly so much memory, so that a sanitizer sees every byte too many, with junk in it.
std::unique_ptr<void, Free> allocate(size_t bytes);

/// The state of a stream.
class Stream {
public:
  Stream();
  State *get() const { return static_cast<State *>(memory.get()); }
  size_t position() const;
  std::vector<unsigned char> bytes() const;
  void setBytes(const std::vector<unsigned char> &bytes);

private:
  std::unique_ptr<void, Free> memory;
};

/// A call with the memory that it needs, and states for it if its kind has any. The kernels are no code of any variant,
/// so the CPU is not asked unless it would choose one of them.
struct Call {
  Call(size_t batch, size_t rows, Kind kind, size_t threads = 1, sst_parallel_fn hook = runConcurrently);

  /// Adds a profile; one number more than needed must stay as it is.
  void addProfile();
  void setLengths(std::vector<size_t> values);
  /// Uses these states instead of its own.
  void setStates(const std::vector<Stream> &streams);
  sst_status_t run();

  /// Runs a call that is wrong, and checks that nothing was written: no buffer, no state, and no kernel ran.
  sst_status_t runRefused();

  /// The sum of sequence `b` up to a row.
  float sum(size_t b, size_t row) const;

  Kind kind;
  sst_call_t call{};
  std::vector<float> input, output;
  std::vector<uint64_t> profile;
  std::vector<size_t> lengths;
  std::vector<Stream> streams;
  std::vector<void *> states;
  std::unique_ptr<void, Free> workspace;
  size_t workspaceBytes = 0;
};

/// The variant that SST_VARIANT_AUTO is on this CPU; SST_VARIANT_AUTO itself if it has none of both.
sst_variant_t bestVariant();

/// Restores the model.
class Fixture : public ::testing::Test {
protected:
  void TearDown() override { model = original; }

private:
  sst_model_data_t original = model;
};

} // namespace fake

#endif // SST_TEST_UNIT_RUNTIME_FAKEMODEL_H
