/*
 * Plan.h - the calls of one run: which function gets which rows. What is not here: making them.
 */
#ifndef SST_TOOLS_SST_RUN_PLAN_H
#define SST_TOOLS_SST_RUN_PLAN_H

#include "Options.h"

namespace sst {

/// A call over the rows [first, first + rows) of all sequences.
struct PlannedCall {
  sst_run_fn function;
  size_t first, rows;
  size_t rowBudget; ///< as in sst_call_t

  /// Most rows that the call runs.
  size_t piece() const { return rowBudget > 0 && rowBudget < rows ? rowBudget : rows; }
};

/// What a time is the time of.
enum class Timed {
  Call,   ///< the only call of a run
  Pieces, ///< all calls of a run, with the reset of the states in front
  Step,   ///< each call by itself
  Finish  ///< the last call
};

/// "call", "pieces", "step" or "ahead_finish".
const char *timedName(Timed timed);

struct Plan {
  std::vector<PlannedCall> calls; ///< at least one
  Timed timed = Timed::Call;
  uint32_t function = SST_FUNCTION_WINDOW; ///< that the timed calls run: an index into sst_info_t::functions
  bool streams = false;                    ///< whether the calls are of streams, which begin without rows
  bool everyRow = false;                   ///< whether the output has every row

  /// Whether this call belongs to what is timed.
  bool isTimed(size_t index) const { return timed != Timed::Finish || index + 1 == calls.size(); }
  /// The calls between the beginning and the end of a time; of steps the one in the middle.
  std::vector<PlannedCall> timedCalls() const;
  /// Most rows of a call, and most that one runs.
  size_t mostRows() const;
  size_t longestPiece() const;
};

/// The calls of options.mode over sequences of so many rows.
Plan makePlan(const RunOptions &options, const sst_artefact_t &functions, size_t rows);

/// Copies [batch][rows][width] values to where the calls of a plan have theirs: one call's [batch][its rows][width]
/// after the other's; calls over the same rows share them.
void gatherRows(const Plan &plan, size_t batch, size_t rows, size_t width, const float *from, float *to);
/// The way back.
void scatterRows(const Plan &plan, size_t batch, size_t rows, size_t width, const float *from, float *to);

} // namespace sst

#endif // SST_TOOLS_SST_RUN_PLAN_H
