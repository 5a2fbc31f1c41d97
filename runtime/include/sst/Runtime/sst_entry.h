/*
 * sst_entry.h - what the compiler generates and runtime/lib/entry/entry.c calls.
 *
 * The one header that the compiler and the entry code share and no user sees. entry.c is compiled to LLVM bitcode
 * when SST is built; sst-compile defines the data declared below, puts it into one object with the generated kernels
 * and the weights, and adds the public names of the entry points (`<name>_window`, ...). They are names only: whatever
 * the artefact itself refers to, the table of functions too, are symbols that nobody else sees, so that another model
 * of the same name, wherever in the process it is, changes nothing here.
 */
#ifndef SST_RUNTIME_SST_ENTRY_H
#define SST_RUNTIME_SST_ENTRY_H

#include "sst/Runtime/sst_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Where the threads of a kernel call meet in one phase. The work of a phase is divided into units, which do not depend
 * on each other; each is taken by one thread, and a phase is over when all are done. Its own cache line, in the
 * workspace, zero before the kernel call.
 */
typedef struct sst_phase {
  uint64_t taken; /**< bit u is set once a thread has taken unit u */
  uint32_t done;  /**< how many units are done, and in the top bit whether a thread sleeps until all are */
  uint32_t unused[13];
} sst_phase_t;

/** Most units of a phase: the bits of sst_phase_t::taken. */
#define SST_MAX_UNITS 64

/** One thread's part in a kernel call. */
typedef struct sst_team {
  int64_t thread, threads; /**< this thread, in [0, threads) */
  sst_phase_t *phases;     /**< one for each phase of the kernel; NULL with one thread */
  uint64_t *profile;       /**< NULL, or this thread's ticks: one number per op, then the time it waited */
  uint64_t op_count;       /**< with `profile`: where in it the time waited is */
  uint64_t last_tick;      /**< with `profile`: when the last op of this thread ended */
} sst_team_t;

/**
 * Takes the next unit of a phase. Generated code computes a phase with
 *
 *     for (u = sst_team_next(team, phase, units, -1); u >= 0; u = sst_team_next(team, phase, units, u))
 *       ... unit u ...
 *
 * `previous` is the unit that this thread has just finished, -1 at the start of the phase. Returns -1 when all units of
 * the phase, also those that other threads took, are done. `units` is in [1, SST_MAX_UNITS], and the same on all
 * threads. Thread i of n prefers the units i, i + n, i + 2n, ..., the same ones in every phase, so that rows stay in
 * its cache. No thread waits for one that has not taken a unit.
 *
 * Between units a kernel touches no buffer: a thread that comes late finds all units of a phase done, and the buffers
 * may by then belong to a later phase or group.
 */
int64_t sst_team_next(sst_team_t *team, int64_t phase, int64_t units, int64_t previous);

/** Adds the time since the last mark of this thread to `profile[op]`, if there is a profile. */
void sst_team_mark(sst_team_t *team, int64_t op);

/**
 * What a state and a snapshot begin with; its size is a multiple of SST_STATE_ALIGNMENT. Behind it are the values of
 * the model, in the order and layout of #sst.place<state, ..>. In a state `checksum` is 0.
 */
typedef struct sst_state_header {
  uint64_t magic;       /**< SST_STATE_MAGIC or SST_SNAPSHOT_MAGIC */
  uint32_t abi_version; /**< SST_ABI_VERSION */
  uint32_t in_call;     /**< 1 while a call is using the state, or was left without return; else 0 */
  uint64_t bytes;       /**< of all of it */
  uint64_t model[2];    /**< sst_model_data_t::state_model */
  uint64_t position;    /**< rows of the stream; generated code reads it */
  uint64_t oldest;      /**< the fewest rows that a rollback can go back to */
  uint64_t checksum;
} sst_state_header_t;

#define SST_STATE_MAGIC 0x4554415453545353u    /* "SSTSTATE" */
#define SST_SNAPSHOT_MAGIC 0x5350414e53545353u /* "SSTSNAPS" */

