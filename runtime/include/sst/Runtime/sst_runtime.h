/*
 * sst_runtime.h - the runtime library: what runs beside a compiled model.
 *
 * What is here: files in and out, safetensors, `.npy`, conversion to float, loading a shared artefact, a thread pool
 * for calls, asking the CPU. What is not here: running a model (sst_abi.h; a program that links `policy.o` needs no
 * library) and JSON (sst_json.h).
 *
 * C11 with POSIX; usable from C++. No function prints, aborts, changes the locale or installs a handler. Unless a
 * function says otherwise:
 *  - Ownership: arguments stay the caller's; what a function hands out is released with the function named there.
 *  - Threads: calls on different objects may run at the same time; objects that are only read may be shared.
 *  - Allocation: memory comes from malloc. None of these functions is meant for a real-time thread.
 *  - After an error: outputs are NULL or zero, nothing is left allocated, no file is left half-written, and `error` or
 *    `report` (both may be NULL) says what, where and what to do.
 * The text of a file is untrusted. Artefacts are code: load only those you trust.
 */
#ifndef SST_RUNTIME_SST_RUNTIME_H
#define SST_RUNTIME_SST_RUNTIME_H

#include "sst/Runtime/sst_abi.h"
#include "sst/Runtime/sst_report.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the library, for instance "0.1.0". */
SST_API const char *sst_runtime_version(void);

/* ---- sizes ---------------------------------------------------------------------------------------------------- */

/** `*product = a * b` and 1, or 0 if it overflows (then nothing is written). For numbers that come from a file. */
SST_API int sst_mul_size(size_t a, size_t b, size_t *product);
/** `*sum = a + b` and 1, or 0 if it overflows (then nothing is written). */
SST_API int sst_add_size(size_t a, size_t b, size_t *sum);

/* ---- files ---------------------------------------------------------------------------------------------------- */

/** Reads the regular file `path` whole. `*bytes` is the caller's, to be released with free(); it is not NULL even for
 * an empty file. Status: NOT_FOUND, IO_ERROR (also for a directory or a pipe), OUT_OF_MEMORY. */
SST_API sst_status_t sst_file_read(const char *path, void **bytes, size_t *size, sst_error_t *error);

/** A piece of a file to be written. */
typedef struct sst_span {
  const void *data; /**< may be NULL if `size` is 0 */
  size_t size;
} sst_span_t;

/** A file to be written: `count` pieces one after the other. */
typedef struct sst_output {
  const char *path;
  const sst_span_t *spans;
  size_t count;
  int executable; /**< a new file may be executed by whom the umask lets */
} sst_output_t;

/** Writes all of these files, or none of them. Each is complete before any takes its place; if one cannot be written
 * (no space) or renamed, the places are as they were, and `report` has a message for each file that is to blame. Killed
 * at any moment, each place holds the old file or the new one. An existing file is replaced, on the disk before it is,
 * keeps its permissions, and is followed through symbolic links. Something that is not a regular file (/dev/stdout) is
 * written directly. A killed process may leave files `sst-<pid>-<number>.tmp` in the folders of the outputs, see
 * sst_files_remove_abandoned. Thread-safe. */
SST_API sst_status_t sst_files_write(const sst_output_t *outputs, size_t count, sst_report_t *report);

/** Writes one file like sst_files_write. */
SST_API sst_status_t sst_file_write(const char *path, const sst_span_t *spans, size_t count, sst_error_t *error);

/** Removes temporary files of killed writers from the folder of `path`, a file that is or will be there. Those of
 * writers that still run are locked and stay; so do all where files cannot be locked. Reads the whole folder: call it
 * once before writing, not for each file. Thread-safe. */
SST_API void sst_files_remove_abandoned(const char *path);

/* ---- tensors -------------------------------------------------------------------------------------------------- */

/** Element types of safetensors and .npy files. */
typedef enum sst_dtype {
  SST_DTYPE_F64,
  SST_DTYPE_F32,
  SST_DTYPE_F16,
  SST_DTYPE_BF16,
  SST_DTYPE_I64,
  SST_DTYPE_I32,
  SST_DTYPE_I16,
  SST_DTYPE_I8,
  SST_DTYPE_U64,
  SST_DTYPE_U32,
  SST_DTYPE_U16,
  SST_DTYPE_U8,
  SST_DTYPE_BOOL,
  SST_DTYPE_F8_E4M3,
  SST_DTYPE_F8_E5M2,
  SST_DTYPE_COUNT
} sst_dtype_t;

/** The name as safetensors writes it ("F32"); "?" for other values. */
SST_API const char *sst_dtype_name(sst_dtype_t dtype);
/** Bytes of one element; 0 for other values. */
SST_API size_t sst_dtype_bytes(sst_dtype_t dtype);

