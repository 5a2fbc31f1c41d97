/*
 * entry.c - the functions that a user calls, in front of the generated kernels.
 *
 * Compiled twice: to LLVM bitcode, which sst-compile links with the kernels of a model (sst_entry.h), and natively for
 * the unit tests. Freestanding: nothing but memcpy-class symbols, no memory that changes, no constructor.
 *
 * A call is checked completely before anything is written. Sequences are then computed in groups (groups.h), by one
 * thread or several (team.h), inside the default floating-point environment.
 */
#include "sst/Runtime/sst_entry.h"

#include "cpu_features.h"
#include "groups.h"
#include "team.h"

_Static_assert(sizeof(size_t) == 8, "the entry code is written for 64-bit machines");
_Static_assert(sizeof(sst_call_t) == 128, "the layout of sst_call_t is part of the interface");
_Static_assert(sizeof(sst_info_t) == 128, "the layout of sst_info_t is part of the interface");
_Static_assert(sizeof(sst_artefact_t) == 40, "the layout of sst_artefact_t is part of the interface");
_Static_assert(sizeof(sst_op_t) == 80, "the layout of sst_op_t is part of the interface");

/** The sizes of one call, all of them checked. */
typedef struct call_sizes {
  size_t input_bytes, output_bytes, profile_bytes;
  size_t output_rows; /**< per sequence */
  size_t threads;     /**< at least 1 */
  size_t op_count;    /**< of the function that is called */
  workspace_layout_t layout;
} call_sizes_t;

/** `*bytes = batch * rows * channels * 4`; 0 if that overflows. */
static int buffer_bytes(size_t batch, size_t rows, size_t channels, size_t *bytes) {
  return !__builtin_mul_overflow(batch, rows, bytes) && !__builtin_mul_overflow(*bytes, channels, bytes) &&
         !__builtin_mul_overflow(*bytes, sizeof(float), bytes) && *bytes <= MAX_BUFFER_BYTES;
}

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

/** The kernels that a call with this `variant` and these `flags` runs, NULL if there are none. */
static const sst_kernels_t *choose_kernels(uint32_t variant, uint32_t flags) {
  uint32_t runnable = flags & SST_CALL_VARIANT_CHECKED ? UINT32_MAX : sst_cpu_variants();
  for (uint64_t i = 0; i < sst_model_data.kernel_count; ++i) {
    const sst_kernels_t *kernels = &sst_model_kernels[i];
    if (variant != SST_VARIANT_AUTO && kernels->variant != variant)
      continue;
    if (kernels->variant < 32 && (runnable >> kernels->variant & 1u))
      return kernels;
  }
  return 0;
}

/** Whether [a, a + a_bytes) and [b, b + b_bytes) have a byte in common. */
static int overlaps(const void *a, size_t a_bytes, const void *b, size_t b_bytes) {
  uintptr_t a_begin = (uintptr_t)a, b_begin = (uintptr_t)b;
  return a_begin < b_begin + b_bytes && b_begin < a_begin + a_bytes;
}

/** Whether a buffer would go beyond the end of the address space. */
static int wraps(const void *begin, size_t bytes) {
  uintptr_t end;
  return __builtin_add_overflow((uintptr_t)begin, bytes, &end);
}

/** Checks the fields of a call that are wrong whatever the model is. */
static sst_status_t check_fields(const sst_call_t *call, int sequence) {
  if (!call)
    return SST_STATUS_INVALID_ARGUMENT;
  if (call->size != sizeof(sst_call_t) || call->abi_version != SST_ABI_VERSION)
    return SST_STATUS_BAD_VERSION;
  if ((call->flags & ~SST_CALL_VARIANT_CHECKED) != 0 ||
      ((call->flags & SST_CALL_VARIANT_CHECKED) && call->variant == SST_VARIANT_AUTO))
    return SST_STATUS_INVALID_ARGUMENT;
  if (call->batch == 0 || call->rows == 0 || !call->input || !call->output)
    return SST_STATUS_INVALID_ARGUMENT;
  if (call->weights || call->weights_bytes != 0 || (sequence && call->lengths))
    return SST_STATUS_INVALID_ARGUMENT;
  if (call->threads > 1 && !call->parallel)
    return SST_STATUS_INVALID_ARGUMENT;
  if (!call->profile && call->profile_count != 0)
    return SST_STATUS_INVALID_ARGUMENT;
  return SST_STATUS_OK;
}