/**
 * Runs one group of sequences: input [batch][rows][embed_dim], output [batch][1 or rows][hidden_size]. All threads of
 * the team call it with the same arguments but for `team`; `thread` and `threads` are the team's.
 *
 * `states` is NULL for window and sequence, else the address of the state of each sequence, and `first_state` is
 * states[0]. The kernel reads the position of each state and appends to its values; it does not change the header.
 */
typedef void (*sst_kernel_fn)(const float *input, float *output, void *workspace, const void *weights,
                              void *first_state, void *const *states, int64_t batch, int64_t rows, int64_t thread,
                              int64_t threads, sst_team_t *team);

/**
 * Everything entry.c must know of a model. A group of g sequences of T rows, computed by n threads, needs
 * `row_bytes*g*T + sequence_bytes*g + fixed_bytes + thread_bytes*n` bytes of workspace (each term rounded up to 64),
 * where g = min(batch, max(1, group_rows / T)): sequences are computed in groups so that short ones share a pass over
 * the weights and long ones stay in the cache. With `lengths` every sequence is a group of its own, g = 1 and
 * T = lengths[b]. What workspace_bytes returns is an upper bound of that for all smaller batches, rows and threads;
 * with several threads it has room for a group of all of them and one of each (runtime/lib/entry/groups.h).
 */
typedef struct sst_model_data {
  uint64_t row_bytes, sequence_bytes, fixed_bytes, thread_bytes;
  uint64_t group_rows;
  uint64_t phases[SST_FUNCTION_COUNT]; /**< of each function */
  uint64_t variant_count;              /**< number of entries of sst_model_variants */
  uint64_t state_model[2];             /**< a hash of all that decides whether a state fits: weights, options, layout */
  sst_info_t info;                     /**< as `info` returns it, but without `variant` and what is in sst_model_ops */
} sst_model_data_t;

/** What only `info` refers to. */
typedef struct sst_model_ops {
  const char *strings; /**< sst_info_t::strings */
  const sst_work_t *works;
  const sst_op_t *ops[SST_FUNCTION_COUNT];
} sst_model_ops_t;

extern const sst_model_data_t sst_model_data;
extern const sst_model_ops_t sst_model_ops;
extern const uint64_t sst_model_variants[]; /**< an sst_variant_t each, best first */

/* The kernels of each compiled function, one for each of sst_model_variants; all NULL if the artefact lacks the
 * function. One table per function, so that a program which calls some of them can drop the others (--gc-sections). */
extern const sst_kernel_fn sst_window_kernels[];
extern const sst_kernel_fn sst_sequence_kernels[];
extern const sst_kernel_fn sst_prefill_kernels[];
extern const sst_kernel_fn sst_step_kernels[];
extern const sst_kernel_fn sst_sequence_from_state_kernels[];

extern const unsigned char sst_model_weights[]; /**< packed, 64-byte aligned */

/* The entry points, under the names they have before sst-compile gives them those of the model. */
sst_status_t sst_model_info(sst_info_t *info);
sst_status_t sst_model_workspace_bytes(size_t batch, size_t rows, size_t threads, size_t *bytes);
sst_status_t sst_model_window(const sst_call_t *call);
sst_status_t sst_model_sequence(const sst_call_t *call);
sst_status_t sst_model_prefill(const sst_call_t *call);
sst_status_t sst_model_step(const sst_call_t *call);
sst_status_t sst_model_ahead_prepare(const sst_call_t *call);
sst_status_t sst_model_ahead_finish(const sst_call_t *call);
size_t sst_model_state_bytes(void);
sst_status_t sst_model_state_init(void *state, size_t bytes);
sst_status_t sst_model_state_reset(void *state);
sst_status_t sst_model_state_position(const void *state, size_t *rows);
sst_status_t sst_model_state_snapshot(const void *state, void *snapshot, size_t bytes);
sst_status_t sst_model_state_restore(void *state, const void *snapshot, size_t bytes);
sst_status_t sst_model_state_fork(void *to, const void *from);
sst_status_t sst_model_state_rollback(void *state, size_t rows);
extern const sst_artefact_t sst_model_artefact;

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SST_RUNTIME_SST_ENTRY_H */
