/*
 * groups.h - dividing a call into groups of sequences, and groups among threads; part of entry.c.
 *
 * One thread computes one group after the other (sst_model_data_t). Of several threads, n, each first computes whole
 * groups alone, without meeting the others, as long as there are n of them; then all of them compute each of the groups
 * that are left, fewer than n, together. Nothing of this changes a bit of the result.
 *
 * The workspace of one thread is what a group needs. That of several threads is
 *
 *     call_progress_t | phases of shared groups | workspace of shared groups | of thread 0 | of thread 1 | ...
 *
 * and at the end of both, for a model whose `window` puts rows in front of short sequences (sst_info_t::cold), is room
 * for the input with these rows.
 *
 * A thread that comes late, or stops for a while, does no harm, since nothing here is used twice for different things
 * while it could still be in it:
 *  - Workspace t belongs to thread t alone.
 *  - Every shared group has phases of its own. They are zero before the threads start and never again.
 *  - The shared workspace goes from one shared group to the next. But a thread gets to the next group only when all
 *    units of the last phase are done, so that no thread is inside a unit; and a thread that comes to a group later
 * than that finds all its units taken and done, and touches no buffer between units.
 */
#ifndef SST_RUNTIME_LIB_ENTRY_GROUPS_H
#define SST_RUNTIME_LIB_ENTRY_GROUPS_H

#include "sst/Runtime/sst_entry.h"

#include "arch.h"
#include "buffers.h"
#include "team.h"

/** What the threads of a call change, at the start of the workspace. */
typedef struct call_progress {
  uint64_t next_group; /**< the first whole group that no thread has taken */
  uint64_t unused[7];
} call_progress_t;

_Static_assert(sizeof(call_progress_t) == SST_WORKSPACE_ALIGNMENT, "the phases behind it must be aligned");

/** Where the parts of a workspace are, in bytes. */
typedef struct workspace_layout {
  size_t phases; /**< of the first shared group; with one thread 0, as the other offsets */
  size_t shared; /**< workspace of shared groups */
  size_t own;    /**< workspace of thread 0, where groups are computed by one thread */
  size_t own_bytes;
  size_t filled; /**< input with rows in front, [batch][fewest_window_rows()][embed_dim] */
  size_t bytes;  /**< all of it */
} workspace_layout_t;

/** `*bytes += factor * count`, rounded up to the alignment of the workspace; 0 if that overflows. */
static int add_term(size_t *bytes, size_t factor, size_t count) {
  size_t term, sum;
  if (__builtin_mul_overflow(factor, count, &term) ||
      __builtin_add_overflow(term, (size_t)SST_WORKSPACE_ALIGNMENT - 1, &term))
    return 0;
  term &= ~((size_t)SST_WORKSPACE_ALIGNMENT - 1);
  if (__builtin_add_overflow(*bytes, term, &sum) || sum > MAX_BUFFER_BYTES)
    return 0;
  *bytes = sum;
  return 1;
}

/** The number of rows up to which `window` puts rows in front of a sequence; 0 if it does not. */
static size_t fewest_window_rows(void) {
  return sst_model_data.info.cold == SST_COLD_SHORT ? 0 : sst_model_data.info.window_size;
}

/** The most phases of a function. */
static size_t most_phases(void) {
  size_t most = 0;
  for (int function = 0; function < SST_FUNCTION_COUNT; ++function)
    most = max_size(most, sst_model_data.phases[function]);
  return most;
}

/** Number of sequences of `rows` rows that one kernel call takes. */
static size_t group_size(size_t batch, size_t rows) {
  return min_size(batch, max_size(1, sst_model_data.group_rows / rows));
}

/** Adds what one kernel call needs, whatever the number of threads, for every call with at most this batch and these
 *  rows: the rows of a group are at most batch * rows and at most max(rows, group_rows), its sequences at most batch
 * and at most max(1, group_rows). Both bounds grow with batch and rows, which the exact number, because of the division
 * in group_size, does not. */
