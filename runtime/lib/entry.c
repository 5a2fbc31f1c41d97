/*
 * entry.c - the functions that a user calls, in front of the generated kernels.
 *
 * Compiled twice: to LLVM bitcode, which sst-compile links with the kernels of a model (sst_entry.h), and natively for
 * the unit tests. Freestanding: nothing but memcpy-class symbols, no memory that changes, no constructor.
 *
 * A call is checked completely before anything is written. Sequences are then computed in groups (sst_model_data_t),
 * one kernel call each, inside the default floating-point environment.
 */
#include "sst/Runtime/sst_entry.h"

#include "cpu_features.h"

_Static_assert(sizeof(size_t) == 8, "the entry code is written for 64-bit machines");
_Static_assert(sizeof(sst_call_t) == 128, "the layout of sst_call_t is part of the interface");
_Static_assert(sizeof(sst_info_t) == 128, "the layout of sst_info_t is part of the interface");
_Static_assert(sizeof(sst_artefact_t) == 40, "the layout of sst_artefact_t is part of the interface");
_Static_assert(sizeof(sst_op_t) == 80, "the layout of sst_op_t is part of the interface");
_Static_assert(sizeof(sst_phase_t) == 64, "a phase is one cache line");

/* Round to nearest, all exceptions masked, no flush to zero, no denormals-are-zero. */
#define DEFAULT_MXCSR 0x1f80u

/* Buffers are at most this large, so that pointer differences and the kernels' int64_t indices never overflow. */
#define MAX_BUFFER_BYTES ((size_t)INT64_MAX)

/** The sizes of one call, all of them checked. */
typedef struct call_sizes {
  size_t input_bytes, output_bytes, workspace_bytes;
  size_t output_rows; /**< per sequence */
} call_sizes_t;

static size_t min_size(size_t a, size_t b) { return a < b ? a : b; }
static size_t max_size(size_t a, size_t b) { return a > b ? a : b; }

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

/** `*bytes = batch * rows * channels * 4`; 0 if that overflows. */
static int buffer_bytes(size_t batch, size_t rows, size_t channels, size_t *bytes) {
  return !__builtin_mul_overflow(batch, rows, bytes) && !__builtin_mul_overflow(*bytes, channels, bytes) &&
         !__builtin_mul_overflow(*bytes, sizeof(float), bytes) && *bytes <= MAX_BUFFER_BYTES;
}

/** Number of sequences of `rows` rows that one kernel call takes. */
static size_t group_size(size_t batch, size_t rows) {
  return min_size(batch, max_size(1, sst_model_data.group_rows / rows));
}

/** An upper bound of what every call with at most this batch and these rows needs: the rows of a group are at most
 *  batch * rows and at most max(rows, group_rows), its sequences at most batch and at most max(1, group_rows). Both
 *  bounds grow with batch and rows, which the exact number, because of the division in group_size, does not. */
static sst_status_t workspace_bound(size_t batch, size_t rows, size_t threads, size_t *bytes) {
  size_t input_bytes, output_bytes, all_rows;
  if (batch == 0 || rows == 0)
    return SST_STATUS_INVALID_ARGUMENT;
  if (!buffer_bytes(batch, rows, sst_model_data.info.embed_dim, &input_bytes) ||
      !buffer_bytes(batch, rows, sst_model_data.info.hidden_size, &output_bytes) ||
      __builtin_mul_overflow(batch, rows, &all_rows))
    return SST_STATUS_SIZE_OVERFLOW;
  size_t group_rows = min_size(all_rows, max_size(rows, sst_model_data.group_rows));
  size_t group_sequences = min_size(batch, max_size(1, sst_model_data.group_rows));
  size_t bound = 0;
  if (!add_term(&bound, sst_model_data.row_bytes, group_rows) ||
      !add_term(&bound, sst_model_data.sequence_bytes, group_sequences) ||
      !add_term(&bound, sst_model_data.fixed_bytes, 1) || !add_term(&bound, sst_model_data.thread_bytes, max_size(1, threads)))
    return SST_STATUS_SIZE_OVERFLOW;
  *bytes = bound;
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
  return SST_STATUS_OK;
}

