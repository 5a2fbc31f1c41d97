/*
 * sst_abi.h - the interface between a compiled SST model and the program that calls it.
 *
 * What is here: status codes, the call descriptor, the information record and the table that every compiled
 * artefact provides. What is not here: anything that needs a library. A program that links `policy.o` needs
 * this text and nothing else (the header that sst-compile writes contains it).
 *
 * C11 and C++17. Sizes are in elements unless a name ends in `_bytes`. All floats are IEEE-754 binary32.
 *
 * Versioning: every struct starts with its own size and the version of this interface. A version fixes the size of
 * each struct: a callee reads these two fields first and refuses, with SST_STATUS_BAD_VERSION, a version that it does
 * not know and any size, smaller or larger, that is not the struct's in that version.
 */
#ifndef SST_ABI_H
#define SST_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of this interface. Changes whenever a struct or the meaning of a field changes. */
#define SST_ABI_VERSION 4u

/** Required alignment, in bytes, of `sst_call_t::workspace`. */
#define SST_WORKSPACE_ALIGNMENT 64u

/** Required alignment, in bytes, of a stream's state. */
#define SST_STATE_ALIGNMENT 64u

/** Most threads of one call. */
#define SST_MAX_THREADS 64u

/** What a call returns. Values never change their meaning; new ones are added at the end. */
typedef enum sst_status {
  SST_STATUS_OK = 0,
  /** A required pointer is NULL, a size is zero, or a length is out of range. */
  SST_STATUS_INVALID_ARGUMENT = 1,
  /** `size` or `abi_version` of a struct is not one this callee knows. */
  SST_STATUS_BAD_VERSION = 2,
  /** A buffer does not have the alignment it must have. */
  SST_STATUS_MISALIGNED = 3,
  /** `workspace_bytes` is less than the model's workspace_bytes(batch, rows, threads). */
  SST_STATUS_WORKSPACE_TOO_SMALL = 4,
  /** batch, rows or a product of them does not fit in memory. */
  SST_STATUS_SIZE_OVERFLOW = 5,
  /** The requested variant is not in the artefact or this CPU (or its OS) cannot run it. */
  SST_STATUS_UNSUPPORTED_VARIANT = 6,
  /** A file or symbol does not exist. (runtime library) */
  SST_STATUS_NOT_FOUND = 7,
  /** The system refused to read or write. (runtime library) */
  SST_STATUS_IO_ERROR = 8,
  /** A file's content breaks its format. (runtime library) */
  SST_STATUS_CORRUPT = 9,
  /** The allocator returned NULL. (runtime library) */
  SST_STATUS_OUT_OF_MEMORY = 10,
  /** A well-formed input uses something this version does not do (runtime library), or the artefact was compiled from a
   *  module without functions for streams. */
  SST_STATUS_UNSUPPORTED = 11,
  /** A stream would get more rows than sst_info_t::max_rows. With an attention window: a call would run more, or a
   *  stream would get more rows ahead of time than the window has. */
  SST_STATUS_CAPACITY_EXCEEDED = 12,
  /** A stream's state or a snapshot is of another model, or of the same one compiled with other options or by another
   *  version of the compiler that lays states out differently. */
  SST_STATUS_FOREIGN_STATE = 13,
  /** Memory for a state or a snapshot is smaller than sst_info_t::state_bytes. */
  SST_STATUS_TRUNCATED_STATE = 14,
  /** A state is not one, or a snapshot has been changed since it was taken. */
  SST_STATUS_CORRUPT_STATE = 15,
  /** A rollback by more rows than the state remembers. */
  SST_STATUS_ROLLBACK_EXCEEDED = 16
} sst_status_t;

/** What `window` does with a sequence of fewer rows than sst_info_t::window_size. */
typedef enum sst_cold {
  /** It computes over the rows that there are, as Edifice does. */
  SST_COLD_SHORT = 0,
  /** It puts copies of the first row in front, up to window_size rows. */
  SST_COLD_FIRST = 1,
  /** It puts rows of zeros in front, up to window_size rows. */
  SST_COLD_ZERO = 2
} sst_cold_t;