static int add_group(size_t *bytes, size_t batch, size_t rows) {
  size_t all_rows;
  if (__builtin_mul_overflow(batch, rows, &all_rows))
    return 0;
  size_t group_rows = min_size(all_rows, max_size(rows, sst_model_data.group_rows));
  size_t group_sequences = min_size(batch, max_size(1, sst_model_data.group_rows));
  return add_term(bytes, sst_model_data.row_bytes, group_rows) &&
         add_term(bytes, sst_model_data.sequence_bytes, group_sequences) &&
         add_term(bytes, sst_model_data.fixed_bytes, 1);
}

/** Adds what several threads need before the rooms of each, where `layout->own_bytes` is known; 0 if that overflows. */
static int lay_out_threads(size_t batch, size_t rows, size_t threads, workspace_layout_t *layout) {
  size_t phase_bytes;
  if (__builtin_mul_overflow(most_phases(), sizeof(sst_phase_t), &phase_bytes))
    return 0;
  size_t end = layout->phases = sizeof(call_progress_t);
  if (!add_term(&end, phase_bytes, min_size(batch, threads - 1)))
    return 0;
  layout->shared = end;
  if (!add_group(&end, batch, rows) || !add_term(&end, sst_model_data.thread_bytes, threads))
    return 0;
  layout->own = end;
  if (!add_term(&end, layout->own_bytes, batch > 1 ? min_size(batch, threads) : 0))
    return 0;
  layout->bytes = end;
  return 1;
}

/**
 * Lays out the workspace; 0 if it overflows. `threads` is at least 1. `layout->bytes` never shrinks when one of the
 * three sizes grows, and but for the input with rows in front it is bounded in the batch. The offsets are good for this
 * call, whichever it is, with and without lengths: it has at most min(batch, threads - 1) shared groups, and whole
 * groups of one thread only if there are at least as many sequences as threads. (The space for these,
 * min(batch, threads) and not 0 with fewer sequences, keeps the sum from shrinking.)
 */
static int lay_out(size_t batch, size_t rows, size_t threads, workspace_layout_t *layout) {
  size_t filled_bytes;
  rows = max_size(rows, fewest_window_rows());
  *layout = (workspace_layout_t){0};
  if (!add_group(&layout->own_bytes, batch, rows) || !add_term(&layout->own_bytes, sst_model_data.thread_bytes, 1))
    return 0;
  layout->bytes = layout->own_bytes;
  if (threads > 1 && !lay_out_threads(batch, rows, threads, layout))
    return 0;
  layout->filled = layout->bytes;
  return buffer_bytes(batch, fewest_window_rows(), sst_model_data.info.embed_dim, &filled_bytes) &&
         add_term(&layout->bytes, filled_bytes, 1);
}

/** A call that has been checked. Threads only read it. */
typedef struct checked_call {
  const sst_call_t *call;
  sst_kernel_fn kernel;
  size_t threads;                 /**< at least 1 */
  size_t fewest_rows;             /**< with fewer, a sequence is the one in the workspace's room for filled ones */
  int ahead;                      /**< see rows_to_run */
  size_t input_step, output_step; /**< floats from one sequence to the next */
  size_t op_count, phase_count;   /**< of the kernel */
  size_t group, groups;           /**< sequences of a group, and how many groups there are */
  size_t whole_groups;            /**< the first ones, which one thread each computes */
  workspace_layout_t layout;
} checked_call_t;

static sst_team_t make_team(const checked_call_t *c, size_t thread) {
  sst_team_t team = {0, 1, 0, 0, c->op_count, 0};
  if (c->call->profile) {
    team.profile = c->call->profile + thread * (c->op_count + 1);
    team.last_tick = sst_ticks();
  }
  return team;
}

/** How many rows of sequence `b` the call has. */
static size_t rows_of(const sst_call_t *call, size_t b) { return call->lengths ? call->lengths[b] : call->rows; }

/** Sequence `b` among the filled ones. */
static float *filled_sequence(const checked_call_t *c, size_t b) {
  float *filled = (float *)((unsigned char *)c->call->workspace + c->layout.filled);
  return filled + b * c->fewest_rows * sst_model_data.info.embed_dim;
}