/** Tensors have at most this many dimensions. */
#define SST_MAX_RANK 8u
/** Buffer that any shape fits in as text. */
#define SST_SHAPE_TEXT_BYTES 200

/** A tensor that lies in somebody else's memory: row-major, little-endian, possibly not aligned. */
typedef struct sst_tensor {
  const char *name; /**< NUL-terminated UTF-8; "" if it has none */
  sst_dtype_t dtype;
  uint32_t rank;
  size_t shape[SST_MAX_RANK]; /**< the first `rank` count; the others are 0 */
  size_t elements;            /**< product of the shape, 1 for rank 0 */
  size_t bytes;               /**< elements * sst_dtype_bytes(dtype) */
  const void *data;           /**< read it with memcpy */
} sst_tensor_t;

/** Writes a shape as "[2, 60, 256]". Returns `buffer`. */
SST_API const char *sst_shape_text(const size_t *shape, uint32_t rank, char buffer[SST_SHAPE_TEXT_BYTES]);

/** Converts all elements of an F32, F16, BF16 or F64 tensor to `output[0 .. tensor->elements)`. F64 is rounded to
 * nearest, ties to even; the others are exact (F32 NaNs bit for bit). `output` must not overlap the tensor. Allocates
 * nothing. Status: SST_STATUS_UNSUPPORTED for other types, and then nothing is written. */
SST_API sst_status_t sst_tensor_to_f32(const sst_tensor_t *tensor, float *output);
/** The same to double, exact for every one of the four types. */
SST_API sst_status_t sst_tensor_to_f64(const sst_tensor_t *tensor, double *output);

/* ---- safetensors ---------------------------------------------------------------------------------------------- */

/** The header of a safetensors file may have this many bytes. */
#define SST_SAFETENSORS_MAX_HEADER_BYTES 100000000u

/** A safetensors file in memory. */
typedef struct sst_safetensors sst_safetensors_t;

/**
 * Reads and checks a checkpoint: a safetensors file, an index of shards (JSON, usually `*.safetensors.index.json`) with
 * all of its shards, or a folder that holds one index, or else one safetensors file. Of a file, accepted is exactly: 8
 * bytes little-endian header length N, with 8 + N no more than the file and N <= SST_SAFETENSORS_MAX_HEADER_BYTES; a
 * header that starts with '{', is strict JSON (sst_json.h) and is followed by nothing but spaces; `__metadata__`, if
 * there is one, maps strings to strings; every other member is a tensor with a known `dtype`, a `shape` of at most
 * SST_MAX_RANK sizes and `data_offsets` [begin, end], and nothing else; end - begin is the size that type and shape
 * give, without overflow; the tensors follow each other without overlap or hole and end where the file ends. Empty
 * tensors and empty files of the form `{}` are fine.
 *
 * An index is strict JSON too: an object whose `weight_map` maps the name of each tensor to its shard, a path below
 * the folder of the index without `..`; of a shard `*-N-of-M` all M are there. The shards have exactly the tensors that
 * the index places in them, and all of them have as many bytes as `metadata.total_size` says, if it is there. The
 * checkpoint has the tensors of all shards, and as metadata texts and numbers of the index's `metadata`, then those of
 * the shards: a key may be there several times.
 *
 * All problems are added to `report`, each with the tensor's name; a file that is no safetensors file is called what it
 * is if its first bytes tell. `*file` is released with sst_safetensors_free and does not refer to the files on disk any
 * more. Status: as sst_file_read, or SST_STATUS_CORRUPT, SST_STATUS_UNSUPPORTED; of several problems that of the first.
 */
SST_API sst_status_t sst_safetensors_open(const char *path, sst_safetensors_t **file, sst_report_t *report);

/** The files that sst_safetensors_open read: one safetensors file, or the index and then its shards. Path `index` is
 * owned by the file, NULL beyond. None for a file in memory. */
SST_API size_t sst_safetensors_path_count(const sst_safetensors_t *file);
SST_API const char *sst_safetensors_path(const sst_safetensors_t *file, size_t index);

/** Checks that the safetensors file `path` is not a part of a checkpoint: no index in its folder, or in the folder
 * above, lists it with other files, or is damaged and names it; and its name does not say so, `*-00001-of-00002*`. Of a
 * link the same holds for what it leads to. Opening a part is no error, but a part may look like a smaller whole.
 * Status: SST_STATUS_INVALID_ARGUMENT for a part; `report` says what to give. SST_STATUS_OUT_OF_MEMORY. */
SST_API sst_status_t sst_safetensors_check_whole(const char *path, sst_report_t *report);

/** The same for a file in memory, which messages call `name`. `bytes` is kept, not copied: it must outlive `*file`. */
SST_API sst_status_t sst_safetensors_parse(const void *bytes, size_t size, const char *name, sst_safetensors_t **file,
                                           sst_report_t *report);