/** Computes the sizes of a call and checks workspace and profile against them. */
static sst_status_t check_sizes(const sst_call_t *call, int sequence, call_sizes_t *sizes) {
  sst_status_t status = check_workspace(call->batch, call->rows, call->threads, &sizes->layout);
  if (status != SST_STATUS_OK)
    return status;
  sizes->threads = max_size(1, call->threads);
  sizes->op_count = sequence ? sst_model_data.info.sequence_op_count : sst_model_data.info.window_op_count;
  size_t profile_count = call->profile ? sizes->threads * (sizes->op_count + 1) : 0;
  sizes->profile_bytes = profile_count * sizeof(uint64_t);
  sizes->output_rows = sequence ? call->rows : 1;
  if (!buffer_bytes(call->batch, call->rows, sst_model_data.info.embed_dim, &sizes->input_bytes) ||
      !buffer_bytes(call->batch, sizes->output_rows, sst_model_data.info.hidden_size, &sizes->output_bytes))
    return SST_STATUS_SIZE_OVERFLOW;
  if (wraps(call->input, sizes->input_bytes) || wraps(call->output, sizes->output_bytes) ||
      wraps(call->workspace, sizes->layout.bytes) || wraps(call->profile, sizes->profile_bytes))
    return SST_STATUS_SIZE_OVERFLOW;
  if ((!call->workspace && sizes->layout.bytes != 0) || call->profile_count < profile_count)
    return SST_STATUS_INVALID_ARGUMENT;
  if ((uintptr_t)call->input % sizeof(float) != 0 || (uintptr_t)call->output % sizeof(float) != 0 ||
      (uintptr_t)call->lengths % sizeof(size_t) != 0 || (uintptr_t)call->profile % sizeof(uint64_t) != 0 ||
      (uintptr_t)call->workspace % SST_WORKSPACE_ALIGNMENT != 0)
    return SST_STATUS_MISALIGNED;
  if (call->workspace_bytes < sizes->layout.bytes)
    return SST_STATUS_WORKSPACE_TOO_SMALL;
  return SST_STATUS_OK;
}

/** Whether [begin, begin + bytes) has a byte in common with memory that the call writes. */
static int is_written(const sst_call_t *call, const call_sizes_t *sizes, const void *begin, size_t bytes) {
  return overlaps(begin, bytes, call->output, sizes->output_bytes) ||
         overlaps(begin, bytes, call->workspace, sizes->layout.bytes) ||
         overlaps(begin, bytes, call->profile, sizes->profile_bytes);
}

/** Checks that no buffer lies in another and that every length is one. */
static sst_status_t check_content(const sst_call_t *call, const call_sizes_t *sizes) {
  if (is_written(call, sizes, call->input, sizes->input_bytes) ||
      overlaps(call->output, sizes->output_bytes, call->workspace, sizes->layout.bytes) ||
      overlaps(call->output, sizes->output_bytes, call->profile, sizes->profile_bytes) ||
      overlaps(call->workspace, sizes->layout.bytes, call->profile, sizes->profile_bytes))
    return SST_STATUS_INVALID_ARGUMENT;
  if (!call->lengths)
    return SST_STATUS_OK;
  /* batch * sizeof(size_t) cannot overflow: batch * sizeof(float) is less than half of what fits. */
  size_t lengths_bytes = call->batch * sizeof(size_t);
  if (wraps(call->lengths, lengths_bytes))
    return SST_STATUS_SIZE_OVERFLOW;
  if (is_written(call, sizes, call->lengths, lengths_bytes))
    return SST_STATUS_INVALID_ARGUMENT;
  for (size_t b = 0; b < call->batch; ++b)
    if (call->lengths[b] == 0 || call->lengths[b] > call->rows)
      return SST_STATUS_INVALID_ARGUMENT;
  return SST_STATUS_OK;
}

static sst_status_t run(const sst_call_t *call, int sequence) {
  call_sizes_t sizes;
  sst_status_t status = check_fields(call, sequence);
  if (status == SST_STATUS_OK)
    status = check_sizes(call, sequence, &sizes);
  if (status == SST_STATUS_OK)
    status = check_content(call, &sizes);
  if (status != SST_STATUS_OK)
    return status;
  const sst_kernels_t *kernels = choose_kernels(call->variant, call->flags);
  if (!kernels)
    return SST_STATUS_UNSUPPORTED_VARIANT;
  checked_call_t checked = {
      .call = call,
      .kernel = sequence ? kernels->sequence : kernels->window,
      .threads = sizes.threads,
      .input_step = call->rows * sst_model_data.info.embed_dim,
      .output_step = sizes.output_rows * sst_model_data.info.hidden_size,
      .op_count = sizes.op_count,
      .phase_count = sequence ? sst_model_data.sequence_phases : sst_model_data.window_phases,
      .layout = sizes.layout,
  };
  run_groups(&checked);
  return SST_STATUS_OK;
}

sst_status_t sst_model_info(sst_info_t *info) {
  if (!info)
    return SST_STATUS_INVALID_ARGUMENT;
  if (info->size != sizeof(sst_info_t) || info->abi_version != SST_ABI_VERSION)
    return SST_STATUS_BAD_VERSION;
  const sst_kernels_t *kernels = choose_kernels(SST_VARIANT_AUTO, 0);
  *info = sst_model_data.info;
  info->size = sizeof(sst_info_t);
  info->abi_version = SST_ABI_VERSION;
  info->variant = kernels ? (uint32_t)kernels->variant : 0;
  return SST_STATUS_OK;
}

sst_status_t sst_model_workspace_bytes(size_t batch, size_t rows, size_t threads, size_t *bytes) {
  workspace_layout_t layout;
  sst_status_t status = bytes ? check_workspace(batch, rows, threads, &layout) : SST_STATUS_INVALID_ARGUMENT;
  if (status == SST_STATUS_OK)
    *bytes = layout.bytes;
  return status;
}

sst_status_t sst_model_window(const sst_call_t *call) { return run(call, 0); }

sst_status_t sst_model_sequence(const sst_call_t *call) { return run(call, 1); }

const sst_artefact_t sst_model_artefact = {
    sizeof(sst_artefact_t),    SST_ABI_VERSION,  sst_model_info,
    sst_model_workspace_bytes, sst_model_window, sst_model_sequence,
};