/** Puts rows in front of the sequences that are too short, in the workspace. */
static void fill_short_sequences(const checked_call_t *c) {
  size_t row_floats = sst_model_data.info.embed_dim, row_bytes = row_floats * sizeof(float);
  for (size_t b = 0; b < c->call->batch; ++b) {
    size_t rows = rows_of(c->call, b);
    const float *input = c->call->input + b * c->input_step;
    float *row = filled_sequence(c, b);
    for (size_t missing = rows; missing < c->fewest_rows; ++missing, row += row_floats)
      if (sst_model_data.info.cold == SST_COLD_FIRST)
        __builtin_memcpy(row, input, row_bytes);
      else
        __builtin_memset(row, 0, row_bytes);
    if (rows < c->fewest_rows)
      __builtin_memcpy(row, input, rows * row_bytes);
  }
}

/** How many rows of stream `b` the call runs. `ahead_prepare` goes on at the stream's position, which nobody changes
 *  before all threads have ended, and has a limit. */
static size_t rows_to_run(const sst_call_t *call, int ahead, size_t b) {
  size_t rows = rows_of(call, b);
  if (!ahead)
    return rows;
  size_t left = rows - ((const sst_state_header_t *)call->states[b])->position;
  return call->row_budget ? min_size(left, call->row_budget) : left;
}

/** Computes a group, or this thread's part of it, in the workspace at `offset`. */
static void run_group(const checked_call_t *c, size_t index, size_t offset, sst_team_t *team) {
  const sst_call_t *call = c->call;
  size_t first = index * c->group;
  size_t count = min_size(c->group, call->batch - first);
  size_t rows = rows_to_run(call, c->ahead, first);
  void *const *states = call->states ? call->states + first : 0;
  const float *input = call->input + first * c->input_step;
  if (rows == 0)
    return; /* a stream that is prepared already */
  if (rows < c->fewest_rows) {
    input = filled_sequence(c, first);
    rows = c->fewest_rows;
  }
  if (c->ahead)
    input += ((const sst_state_header_t *)*states)->position * sst_model_data.info.embed_dim;
  c->kernel(input, call->output + first * c->output_step, (unsigned char *)call->workspace + offset, sst_model_weights,
            states ? *states : 0, states, (int64_t)count, (int64_t)rows, team->thread, team->threads, team);
}

/** The part of one of several threads: an sst_task_fn. */
static void run_thread(void *context, size_t thread, size_t count) {
  const checked_call_t *c = context;
  call_progress_t *progress = c->call->workspace;
  (void)count;
  sst_fp_environment_t saved = sst_enter_default_environment();
  sst_team_t team = make_team(c, thread);
  size_t index;
  while ((index = __atomic_fetch_add(&progress->next_group, 1, __ATOMIC_RELAXED)) < c->whole_groups)
    run_group(c, index, c->layout.own + thread * c->layout.own_bytes, &team);
  team.thread = (int64_t)thread;
  team.threads = (int64_t)c->threads;
  team.phases = (sst_phase_t *)((unsigned char *)c->call->workspace + c->layout.phases);
  for (index = c->whole_groups; index < c->groups; ++index, team.phases += c->phase_count)
    run_group(c, index, c->layout.shared, &team);
  sst_leave_default_environment(saved);
}

/** Runs the kernel over all groups of a call. */
static void run_groups(checked_call_t *c) {
  const sst_call_t *call = c->call;
  c->group = call->lengths || c->ahead ? 1 : group_size(call->batch, max_size(call->rows, c->fewest_rows));
  c->groups = call->batch / c->group + (call->batch % c->group != 0);
  if (c->threads == 1) {
    sst_fp_environment_t saved = sst_enter_default_environment();
    sst_team_t team = make_team(c, 0);
    for (size_t index = 0; index < c->groups; ++index)
      run_group(c, index, 0, &team);
    sst_leave_default_environment(saved);
    return;
  }
  size_t shared_groups = c->groups % c->threads;
  c->whole_groups = c->groups - shared_groups;
  unsigned char *workspace = call->workspace;
  *(call_progress_t *)workspace = (call_progress_t){0};
  sst_phase_t *phases = (sst_phase_t *)(workspace + c->layout.phases);
  for (size_t i = 0; i < shared_groups * c->phase_count; ++i)
    phases[i] = (sst_phase_t){0};
  call->parallel(call->parallel_context, c->threads, run_thread, c);
}

#endif /* SST_RUNTIME_LIB_ENTRY_GROUPS_H */
