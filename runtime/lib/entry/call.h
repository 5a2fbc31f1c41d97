/*
 * call.h - what kinds of calls there are, and everything that can be wrong with one; part of entry.c.
 */
#ifndef SST_RUNTIME_LIB_ENTRY_CALL_H
#define SST_RUNTIME_LIB_ENTRY_CALL_H

#include "sst/Runtime/sst_entry.h"

#include "buffers.h"
#include "groups.h"
#include "state.h"

/** A function of the model; no kernels: not there. */
typedef struct compiled_function {
  uint32_t number;              /**< SST_FUNCTION_* */
  const sst_kernel_fn *kernels; /**< one for each of sst_model_variants */
} compiled_function_t;

/** What a call of an entry point may have and what it runs. */
typedef struct call_kind {
  compiled_function_t without_states, with_states; /**< what it runs; without kernels: not allowed */
  uint8_t lengths;                                 /**< may have lengths */
  uint8_t one_row;                                 /**< has one row */
  uint8_t every_row;                               /**< the output has every row */
  uint8_t exact;                                   /**< must compute what `window` does */
  uint8_t ahead;                                   /**< see rows_to_run */
} call_kind_t;

/** The sizes of one call, all of them checked. */
typedef struct call_sizes {
  size_t input_bytes, output_bytes, profile_bytes;
  size_t lengths_bytes, states_bytes; /**< of the arrays; 0 if there are none */
  size_t output_rows;                 /**< per sequence */
  size_t threads;                     /**< at least 1 */
  compiled_function_t function;
  size_t op_count; /**< of that function */
  workspace_layout_t layout;
} call_sizes_t;

/** Lays out the workspace of a call, after checking what that depends on. `threads` is as in sst_call_t. */
static sst_status_t check_workspace(size_t batch, size_t rows, size_t threads, workspace_layout_t *layout) {
  size_t input_bytes, output_bytes;
  if (batch == 0 || rows == 0 || threads > SST_MAX_THREADS)
    return SST_STATUS_INVALID_ARGUMENT;
  if (!buffer_bytes(batch, rows, sst_model_data.info.embed_dim, &input_bytes) ||
      !buffer_bytes(batch, rows, sst_model_data.info.hidden_size, &output_bytes) ||
      !lay_out(batch, rows, max_size(1, threads), layout))
    return SST_STATUS_SIZE_OVERFLOW;
  return SST_STATUS_OK;
}

/** The function that a call runs. */
static compiled_function_t function_of(const sst_call_t *call, call_kind_t kind) {
  return call->states ? kind.with_states : kind.without_states;
}

/** Checks the fields of a call that are wrong whatever the model is. */
static sst_status_t check_fields(const sst_call_t *call, call_kind_t kind) {
  if (!call)
    return SST_STATUS_INVALID_ARGUMENT;
  if (call->size != sizeof(sst_call_t) || call->abi_version != SST_ABI_VERSION)
    return SST_STATUS_BAD_VERSION;
  if ((call->flags & ~SST_CALL_VARIANT_CHECKED) != 0 ||
      ((call->flags & SST_CALL_VARIANT_CHECKED) && call->variant == SST_VARIANT_AUTO))
    return SST_STATUS_INVALID_ARGUMENT;
  if (call->batch == 0 || call->rows == 0 || !call->input || !call->output)
    return SST_STATUS_INVALID_ARGUMENT;
  if (!function_of(call, kind).kernels || (call->lengths && !kind.lengths) || (call->rows != 1 && kind.one_row) ||
      (call->row_budget != 0 && !kind.ahead))
    return SST_STATUS_INVALID_ARGUMENT;
  if (call->weights || call->weights_bytes != 0)
    return SST_STATUS_INVALID_ARGUMENT;
  if (call->threads > 1 && !call->parallel)
    return SST_STATUS_INVALID_ARGUMENT;
  if (!call->profile && call->profile_count != 0)
    return SST_STATUS_INVALID_ARGUMENT;
  return SST_STATUS_OK;
}

/** Computes the sizes of a call and checks workspace and profile against them. */
static sst_status_t check_sizes(const sst_call_t *call, call_kind_t kind, call_sizes_t *sizes) {
  sst_status_t status = check_workspace(call->batch, call->rows, call->threads, &sizes->layout);
  if (status != SST_STATUS_OK)
    return status;
  sizes->threads = max_size(1, call->threads);
  sizes->function = function_of(call, kind);
  sizes->op_count = sst_model_data.info.functions[sizes->function.number].count;
  size_t profile_count = call->profile ? sizes->threads * (sizes->op_count + 1) : 0;
  sizes->profile_bytes = profile_count * sizeof(uint64_t);
  sizes->output_rows = kind.every_row ? call->rows : 1;
  if (!buffer_bytes(call->batch, call->rows, sst_model_data.info.embed_dim, &sizes->input_bytes) ||
      !buffer_bytes(call->batch, sizes->output_rows, sst_model_data.info.hidden_size, &sizes->output_bytes))
    return SST_STATUS_SIZE_OVERFLOW;
  /* These cannot overflow: batch * sizeof(float) is less than half of what fits. */
  sizes->lengths_bytes = call->lengths ? call->batch * sizeof(size_t) : 0;
  sizes->states_bytes = call->states ? call->batch * sizeof(void *) : 0;
  if (wraps(call->input, sizes->input_bytes) || wraps(call->output, sizes->output_bytes) ||
      wraps(call->workspace, sizes->layout.bytes) || wraps(call->profile, sizes->profile_bytes) ||
      wraps(call->lengths, sizes->lengths_bytes) || wraps(call->states, sizes->states_bytes))
    return SST_STATUS_SIZE_OVERFLOW;
  if ((!call->workspace && sizes->layout.bytes != 0) || call->profile_count < profile_count)
    return SST_STATUS_INVALID_ARGUMENT;
  if ((uintptr_t)call->input % sizeof(float) != 0 || (uintptr_t)call->output % sizeof(float) != 0 ||
      (uintptr_t)call->lengths % sizeof(size_t) != 0 || (uintptr_t)call->profile % sizeof(uint64_t) != 0 ||
      (uintptr_t)call->states % sizeof(void *) != 0 || (uintptr_t)call->workspace % SST_WORKSPACE_ALIGNMENT != 0)
    return SST_STATUS_MISALIGNED;
  if (call->workspace_bytes < sizes->layout.bytes)
    return SST_STATUS_WORKSPACE_TOO_SMALL;
  return SST_STATUS_OK;
}