/** How the weights of projections are stored. All arithmetic is in f32. */
typedef enum sst_storage {
  SST_STORAGE_F32 = 0,
  /** The weights were rounded to bf16 when the model was compiled. */
  SST_STORAGE_BF16 = 1
} sst_storage_t;

/** The compiled functions of a model: indices into sst_info_t::functions. */
enum {
  SST_FUNCTION_WINDOW = 0,
  SST_FUNCTION_SEQUENCE = 1,            /**< `sequence` without states */
  SST_FUNCTION_PREFILL = 2,             /**< also `ahead_prepare` */
  SST_FUNCTION_STEP = 3,                /**< also `ahead_finish` */
  SST_FUNCTION_SEQUENCE_FROM_STATE = 4, /**< `sequence` with states */
  SST_FUNCTION_COUNT = 5
};

/** A CPU variant of the compiled code. All variants of one artefact compute the same bits. */
typedef enum sst_variant {
  /** Take the best variant this CPU and its operating system can run. */
  SST_VARIANT_AUTO = 0,
  /** x86-64-v3: AVX2, FMA, BMI2. */
  SST_VARIANT_X86_64_V3 = 1,
  /** x86-64-v4: AVX-512 F, BW, CD, DQ, VL. */
  SST_VARIANT_X86_64_V4 = 2,
  /** aarch64: ARMv8.0-A with NEON. */
  SST_VARIANT_AARCH64 = 3
} sst_variant_t;

/**
 * Flag of sst_call_t: `variant` is the one that `info` named on this machine (or another that it can run), do not ask
 * the CPU again. Without it every call on x86-64 checks the variant with five CPUID instructions: under a microsecond
 * on bare metal, some 40 us in a virtual machine, where each one traps. With it `variant` must not be SST_VARIANT_AUTO,
 * and a variant that the CPU cannot run is undefined behaviour.
 */
#define SST_CALL_VARIANT_CHECKED 1u

/** A piece of work that a thread hook runs: called once for each `index` in [0, count). */
typedef void (*sst_task_fn)(void *task_context, size_t index, size_t count);

/** The caller's threads: calls `task` once for each index in [0, count), concurrently if it can, and returns when all
 *  calls have returned. One that runs them one after the other is correct, only slower: no call waits for another that
 *  has not begun. But one that has begun must return, or others of the same call wait for it for ever: no exception,
 *  longjmp or asynchronous cancellation may leave it from inside. */
typedef void (*sst_parallel_fn)(void *parallel_context, size_t count, sst_task_fn task, void *task_context);

/**
 * One call of a compiled model. Zero the struct, set `size` and `abi_version`, fill in the rest.
 *
 * The caller owns every buffer. Input, output, workspace, profile and states must not overlap (of two states that
 * overlap partly, that is not noticed). A call allocates nothing
 * and takes no lock; it writes only `output`, `workspace`, `profile` and the states. On one thread it makes no system
 * call; on several, a thread that has waited for another for some time sleeps (futex). Calls with distinct output,
 * workspace, profile and states may run at the same time on any threads. The floating-point environment is set to the
 * default (round to nearest, no flush to zero) on every thread for the duration of the call and restored.
 *
 * The result has the same bits for every number of threads, every batch, every CPU variant, and however a sequence is
 * divided among calls: `window` over rows 0 to t, the last row of `sequence`, and `prefill` and `step` that have
 * appended the rows 0 to t to a state in whatever pieces, all agree (but for a `window` that puts other rows in front,
 * see sst_cold_t, or over more rows than sst_info_t::attention_window, if there is one).
 *
 * On any status but SST_STATUS_OK nothing was written and no state has changed.
 *
 * Leaving a call without return: an exception that leaves `parallel`, the cancellation of a thread and longjmp pass
 * through a call, which has unwind tables and holds nothing that would have to be released. `parallel` must not be left
 * in this way while one of its tasks is running. Afterwards `output` is junk, the workspace can be used for the next
 * call, and the states are still marked as in use: `state_reset`, `state_restore`, `state_fork` to one and `state_init`
 * make it usable again, with the past that they give it; that of the call is lost.
 *
 * Only a call on one thread may be left from inside (a signal handler that throws or calls longjmp, asynchronous
 * cancellation); the floating-point environment of this thread then stays the default one. With several threads a task
 * must return, or the other tasks of this call never do: they wait for its share of the work.
 *
 * Signals, small stacks, fork: a call needs at most 8 KiB of stack on every thread, with all it calls but `parallel`.
 * It is safe in a signal handler if the buffers and states are no others' at that moment. A child process may call
 * after fork, with states of its own copy of the memory: an artefact has no threads and no memory that changes.
 *
 * Numbers that are none: a NaN, or an infinity, in a row of the input makes this row's output and those of all later
 * rows of its sequence NaN, and no others. A stream remembers it: until it is reset, or rolled back to before that row,
 * or another past is restored, all its rows are NaN.
 */
