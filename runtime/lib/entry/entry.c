/*
 * entry.c - the functions that a user calls, in front of the generated kernels.
 *
 * Compiled to LLVM bitcode for each architecture, which sst-compile links with the kernels of a model (sst_entry.h),
 * and natively for the unit tests. Freestanding: nothing but memcpy-class symbols, no memory that changes, no
 * constructor.
 *
 * A call is checked completely (call.h) before anything is written. Sequences are then computed in groups (groups.h),
 * by one thread or several (team.h), inside the default floating-point environment. What streams remember is in
 * state.h.
 */
#include "sst/Runtime/sst_entry.h"

#include "arch.h"
#include "call.h"
#include "groups.h"
#include "state.h"

_Static_assert(sizeof(size_t) == 8, "the entry code is written for 64-bit machines");
_Static_assert(sizeof(sst_call_t) == 144, "the layout of sst_call_t is part of the interface");
_Static_assert(sizeof(sst_info_t) == 224, "the layout of sst_info_t is part of the interface");
_Static_assert(sizeof(sst_artefact_t) == 136, "the layout of sst_artefact_t is part of the interface");
_Static_assert(sizeof(sst_work_t) == 72, "the layout of sst_work_t is part of the interface");
_Static_assert(sizeof(sst_op_t) == 16, "the layout of sst_op_t is part of the interface");

#define NO_VARIANT UINT64_MAX

/** Which of sst_model_variants a call with this `variant` and these `flags` runs, or NO_VARIANT. */
static uint64_t choose_variant(uint32_t variant, uint32_t flags) {
  uint32_t runnable = flags & SST_CALL_VARIANT_CHECKED ? UINT32_MAX : sst_cpu_variants();
  for (uint64_t i = 0; i < sst_model_data.variant_count; ++i) {
    if (variant != SST_VARIANT_AUTO && sst_model_variants[i] != variant)
      continue;
    if (sst_model_variants[i] < 32 && (runnable >> sst_model_variants[i] & 1u))
      return i;
  }
  return NO_VARIANT;
}

/** Adds the rows of a call to its states, if there are any, and unmarks them. */
static void leave_states(const checked_call_t *c) {
  for (size_t b = 0; c->call->states && b < c->call->batch; ++b) {
    sst_state_header_t *state = c->call->states[b];
    advance_state(state, rows_to_run(c->call, c->ahead, b));
    state->in_call = 0;
  }
}

static sst_status_t run(const sst_call_t *call, call_kind_t kind) {
  call_sizes_t sizes;
  sst_status_t status = check_fields(call, kind);
  if (status == SST_STATUS_OK)
    status = check_sizes(call, kind, &sizes);
  if (status == SST_STATUS_OK)
    status = check_content(call, &sizes);
  if (status != SST_STATUS_OK)
    return status;
  uint64_t variant = choose_variant(call->variant, call->flags);
  if (variant == NO_VARIANT)
    return SST_STATUS_UNSUPPORTED_VARIANT;
  sst_kernel_fn kernel = sizes.function.kernels[variant];
  if (!kernel)
    return SST_STATUS_UNSUPPORTED;
  status = enter_states(call, kind, &sizes);
  if (status != SST_STATUS_OK)
    return status;
  checked_call_t checked = {
      .call = call,
      .kernel = kernel,
      .threads = sizes.threads,
      .fewest_rows = sizes.function.number == SST_FUNCTION_WINDOW ? fewest_window_rows() : 0,
      .ahead = kind.ahead,
      .input_step = call->rows * sst_model_data.info.embed_dim,
      .output_step = sizes.output_rows * sst_model_data.info.hidden_size,
      .op_count = sizes.op_count,
      .phase_count = sst_model_data.phases[sizes.function.number],
      .layout = sizes.layout,
  };
  fill_short_sequences(&checked);
  run_groups(&checked);
  leave_states(&checked);
  return SST_STATUS_OK;
}

sst_status_t sst_model_info(sst_info_t *info) {
  if (!info)
    return SST_STATUS_INVALID_ARGUMENT;
  if (info->size != sizeof(sst_info_t) || info->abi_version != SST_ABI_VERSION)
    return SST_STATUS_BAD_VERSION;
  uint64_t variant = choose_variant(SST_VARIANT_AUTO, 0);
  *info = sst_model_data.info;
  info->size = sizeof(sst_info_t);
  info->abi_version = SST_ABI_VERSION;
  info->variant = variant == NO_VARIANT ? 0 : (uint32_t)sst_model_variants[variant];
  info->strings = sst_model_ops.strings;
  info->works = sst_model_ops.works;
  for (int function = 0; function < SST_FUNCTION_COUNT; ++function)
    info->functions[function].ops = sst_model_ops.ops[function];
  return SST_STATUS_OK;
}

sst_status_t sst_model_workspace_bytes(size_t batch, size_t rows, size_t threads, size_t *bytes) {
  workspace_layout_t layout;
  sst_status_t status = bytes ? check_workspace(batch, rows, threads, &layout) : SST_STATUS_INVALID_ARGUMENT;
  if (status == SST_STATUS_OK)
    *bytes = layout.bytes;
  return status;
}

#define NO_FUNCTION {0, 0}
#define WINDOW {SST_FUNCTION_WINDOW, sst_window_kernels}
#define SEQUENCE {SST_FUNCTION_SEQUENCE, sst_sequence_kernels}
#define PREFILL {SST_FUNCTION_PREFILL, sst_prefill_kernels}
#define STEP {SST_FUNCTION_STEP, sst_step_kernels}
#define SEQUENCE_FROM_STATE {SST_FUNCTION_SEQUENCE_FROM_STATE, sst_sequence_from_state_kernels}

sst_status_t sst_model_window(const sst_call_t *call) {
  return run(call, (call_kind_t){WINDOW, NO_FUNCTION, .lengths = 1});
}

sst_status_t sst_model_sequence(const sst_call_t *call) {
  return run(call, (call_kind_t){SEQUENCE, SEQUENCE_FROM_STATE, .every_row = 1});
}

sst_status_t sst_model_prefill(const sst_call_t *call) {
  return run(call, (call_kind_t){NO_FUNCTION, PREFILL, .lengths = 1});
}

sst_status_t sst_model_step(const sst_call_t *call) {
  return run(call, (call_kind_t){NO_FUNCTION, STEP, .one_row = 1});
}

sst_status_t sst_model_ahead_prepare(const sst_call_t *call) {
  return run(call, (call_kind_t){NO_FUNCTION, PREFILL, .lengths = 1, .exact = 1, .ahead = 1});
}

sst_status_t sst_model_ahead_finish(const sst_call_t *call) {
  return run(call, (call_kind_t){NO_FUNCTION, STEP, .one_row = 1, .exact = 1});
}

const sst_artefact_t sst_model_artefact = {
    .size = sizeof(sst_artefact_t),
    .abi_version = SST_ABI_VERSION,
    .info = sst_model_info,
    .workspace_bytes = sst_model_workspace_bytes,
    .window = sst_model_window,
    .sequence = sst_model_sequence,
    .prefill = sst_model_prefill,
    .step = sst_model_step,
    .ahead_prepare = sst_model_ahead_prepare,
    .ahead_finish = sst_model_ahead_finish,
    .state_bytes = sst_model_state_bytes,
    .state_init = sst_model_state_init,
    .state_reset = sst_model_state_reset,
    .state_position = sst_model_state_position,
    .state_snapshot = sst_model_state_snapshot,
    .state_restore = sst_model_state_restore,
    .state_fork = sst_model_state_fork,
    .state_rollback = sst_model_state_rollback,
};