/** Releases the file; its tensors and metadata are no longer valid. Also on NULL. */
SST_API void sst_safetensors_free(sst_safetensors_t *file);

/** Number of tensors, and tensor `index` in the order of the header, of shards in that of the names (NULL beyond).
 * Owned by the file. */
SST_API size_t sst_safetensors_count(const sst_safetensors_t *file);
SST_API const sst_tensor_t *sst_safetensors_tensor(const sst_safetensors_t *file, size_t index);

/** The tensor with this name, NULL if there is none. Binary search. */
SST_API const sst_tensor_t *sst_safetensors_find(const sst_safetensors_t *file, const char *name);

/** Number of metadata entries, entry `index` in the order of the header (1, or 0 beyond; either pointer may be NULL),
 * and the value of a key (NULL if it is not there). NUL-terminated UTF-8 without other NULs, owned by the file. */
SST_API size_t sst_safetensors_metadata_count(const sst_safetensors_t *file);
SST_API int sst_safetensors_metadata(const sst_safetensors_t *file, size_t index, const char **key, const char **value);
SST_API const char *sst_safetensors_metadata_find(const sst_safetensors_t *file, const char *key);

/** An entry of `__metadata__` to be written. */
typedef struct sst_metadata {
  const char *key;
  const char *value;
} sst_metadata_t;

/** Writes a safetensors file, complete or not at all (sst_file_write): the tensors in the given order without gaps, the
 *  header padded with spaces to a multiple of 8. The same arguments give the same bytes. Status:
 * SST_STATUS_INVALID_ARGUMENT if a tensor contradicts itself or a name is twice there, empty, not UTF-8 or
 * "__metadata__". */
SST_API sst_status_t sst_safetensors_write(const char *path, const sst_tensor_t *tensors, size_t count,
                                           const sst_metadata_t *metadata, size_t metadata_count, sst_error_t *error);

/* ---- .npy ----------------------------------------------------------------------------------------------------- */

/** Reads a .npy file in memory (format 1.0, 2.0 or 3.0; little-endian float16, float32, float64; C order). `tensor` is
 * a view of `bytes`, its name is "". Allocates nothing. `name` is what messages call the input. */
SST_API sst_status_t sst_npy_parse(const void *bytes, size_t size, const char *name, sst_tensor_t *tensor,
                                   sst_error_t *error);

/** Writes an F16, F32 or F64 tensor as .npy 1.0, complete or not at all (sst_file_write). Its name is not written. */
SST_API sst_status_t sst_npy_write(const char *path, const sst_tensor_t *tensor, sst_error_t *error);

/* ---- arrays --------------------------------------------------------------------------------------------------- */

/** A tensor of floats that the caller owns. */
typedef struct sst_array {
  float *data; /**< from malloc; never NULL after success */
  uint32_t rank;
  size_t shape[SST_MAX_RANK];
  size_t elements;
} sst_array_t;

/**
 * Loads the tensor that `source` names: `FILE` or `FILE:tensor`, a .npy file or what sst_safetensors_open takes, told
 * apart by their content. If all of `source` is the path of a file it is FILE; otherwise the longest part before a ':'
 * that is. Without a tensor name a safetensors file gives `default_name`, or its only tensor if that is not there (or
 * NULL). Converted to float as by sst_tensor_to_f32. Release `array` with sst_array_free.
 */
SST_API sst_status_t sst_array_load(const char *source, const char *default_name, sst_array_t *array,
                                    sst_report_t *report);

/** Releases the data and zeroes the array. Also on a zeroed one and on NULL. */
SST_API void sst_array_free(sst_array_t *array);

/* ---- models --------------------------------------------------------------------------------------------------- */

/** A loaded shared artefact. */
typedef struct sst_model sst_model_t;

/**
 * Loads a shared artefact (`sst-compile --emit=shared`) and checks that this library knows its interface. A path
 * without '/' is a file of the current folder, never one of the system's library path. Loading runs no code of the
 * artefact beyond what the dynamic loader runs for any library. Release with sst_model_unload. Status: NOT_FOUND,
 * IO_ERROR, CORRUPT (not a shared library for this machine, or cut short), BAD_VERSION, OUT_OF_MEMORY, UNSUPPORTED
 * (there is no /proc/self/fd, through which the dynamic loader gets the file that was checked).
 *
 * Every call gives a model of its own, made of what the file at `path` is at that time, whatever other models are
 * loaded, from this path too: they may have the same name, and are unloaded in any order. A model that comes from a
 * file is mapped, so that processes share its memory; one from a file that this process has loaded already is a copy in
 * memory, since the file may have been changed since. So load a model once and let all threads use it: each further
 * load of its file takes the memory of its weights again. Every loaded model keeps one descriptor open (close-on-exec),
 * through which debuggers and profilers find its symbols; a program that closes all descriptors loses only that.
 *
 * To replace the file of a model that is loaded, write the new one beside it and rename it to the path (sst_file_write
 * and sst-compile do so): the loaded model stays what it was, and the next call loads the new one. Overwriting the file
 * in place (`cp`) changes code and weights of every process that has it loaded, and making it shorter ends them.
 */