typedef struct sst_call {
  uint32_t size;            /**< sizeof(sst_call_t) */
  uint32_t abi_version;     /**< SST_ABI_VERSION */
  uint32_t variant;         /**< an sst_variant_t */
  uint32_t flags;           /**< 0 or SST_CALL_VARIANT_CHECKED */
  size_t batch;             /**< number of independent sequences, at least 1 */
  size_t rows;              /**< time steps of each sequence in `input`, at least 1; `step` and `ahead_finish`: 1 */
  const float *input;       /**< [batch][rows][embed_dim], contiguous, 4-byte aligned */
  float *output;            /**< `sequence`: [batch][rows][hidden_size], else [batch][hidden_size]; 4-byte aligned */
  const size_t *lengths;    /**< NULL, or `batch` numbers in [1, rows]: sequence b consists of its first lengths[b]
                                 rows. For `window`, `prefill` and `ahead_prepare`; else must be NULL. */
  void *workspace;          /**< scratch memory, SST_WORKSPACE_ALIGNMENT aligned; content before and after is junk */
  size_t workspace_bytes;   /**< its size, at least workspace_bytes(batch, rows, threads) */
  const void *weights;      /**< must be NULL: the weights are inside the artefact */
  size_t weights_bytes;     /**< must be 0 */
  size_t threads;           /**< 0 or 1: the calling thread only, `parallel` is not called. Up to SST_MAX_THREADS:
                                 the work is divided among as many tasks, in one call of `parallel` */
  sst_parallel_fn parallel; /**< the caller's threads; NULL only if `threads` is at most 1 */
  void *parallel_context;   /**< passed to `parallel` */
  uint64_t *profile;        /**< NULL, or [max(threads, 1)][count of ops + 1] numbers, 8-byte aligned, to which the call
                                 adds the ticks of the CPU's time stamp counter that each thread spent in each op
                                 (sst_info_t::functions) and, last, waiting for others */
  size_t profile_count;     /**< how many numbers `profile` has room for; 0 if it is NULL */
  void *const *states;      /**< the state of each of the `batch` streams, all different, each made by `state_init`.
                                 `window`: must be NULL. `sequence`: NULL, or where the streams go on. */
  size_t row_budget;        /**< `ahead_prepare`: most rows of each stream to process in this call, 0: all; the others:
                                 must be 0 */
} sst_call_t;

/**
 * The work that an op does in a call. Every quantity is
 *
 *     x[0] * rows + x[1] * sequences + x[2] * pairs + x[3] * last pairs
 *
 * with the rows of all sequences of the call, the number of these sequences, for every row how many it attends to (at
 * position p of its sequence or stream p + 1, or at most sst_info_t::attention_window), and the same for the last row
 * of every sequence.
 */
typedef struct sst_work {
  double flops[4];        /**< additions and multiplications; a fused multiply-add is two, any other function is one */
  double bytes[4];        /**< activations read and written; of a stream's keys and values those its last row sees */
  uint64_t weights_bytes; /**< weights read once per call */
} sst_work_t;