/** Computes the sizes of a call and checks the workspace against them. */
static sst_status_t check_sizes(const sst_call_t *call, int sequence, call_sizes_t *sizes) {
  sst_status_t status = workspace_bound(call->batch, call->rows, call->threads, &sizes->workspace_bytes);
  if (status != SST_STATUS_OK)
    return status;
  sizes->output_rows = sequence ? call->rows : 1;
  if (!buffer_bytes(call->batch, call->rows, sst_model_data.info.embed_dim, &sizes->input_bytes) ||
      !buffer_bytes(call->batch, sizes->output_rows, sst_model_data.info.hidden_size, &sizes->output_bytes))
    return SST_STATUS_SIZE_OVERFLOW;
  if (wraps(call->input, sizes->input_bytes) || wraps(call->output, sizes->output_bytes) ||
      wraps(call->workspace, sizes->workspace_bytes))
    return SST_STATUS_SIZE_OVERFLOW;
  if (!call->workspace && sizes->workspace_bytes != 0)
    return SST_STATUS_INVALID_ARGUMENT;
  if ((uintptr_t)call->input % sizeof(float) != 0 || (uintptr_t)call->output % sizeof(float) != 0 ||
      (uintptr_t)call->lengths % sizeof(size_t) != 0 || (uintptr_t)call->workspace % SST_WORKSPACE_ALIGNMENT != 0)
    return SST_STATUS_MISALIGNED;
  if (call->workspace_bytes < sizes->workspace_bytes)
    return SST_STATUS_WORKSPACE_TOO_SMALL;
  return SST_STATUS_OK;
}

/** Checks that no buffer lies in another and that every length is one. */
static sst_status_t check_content(const sst_call_t *call, const call_sizes_t *sizes) {
  if (overlaps(call->input, sizes->input_bytes, call->output, sizes->output_bytes) ||
      overlaps(call->input, sizes->input_bytes, call->workspace, sizes->workspace_bytes) ||
      overlaps(call->output, sizes->output_bytes, call->workspace, sizes->workspace_bytes))
    return SST_STATUS_INVALID_ARGUMENT;
  if (!call->lengths)
    return SST_STATUS_OK;
  /* batch * sizeof(size_t) cannot overflow: batch * sizeof(float) is less than half of what fits. */
  size_t lengths_bytes = call->batch * sizeof(size_t);
  if (wraps(call->lengths, lengths_bytes))
    return SST_STATUS_SIZE_OVERFLOW;
  if (overlaps(call->lengths, lengths_bytes, call->output, sizes->output_bytes) ||
      overlaps(call->lengths, lengths_bytes, call->workspace, sizes->workspace_bytes))
    return SST_STATUS_INVALID_ARGUMENT;
  for (size_t b = 0; b < call->batch; ++b)
    if (call->lengths[b] == 0 || call->lengths[b] > call->rows)
      return SST_STATUS_INVALID_ARGUMENT;
  return SST_STATUS_OK;
}

#if defined(__x86_64__)
static uint32_t enter_default_environment(void) {
  uint32_t saved, wanted = DEFAULT_MXCSR;
  __asm__ volatile("stmxcsr %0" : "=m"(saved) : : "memory");
  __asm__ volatile("ldmxcsr %0" : : "m"(wanted) : "memory");
  return saved;
}
static void leave_default_environment(uint32_t saved) { __asm__ volatile("ldmxcsr %0" : : "m"(saved) : "memory"); }
#else
static uint32_t enter_default_environment(void) { return 0; }
static void leave_default_environment(uint32_t saved) { (void)saved; }
#endif

int64_t sst_team_next(sst_team_t *team, int64_t phase, int64_t units, int64_t previous) {
  (void)phase;
  (void)team;
  return previous + 1 < units ? previous + 1 : -1;
}

void sst_team_mark(sst_team_t *team, int64_t op) {
  if (!team->profile)
    return;
  uint64_t now = __builtin_ia32_rdtsc();
  team->profile[op] += now - team->last_tick;
  team->last_tick = now;
}

/** Runs the kernel over all groups of a call that has been checked. */
static void run_groups(const sst_call_t *call, const call_sizes_t *sizes, sst_kernel_fn kernel) {
  size_t input_step = call->rows * sst_model_data.info.embed_dim;
  size_t output_step = sizes->output_rows * sst_model_data.info.hidden_size;
  size_t group = call->lengths ? 1 : group_size(call->batch, call->rows);
  sst_team_t team = {0, 1, 0, call->profile, __builtin_ia32_rdtsc()};
  for (size_t first = 0; first < call->batch; first += group) {
    size_t count = min_size(group, call->batch - first);
    size_t rows = call->lengths ? call->lengths[first] : call->rows;
    kernel(call->input + first * input_step, call->output + first * output_step, call->workspace, sst_model_weights,
           (int64_t)count, (int64_t)rows, 0, 1, &team);
  }
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
  uint32_t saved = enter_default_environment();
  run_groups(call, &sizes, sequence ? kernels->sequence : kernels->window);
  leave_default_environment(saved);
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
  return bytes ? workspace_bound(batch, rows, threads, bytes) : SST_STATUS_INVALID_ARGUMENT;
}

sst_status_t sst_model_window(const sst_call_t *call) { return run(call, 0); }

sst_status_t sst_model_sequence(const sst_call_t *call) { return run(call, 1); }

const sst_artefact_t sst_model_artefact = {
    sizeof(sst_artefact_t),    SST_ABI_VERSION,  sst_model_info,
    sst_model_workspace_bytes, sst_model_window, sst_model_sequence,
};