SST_API sst_status_t sst_model_load(const char *path, sst_model_t **model, sst_error_t *error);

/** The artefact's functions. They may be called from any thread until the model is unloaded. Never NULL. */
SST_API const sst_artefact_t *sst_model_functions(const sst_model_t *model);

/** Unloads; no call into the artefact may be running, and its functions and info are no longer valid. Also on NULL. */
SST_API void sst_model_unload(sst_model_t *model);

/* ---- threads -------------------------------------------------------------------------------------------------- */

/**
 * Threads for calls of models: `call.threads = n; call.parallel = sst_pool_run; call.parallel_context = pool;`.
 *
 * A worker that has nothing to do spins for a while, so that a call that follows soon finds it awake, and then sleeps:
 * an idle pool uses no CPU. To wake it costs the caller some microseconds and takes the worker some tens; meanwhile the
 * caller works. A worker whose CPU another process needs too makes everybody wait; when workers are of no use, because
 * of such neighbours, they rest for 0.05 to 1 s before the next try, and the caller runs all tasks on its own.
 *
 * A child process (fork) has a copy of the pool, but no workers. There sst_pool_run runs all tasks on the calling
 * thread, and sst_pool_destroy releases the copy; make a new pool for more. The fork must not come from inside a task.
 *
 * Workers may run on every CPU that the thread that created the pool might. A small pool moves them out of its caller's
 * way: Linux may leave a thread that it wakes on the CPU of the one that woke it.
 */
typedef struct sst_pool sst_pool_t;

/** How long a worker spins before it sleeps, unless the caller has another wish. */
#define SST_POOL_SPIN_MICROSECONDS 50u

/**
 * Starts the `threads - 1` workers of a pool; the thread that calls sst_pool_run is the other one. `threads` is at
 * least 1 and at most SST_MAX_THREADS. `cpus` is NULL, or has threads - 1 numbers: the CPU that each worker stays on.
 * Workers take no signals. `*pool` is the caller's, to be released with sst_pool_destroy. Status: INVALID_ARGUMENT
 * (also for a CPU that is not there or not allowed to this process), OUT_OF_MEMORY, UNSUPPORTED (the system starts no
 * more threads).
 */
SST_API sst_status_t sst_pool_create(size_t threads, const uint32_t *cpus, uint32_t spin_microseconds,
                                     sst_pool_t **pool, sst_error_t *error);

/** Ends the workers and releases the pool. No sst_pool_run may be running or come later. Also on NULL. */
SST_API void sst_pool_destroy(sst_pool_t *pool);

/** The number of threads, with the caller's. */
SST_API size_t sst_pool_threads(const sst_pool_t *pool);

/**
 * An sst_parallel_fn, with the pool as its context: calls `task` once for each index in [0, count), on the calling
 * thread (always index 0, and what no worker has come for) and the workers, and returns when all calls have returned.
 * `count` may be any number. Allocates nothing. May be called from any thread; while a call is running, others (also
 * from inside a task) run all of their tasks on their own thread, one after the other. So no task may wait for another
 * to begin. No cancellation point. A task must return: it must not be left by an exception, longjmp or cancellation.
 * Tasks of compiled models have no cancellation point either and throw nothing, so for them it is enough that no thread
 * is cancelled asynchronously and no signal handler throws or jumps out of them.
 */
SST_API void sst_pool_run(void *pool, size_t count, sst_task_fn task, void *task_context);

/** Keeps the calling thread on one CPU from now on. Status: INVALID_ARGUMENT, and then nothing has changed. */
SST_API sst_status_t sst_thread_pin(uint32_t cpu, sst_error_t *error);

/* ---- CPU ------------------------------------------------------------------------------------------------------ */

/** "auto", "x86-64-v3", "x86-64-v4" or "aarch64"; "unknown" for other values. */
SST_API const char *sst_variant_name(sst_variant_t variant);
/** The variant with this name and 1, or 0 (then nothing is written). */
SST_API int sst_variant_parse(const char *name, sst_variant_t *variant);
/** 1 if this CPU and its operating system can run the variant. 1 for SST_VARIANT_AUTO if they can run any. */
SST_API int sst_variant_supported(sst_variant_t variant);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SST_RUNTIME_SST_RUNTIME_H */