/** Whether [begin, begin + bytes) has a byte in common with memory, other than states, that the call writes. */
static int is_written(const sst_call_t *call, const call_sizes_t *sizes, const void *begin, size_t bytes) {
  return overlaps(begin, bytes, call->output, sizes->output_bytes) ||
         overlaps(begin, bytes, call->workspace, sizes->layout.bytes) ||
         overlaps(begin, bytes, call->profile, sizes->profile_bytes);
}

/** The same for memory that it reads. */
static int is_read(const sst_call_t *call, const call_sizes_t *sizes, const void *begin, size_t bytes) {
  return overlaps(begin, bytes, call->input, sizes->input_bytes) ||
         overlaps(begin, bytes, call->lengths, sizes->lengths_bytes) ||
         overlaps(begin, bytes, call->states, sizes->states_bytes);
}

/** Checks that no buffer lies in another and that every length is one. */
static sst_status_t check_content(const sst_call_t *call, const call_sizes_t *sizes) {
  if (is_written(call, sizes, call->input, sizes->input_bytes) ||
      is_written(call, sizes, call->lengths, sizes->lengths_bytes) ||
      is_written(call, sizes, call->states, sizes->states_bytes) ||
      overlaps(call->output, sizes->output_bytes, call->workspace, sizes->layout.bytes) ||
      overlaps(call->output, sizes->output_bytes, call->profile, sizes->profile_bytes) ||
      overlaps(call->workspace, sizes->layout.bytes, call->profile, sizes->profile_bytes))
    return SST_STATUS_INVALID_ARGUMENT;
  for (size_t b = 0; call->lengths && b < call->batch; ++b)
    if (call->lengths[b] == 0 || call->lengths[b] > call->rows)
      return SST_STATUS_INVALID_ARGUMENT;
  return SST_STATUS_OK;
}

/** Checks that stream `b`, whose state is in order, has room for the rows of the call. */
static sst_status_t check_room(const sst_call_t *call, call_kind_t kind, size_t b) {
  size_t max_rows = sst_model_data.info.max_rows, attention_window = sst_model_data.info.attention_window;
  size_t position = ((const sst_state_header_t *)call->states[b])->position, rows = rows_of(call, b);
  /* Ahead, the rows of the call are all that the stream will have, those that it has already among them. */
  size_t end = kind.ahead ? rows : position + rows; /* no overflow: both are below 2^62 */
  if (attention_window == 0 && end > max_rows)
    return SST_STATUS_CAPACITY_EXCEEDED;
  if (kind.ahead && position > rows)
    return SST_STATUS_INVALID_ARGUMENT;
  /* With a window any position is possible; but exact is only a stream whose first row all others can see. */
  if (attention_window != 0 &&
      (rows_to_run(call, kind.ahead, b) > max_rows || end > MAX_POSITION || (kind.exact && end > attention_window)))
    return SST_STATUS_CAPACITY_EXCEEDED;
  return SST_STATUS_OK;
}

/** Checks the state of stream `b` and that it has room for the rows of the call. */
static sst_status_t check_stream(const sst_call_t *call, call_kind_t kind, const call_sizes_t *sizes, size_t b) {
  const void *state = call->states[b];
  size_t state_bytes = sst_model_data.info.state_bytes;
  sst_status_t status = check_state_memory(state);
  if (status != SST_STATUS_OK)
    return status;
  if (is_written(call, sizes, state, state_bytes) || is_read(call, sizes, state, state_bytes))
    return SST_STATUS_INVALID_ARGUMENT;
  status = check_state(state);
  return status == SST_STATUS_OK ? check_room(call, kind, b) : status;
}

/**
 * Checks the states of a call, if there are any, and marks them as in use. The marks, which are undone if a state is
 * refused, are how one that is there twice is found without comparing each with each. So this must be the last check.
 */
static sst_status_t enter_states(const sst_call_t *call, call_kind_t kind, const call_sizes_t *sizes) {
  for (size_t b = 0; call->states && b < call->batch; ++b) {
    sst_status_t status = check_stream(call, kind, sizes, b);
    if (status != SST_STATUS_OK) {
      while (b-- > 0)
        ((sst_state_header_t *)call->states[b])->in_call = 0;
      return status;
    }
    ((sst_state_header_t *)call->states[b])->in_call = 1;
  }
  return SST_STATUS_OK;
}

#endif /* SST_RUNTIME_LIB_ENTRY_CALL_H */