/** An op of a compiled function. */
typedef struct sst_op {
  uint32_t name;   /**< where in sst_info_t::strings: the value it computes, as in the IR: "sst_block_1_ssm_conv" */
  uint32_t kernel; /**< the same: the function that computes it, and the symbol in a profile; a projection of one row
                        per sequence runs in a function with "_one_row" behind this name if there is one sequence */
  uint32_t phase;  /**< ops of one phase run without a barrier between them; ascending */
  uint32_t work;   /**< index into sst_info_t::works */
} sst_op_t;

/** The ops of a compiled function, in the order of execution. */
typedef struct sst_function {
  uint64_t count;
  const sst_op_t *ops;
} sst_function_t;

/**
 * What a compiled model is. Every pointer is to constant memory of the artefact, valid as long as it is loaded.
 * The option names are Edifice's (Edifice.SSM.SSTransformer).
 */
typedef struct sst_info {
  uint32_t size;                /**< in: sizeof(sst_info_t) of the caller */
  uint32_t abi_version;         /**< in: SST_ABI_VERSION */
  const char *name;             /**< the model's name, the prefix of its functions */
  const char *compiler_version; /**< e.g. "0.1.0" */
  const char *weights_digest;   /**< lower-case hex of a hash of the imported weights */
  const char *layer_norm;       /**< "axon-0.8.0" or "axon-0.8.1" */
  uint32_t embed_dim, hidden_size, state_size, num_layers;
  uint32_t num_heads, head_dim, expand_factor, conv_size;
  uint32_t window_size;
  uint32_t variants;       /**< bit (1 << v) is set for each sst_variant_t v in the artefact */
  uint32_t variant;        /**< out: the variant SST_VARIANT_AUTO takes on this machine, 0 if none can run */
  uint32_t max_rows;       /**< most rows of a stream; with an attention window, of one call that has states */
  uint32_t rollback;       /**< by how many rows a stream can go back */
  uint32_t cold;           /**< an sst_cold_t */
  uint32_t weight_storage; /**< an sst_storage_t */
  /** 0, or to how many rows, itself the last, a row attends in all functions but `window`: streams then have no end,
   * but beyond so many rows they are not what `window` computes. */
  uint32_t attention_window;
  const char *strings; /**< all names of ops, one after the other */
  const sst_work_t *works;
  sst_function_t functions[SST_FUNCTION_COUNT];
  uint64_t parameters;    /**< number of weights of the model */
  uint64_t weights_bytes; /**< size of the packed weights */
  uint64_t state_bytes;   /**< size of a stream's state, and of a snapshot of it */
} sst_info_t;

/** Fills `info`; the caller sets `size` and `abi_version` first. */
typedef sst_status_t (*sst_info_fn)(sst_info_t *info);
/** Writes the workspace that a call with these sizes needs to `*bytes`. `threads` is sst_call_t::threads; 0 counts
 * as 1. The number never shrinks when `batch`, `rows` or `threads` grows, so what is enough for the largest call is
 * enough for every smaller one, in all modes and with `lengths`; beyond a bound it no longer grows with `batch`, unless
 * sst_info_t::cold asks for rows in front. */
typedef sst_status_t (*sst_workspace_bytes_fn)(size_t batch, size_t rows, size_t threads, size_t *bytes);
/** Runs the model. See sst_call_t. */
typedef sst_status_t (*sst_run_fn)(const sst_call_t *call);

/* A stream is a sequence whose rows come piece by piece. What the model must remember of it, its state, is a piece of
 * memory of the caller's: state_bytes() bytes, SST_STATE_ALIGNMENT aligned, with a header that says whose it is. It
 * holds, for every block, the last rows that the convolution needs, the state of the scan, and the keys and values of
 * all rows that a later one attends to. The layout is that of the model, the same for all CPU variants; states are not
 * for another model, other compile options, an artefact of another version of the compiler that lays states out
 * differently (FOREIGN_STATE), or another version of this interface (BAD_VERSION). A state may be moved with memcpy.
 *
 * These functions allocate nothing and make no system call. On any status but SST_STATUS_OK nothing was written. Two
 * threads must not use one state at the same time, unless both only read it (position, snapshot, fork from it).
 * A NULL pointer is INVALID_ARGUMENT, a wrong alignment MISALIGNED; memory that is not a state is CORRUPT_STATE. While
 * a call runs, its states are marked; a marked one is INVALID_ARGUMENT, in another call and in functions that read it.
 * Those that replace all of it (`state_init`, `state_reset`, `state_restore`, `state_fork` to it) end the mark, which a
 * call that was left without return has not done. */

