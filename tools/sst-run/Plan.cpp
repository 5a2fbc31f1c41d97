/*
 * Plan.cpp - a sequence cut into calls.
 */
#include "Plan.h"

#include <algorithm>
#include <cstring>

namespace sst {

const char *timedName(Timed timed) {
  constexpr const char *names[] = {"call", "pieces", "step", "ahead_finish"};
  return names[unsigned(timed)];
}

std::vector<PlannedCall> Plan::timedCalls() const {
  if (timed == Timed::Step)
    return {calls[calls.size() / 2]};
  if (timed == Timed::Finish)
    return {calls.back()};
  return calls;
}

size_t Plan::mostRows() const {
  size_t most = 0;
  for (const PlannedCall &call : calls)
    most = std::max(most, call.rows);
  return most;
}

size_t Plan::longestPiece() const {
  size_t most = 0;
  for (const PlannedCall &call : calls)
    most = std::max(most, call.piece());
  return most;
}

/// The sizes of the pieces of `rows` rows: those of `chunks`, of which the last one is repeated; one if there are none.
static std::vector<size_t> cut(size_t rows, const std::vector<size_t> &chunks) {
  std::vector<size_t> pieces;
  for (size_t done = 0; done < rows; done += pieces.back()) {
    size_t size = chunks.empty() ? rows : chunks[std::min(pieces.size(), chunks.size() - 1)];
    pieces.push_back(std::min(size, rows - done));
  }
  return pieces;
}

static void addPieces(Plan &plan, sst_run_fn function, const std::vector<size_t> &pieces) {
  size_t first = 0;
  for (size_t size : pieces) {
    plan.calls.push_back({function, first, size, 0});
    first += size;
  }
}

Plan makePlan(const RunOptions &options, const sst_artefact_t &functions, size_t rows) {
  Plan plan;
  plan.streams = options.needsStreams();
  plan.everyRow = options.mode == Mode::Sequence;
  switch (options.mode) {
  case Mode::Window:
    addPieces(plan, functions.window, {rows});
    break;
  case Mode::Sequence:
    plan.function = plan.streams ? SST_FUNCTION_SEQUENCE_FROM_STATE : SST_FUNCTION_SEQUENCE;
    plan.timed = plan.streams ? Timed::Pieces : Timed::Call;
    addPieces(plan, functions.sequence, cut(rows, options.chunks));
    break;
  case Mode::Prefill:
    plan.function = SST_FUNCTION_PREFILL;
    plan.timed = Timed::Pieces;
    addPieces(plan, functions.prefill, cut(rows, options.chunks));
    break;
  case Mode::Step:
    plan.function = SST_FUNCTION_STEP;
    plan.timed = Timed::Step;
    addPieces(plan, functions.step, cut(rows, {1}));
    break;
  case Mode::Ahead:
    plan.function = SST_FUNCTION_STEP;
    plan.timed = Timed::Finish;
    for (size_t budget : cut(rows - 1, options.chunks))
      plan.calls.push_back({functions.ahead_prepare, 0, rows - 1, options.chunks.empty() ? 0 : budget});
    plan.calls.push_back({functions.ahead_finish, rows - 1, 1, 0});
    break;
  }
  return plan;
}

void gatherRows(const Plan &plan, size_t batch, size_t rows, size_t width, const float *from, float *to) {
  const PlannedCall *before = nullptr;
  for (const PlannedCall &call : plan.calls) {
    bool done = before && before->first == call.first;
    for (size_t b = 0; !done && b < batch; ++b)
      std::memcpy(to + (batch * call.first + b * call.rows) * width, from + (b * rows + call.first) * width,
                  call.rows * width * sizeof(float));
    before = &call;
  }
}

void scatterRows(const Plan &plan, size_t batch, size_t rows, size_t width, const float *from, float *to) {
  for (const PlannedCall &call : plan.calls)
    for (size_t b = 0; b < batch; ++b)
      std::memcpy(to + (b * rows + call.first) * width, from + (batch * call.first + b * call.rows) * width,
                  call.rows * width * sizeof(float));
}

} // namespace sst
