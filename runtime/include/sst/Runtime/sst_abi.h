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
#define SST_ABI_VERSION 2u

/** Required alignment, in bytes, of `sst_call_t::workspace`. */
#define SST_WORKSPACE_ALIGNMENT 64u

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
  /** A well-formed input uses something this version does not do. (runtime library) */
  SST_STATUS_UNSUPPORTED = 11
} sst_status_t;

/** A CPU variant of the compiled code. All variants of one artefact compute the same bits. */
typedef enum sst_variant {
  /** Take the best variant this CPU and its operating system can run. */
  SST_VARIANT_AUTO = 0,
  /** x86-64-v3: AVX2, FMA, BMI2. */
  SST_VARIANT_X86_64_V3 = 1,
  /** x86-64-v4: AVX-512 F, BW, CD, DQ, VL. */
  SST_VARIANT_X86_64_V4 = 2
} sst_variant_t;

/**
 * Flag of sst_call_t: `variant` is the one that `info` named on this machine (or another that it can run), do not ask
 * the CPU again. Without it every call checks the variant with five CPUID instructions: under a microsecond on bare
 * metal, some 40 us in a virtual machine, where each one traps. With it `variant` must not be SST_VARIANT_AUTO, and a
 * variant that the CPU cannot run is undefined behaviour.
 */
#define SST_CALL_VARIANT_CHECKED 1u

/** A piece of work that a thread hook runs: called once for each `index` in [0, count). */
typedef void (*sst_task_fn)(void *task_context, size_t index, size_t count);

/** The caller's threads: calls `task` once for each index in [0, count), concurrently if it can, and returns when all
 *  calls have returned. One that runs them one after the other is correct, only slower: no call waits for another that
 *  has not begun. */
typedef void (*sst_parallel_fn)(void *parallel_context, size_t count, sst_task_fn task, void *task_context);

/**
 * One call of `window` or `sequence`. Zero the struct, set `size` and `abi_version`, fill in the rest.
 *
 * The caller owns every buffer. Input, output, workspace and profile must not overlap. A call allocates nothing and
 * takes no lock; it writes only `output`, `workspace` and `profile`. On one thread it makes no system call; on several,
 * a thread that has waited for another for some time sleeps (futex). Calls with distinct output, workspace and profile
 * may run at the same time on any threads. The floating-point environment is set to the default (round to
 * nearest, no flush to zero) on every thread for the duration of the call and restored. The result has the same bits
 * for every number of threads.
 *
 * On any status but SST_STATUS_OK nothing was written.
 */
typedef struct sst_call {
  uint32_t size;            /**< sizeof(sst_call_t) */
  uint32_t abi_version;     /**< SST_ABI_VERSION */
  uint32_t variant;         /**< an sst_variant_t */
  uint32_t flags;           /**< 0 or SST_CALL_VARIANT_CHECKED */
  size_t batch;             /**< number of independent sequences, at least 1 */
  size_t rows;              /**< time steps of each sequence in `input`, at least 1 */
  const float *input;       /**< [batch][rows][embed_dim], contiguous, 4-byte aligned */
  float *output;            /**< window: [batch][hidden_size]; sequence: [batch][rows][hidden_size]; 4-byte aligned */
  const size_t *lengths;    /**< NULL, or `batch` numbers in [1, rows]: sequence b consists of its first lengths[b]
                                 rows. `window` only; must be NULL for `sequence`. */
  void *workspace;          /**< scratch memory, SST_WORKSPACE_ALIGNMENT aligned; content before and after is junk */
  size_t workspace_bytes;   /**< its size, at least workspace_bytes(batch, rows, threads) */
  const void *weights;      /**< must be NULL: the weights are inside the artefact */
  size_t weights_bytes;     /**< must be 0 */
  size_t threads;           /**< 0 or 1: the calling thread only, `parallel` is not called. Up to SST_MAX_THREADS:
                                 the work is divided among as many tasks, in one call of `parallel` */
  sst_parallel_fn parallel; /**< the caller's threads; NULL only if `threads` is at most 1 */
  void *parallel_context;   /**< passed to `parallel` */
  uint64_t *profile;        /**< NULL, or [max(threads, 1)][op_count + 1] numbers, 8-byte aligned, to which the call
                                 adds the ticks of the CPU's time stamp counter that each thread spent in each op
                                 (sst_info_t::window_ops or sequence_ops) and, last, waiting for others */
  size_t profile_count;     /**< how many numbers `profile` has room for; 0 if it is NULL */
} sst_call_t;

/**
 * An op of a compiled function and the work it does in a call of `batch` sequences of `rows` rows. Every quantity is
 *
 *     x[0] * batch * rows + x[1] * batch + x[2] * batch * rows * (rows + 1) / 2
 *
 * so x[0] is per row, x[1] per sequence, and x[2] per pair of a row and an earlier or equal one.
 */
typedef struct sst_op {
  const char *name;       /**< the value it computes, as in the IR: "sst_block_1_ssm_conv" */
  const char *kernel;     /**< the function that computes it, and the symbol in a profile */
  uint32_t phase;         /**< ops of one phase run without a barrier between them; ascending */
  uint32_t reserved;      /**< 0 */
  double flops[3];        /**< additions and multiplications; a fused multiply-add is two, any other function is one */
  double bytes[3];        /**< activations read and written */
  uint64_t weights_bytes; /**< weights read once per call */
} sst_op_t;

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
  uint32_t variants; /**< bit (1 << v) is set for each sst_variant_t v in the artefact */
  uint32_t variant;  /**< out: the variant SST_VARIANT_AUTO takes on this machine, 0 if none can run */
  uint32_t reserved; /**< 0 */
  uint32_t window_op_count, sequence_op_count;
  const sst_op_t *window_ops;   /**< what `window` does, in order */
  const sst_op_t *sequence_ops; /**< what `sequence` does, in order */
  uint64_t parameters;          /**< number of weights of the model */
  uint64_t weights_bytes;       /**< size of the packed weights */
} sst_info_t;

/** Fills `info`; the caller sets `size` and `abi_version` first. */
typedef sst_status_t (*sst_info_fn)(sst_info_t *info);
/** Writes the workspace that a call with these sizes needs to `*bytes`. `threads` is sst_call_t::threads; 0 counts
 * as 1. The number never shrinks when `batch`, `rows` or `threads` grows, so what is enough for the largest call is
 * enough for every smaller one, in both modes and with `lengths`; beyond a bound it no longer grows with `batch`. */
typedef sst_status_t (*sst_workspace_bytes_fn)(size_t batch, size_t rows, size_t threads, size_t *bytes);
/** Runs the model. See sst_call_t. */
typedef sst_status_t (*sst_run_fn)(const sst_call_t *call);

/** The functions of one compiled model. `<name>_artefact` in every object; a shared artefact also exports it as
 *  `sst_artefact`, which is how the runtime finds it. */
typedef struct sst_artefact {
  uint32_t size;
  uint32_t abi_version;
  sst_info_fn info;
  sst_workspace_bytes_fn workspace_bytes;
  sst_run_fn window;   /**< the model's last row over the given rows */
  sst_run_fn sequence; /**< every row */
} sst_artefact_t;

#ifdef __cplusplus
}
#endif

#endif /* SST_ABI_H */
