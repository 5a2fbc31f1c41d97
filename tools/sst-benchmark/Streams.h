/*
 * Streams.h - the streams of modes step and ahead, and how they get to where the timed call begins, again and again.
 */
#ifndef SST_TOOLS_SST_BENCHMARK_STREAMS_H
#define SST_TOOLS_SST_BENCHMARK_STREAMS_H

#include "Cases.h"

namespace sst {

class Streams {
public:
  /// Allocates and touches the memory of the case's streams. False if there is not enough.
  bool allocate(const Case &item);

  /// Brings all streams to item.rows - 1 rows. `step` is the call over the next row, which is timed afterwards; its
  /// input is the last row of each sequence in `input`, that of this function the ones in front. A message if a call
  /// fails, else empty.
  ///
  /// step: the streams go back by one row if the model can do that. Else they become copies of streams of one row less
  /// and make a step that does not count, since copying leaves other memory in the caches than a step does.
  /// ahead: the streams begin again and are prepared, as before each window.
  std::string arrange(const sst_call_t &step, const float *input);

  /// For sst_call_t.
  void *const *states() const { return addresses.data(); }
  /// The memory of the states that a call over row item.rows uses, about.
  size_t usedBytes() const;

private:
  const Case *item = nullptr;
  std::unique_ptr<void, MemoryDeleter> memory, workspace;
  size_t workspaceBytes = 0;
  std::vector<void *> addresses, saved; ///< `saved`: streams of item.rows - 2 rows to copy; empty if not needed
  bool begun = false;

  std::string begin(const sst_call_t &step, const float *input);
  std::string reset();
  std::string extend(const sst_call_t &step, const float *input, size_t rows);
};

} // namespace sst

#endif // SST_TOOLS_SST_BENCHMARK_STREAMS_H