/** The size of a state and of a snapshot, as in sst_info_t. */
typedef size_t (*sst_state_bytes_fn)(void);
/** Makes `bytes` bytes at `state` the state of a stream without rows. TRUNCATED_STATE if that is less than
 *  state_bytes(). */
typedef sst_status_t (*sst_state_init_fn)(void *state, size_t bytes);
/** The stream has no rows again. Much faster than `state_init`. */
typedef sst_status_t (*sst_state_reset_fn)(void *state);
/** Writes the number of rows of the stream to `*rows`. */
typedef sst_status_t (*sst_state_position_fn)(const void *state, size_t *rows);
/** Writes a snapshot of the state, state_bytes() bytes of any alignment, to `snapshot`: the state with a checksum, to
 * be kept in a file or sent to another machine. `bytes` is the size of that memory; TRUNCATED_STATE if it is less. */
typedef sst_status_t (*sst_state_snapshot_fn)(const void *state, void *snapshot, size_t bytes);
/** Makes `state`, which `state_init` must have made, what it was when the snapshot was taken. `bytes` is the size of
 * the snapshot. Every byte of it is checked first: TRUNCATED_STATE, CORRUPT_STATE, BAD_VERSION, FOREIGN_STATE. */
typedef sst_status_t (*sst_state_restore_fn)(void *state, const void *snapshot, size_t bytes);
/** Makes `to`, which `state_init` must have made, a copy of `from`: two streams with the same past. */
typedef sst_status_t (*sst_state_fork_fn)(void *to, const void *from);
/** Takes back the last `rows` rows of the stream. ROLLBACK_EXCEEDED if these are more than sst_info_t::rollback since
 *  the furthest row it has had, or more than there are. */
typedef sst_status_t (*sst_state_rollback_fn)(void *state, size_t rows);

/** The functions of one compiled model. `<name>_artefact` in every object; a shared artefact also exports it as
 *  `sst_artefact`, which is how the runtime finds it. */
typedef struct sst_artefact {
  uint32_t size;
  uint32_t abi_version;
  sst_info_fn info;
  sst_workspace_bytes_fn workspace_bytes;
  sst_run_fn window;   /**< the model's last row over the given rows */
  sst_run_fn sequence; /**< every row; of a stream if there are states, to which the rows are appended */
  sst_run_fn prefill;  /**< appends rows to streams, and gives the model's row after the last of them */
  sst_run_fn step;     /**< the same for one row; the fastest way to do that */
  /**
   * The exact window at the latency of a step: when all but the last row of the next window are known, and there is
   * time left, `ahead_prepare` processes them (`input`: these rows; `states`: states after `state_reset`);
   * `ahead_finish` adds the last row. Its output has the bits of `window` over all rows (but where sst_info_t::cold
   * puts other rows in front). To keep each call short, `row_budget` limits the rows of one call of `ahead_prepare`;
   * called again with the same input, it goes on where it stopped, at the state's position, and is done when that is
   * the number of rows. It gives the model's row after those processed, as `prefill` does. A call for a stream that is
   * prepared already does nothing to it. With an attention window, one call runs at most max_rows rows, and all of them
   * with the last row are at most the window.
   */
  sst_run_fn ahead_prepare;
  sst_run_fn ahead_finish;
  sst_state_bytes_fn state_bytes;
  sst_state_init_fn state_init;
  sst_state_reset_fn state_reset;
  sst_state_position_fn state_position;
  sst_state_snapshot_fn state_snapshot;
  sst_state_restore_fn state_restore;
  sst_state_fork_fn state_fork;
  sst_state_rollback_fn state_rollback;
} sst_artefact_t;

#ifdef __cplusplus
}
#endif

#endif /* SST_ABI_H */
