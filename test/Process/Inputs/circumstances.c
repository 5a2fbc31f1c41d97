/* What sst_abi.h says of signal handlers, small stacks, fork and NaNs, tried with a compiled model. Ends with 0 if all
 * of it is so. Argument: the most bytes of stack that a call may take. */
#define _GNU_SOURCE
#include "policy.h"
#include "sst/Runtime/sst_runtime.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { BATCH = 3, ROWS = 20, STACK = 1 << 20 };

static int failures;

static void check(int holds, const char *what) {
  printf("%s: %s\n", holds ? "passed" : "FAILED", what);
  fflush(stdout);
  failures += !holds;
}

static void in_order(void *context, size_t count, sst_task_fn task, void *task_context) {
  (void)context;
  for (size_t i = 0; i < count; ++i)
    task(task_context, i, count);
}

/** A call and its memory. */
typedef struct job {
  sst_call_t call;
  float input[BATCH * ROWS * POLICY_EMBED_DIM], output[BATCH * ROWS * POLICY_HIDDEN_SIZE];
  void *states[BATCH];
} job_t;

static job_t *new_job(size_t threads) {
  job_t *job = aligned_alloc(64, (sizeof *job + 63) / 64 * 64);
  memset(job, 0, sizeof *job);
  sst_call_t *call = &job->call;
  for (size_t i = 0; i < sizeof job->input / sizeof *job->input; ++i)
    job->input[i] = (float)(i % 11) * 0.25f - 1;
  call->size = sizeof *call;
  call->abi_version = SST_ABI_VERSION;
  call->batch = BATCH, call->rows = ROWS;
  call->input = job->input, call->output = job->output;
  call->threads = threads;
  call->parallel = in_order;
  policy_workspace_bytes(BATCH, ROWS, threads, &call->workspace_bytes);
  call->workspace = aligned_alloc(SST_WORKSPACE_ALIGNMENT, (call->workspace_bytes + 63) / 64 * 64);
  for (int b = 0; b < BATCH; ++b) {
    job->states[b] = aligned_alloc(SST_STATE_ALIGNMENT, POLICY_STATE_BYTES);
    policy_state_init(job->states[b], POLICY_STATE_BYTES);
  }
  return job;
}

static void use_states(job_t *job, int use) { job->call.states = use ? job->states : NULL; }

/* ---- stacks --------------------------------------------------------------------------------------------------- */

static ucontext_t home, away;
static sst_run_fn function;
static job_t *running;
static sst_status_t status_away;

static void run_away(void) { status_away = function(&running->call); }

/** How many bytes of stack a call takes, with the call itself. */
static size_t measure(sst_run_fn run, job_t *job, unsigned char *stack) {
  memset(stack, 0xa5, STACK);
  getcontext(&away);
  away.uc_stack.ss_sp = stack, away.uc_stack.ss_size = STACK;
  away.uc_link = &home;
  makecontext(&away, run_away, 0);
  function = run, running = job;
  swapcontext(&home, &away);
  if (status_away != SST_STATUS_OK)
    printf("a call gave status %d\n", status_away), ++failures;
  size_t untouched = 0;
  while (stack[untouched] == 0xa5)
    ++untouched;
  return STACK - untouched;
}

static void check_stacks(size_t most) {
  unsigned char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  for (uint32_t variant = SST_VARIANT_X86_64_V3; variant <= SST_VARIANT_X86_64_V4; ++variant) {
    if (!sst_variant_supported((sst_variant_t)variant))
      continue;
    size_t largest = 0;
    for (size_t threads = 1; threads <= 3; threads += 2) {
      static const sst_run_fn functions[] = {policy_window,        policy_sequence, policy_prefill,      policy_step,
                                             policy_ahead_prepare, policy_sequence, policy_ahead_finish, policy_step};
      job_t *job = new_job(threads);
      job->call.variant = variant;
      uint64_t profile[4096];
      job->call.profile = profile, job->call.profile_count = 4096;
      for (int i = 0; i < 8; ++i) {
        use_states(job, i >= 2);
        job->call.rows = functions[i] == policy_step || functions[i] == policy_ahead_finish ? 1
                         : i == 4                                                           ? ROWS - 1
                                                                                            : ROWS;
        if (i == 2 || i == 4 || i == 5)
          for (int b = 0; b < BATCH; ++b)
            policy_state_reset(job->states[b]);
        if (functions[i] == policy_step || functions[i] == policy_ahead_finish)
          for (int b = 0; b < BATCH; ++b)
            policy_state_reset(job->states[b]);
        size_t bytes = measure(functions[i], job, stack);
        largest = bytes > largest ? bytes : largest;
      }
    }
    printf("%s: calls take up to %zu bytes of stack\n", sst_variant_name((sst_variant_t)variant), largest);
    check(largest <= most, "the stack of all calls");
  }
}

/* ---- signals -------------------------------------------------------------------------------------------------- */

static job_t *in_handler;
static volatile sig_atomic_t handled, wrong;
static float wanted[POLICY_HIDDEN_SIZE];

static void handle(int signal) {
  (void)signal;
  if (policy_window(&in_handler->call) != SST_STATUS_OK || memcmp(in_handler->output, wanted, sizeof wanted) != 0)
    wrong = wrong + 1;
  handled = handled + 1;
}

/** A handler on a small stack of its own that interrupts calls, and itself calls with other buffers. */
static void check_signals(size_t most) {
  job_t *job = new_job(1);
  policy_window(&job->call);
  memcpy(wanted, job->output, sizeof wanted);
  in_handler = new_job(1);
  /* What the kernel saves of the interrupted thread comes on top. */
  stack_t stack = {.ss_size = most + (size_t)sysconf(_SC_MINSIGSTKSZ) + 1024};
  stack.ss_sp = malloc(stack.ss_size);
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK | SA_RESTART};
  sigaction(SIGPROF, &action, NULL);
  int same = 1;
  /* A timer that goes off once, and is set again from here: one that repeats would leave a slow CPU no time but for the
   * handler. */
  for (int i = 0; i < 50; ++i) {
    struct itimerval once = {{0, 0}, {0, 1000 + 37 * (i % 20)}};
    setitimer(ITIMER_PROF, &once, NULL);
    while (handled == i)
      same &= policy_window(&job->call) == SST_STATUS_OK && memcmp(job->output, wanted, sizeof wanted) == 0;
  }
  check(same && !wrong, "calls in a signal handler, and around it");
}

/* ---- fork ----------------------------------------------------------------------------------------------------- */

static int gives(sst_run_fn run, job_t *job, const float *want) {
  return run(&job->call) == SST_STATUS_OK && memcmp(job->output, want, sizeof wanted) == 0;
}

static void check_fork(void) {
  sst_pool_t *pool;
  if (sst_pool_create(3, NULL, SST_POOL_SPIN_MICROSECONDS, &pool, NULL) != SST_STATUS_OK)
    exit(2);
  job_t *job = new_job(1), *shared = new_job(3), *stream = new_job(1);
  shared->call.parallel = sst_pool_run, shared->call.parallel_context = pool;
  float window[POLICY_HIDDEN_SIZE], step[POLICY_HIDDEN_SIZE];
  policy_window(&job->call);
  memcpy(window, job->output, sizeof window);
  use_states(stream, 1);
  policy_prefill(&stream->call);
  stream->call.rows = 1;
  policy_step(&stream->call);
  memcpy(step, stream->output, sizeof step);
  for (int b = 0; b < BATCH; ++b)
    policy_state_rollback(stream->states[b], 1);
  check(gives(policy_window, shared, window), "calls on a pool");
  pid_t child = fork();
  if (child == 0) {
    alarm(60); /* ends a child that waits for threads which it has not got */
    int good = gives(policy_window, job, window) && gives(policy_step, stream, step) &&
               gives(policy_window, shared, window) && gives(policy_window, shared, window);
    sst_pool_destroy(pool);
    _exit(good ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "calls in a child process, also with its parent's pool");
  check(gives(policy_window, shared, window) && gives(policy_step, stream, step), "and in the parent after it");
  sst_pool_destroy(pool);
}

/* ---- NaNs ----------------------------------------------------------------------------------------------------- */

/** Whether row `row` of sequence `b` of an output with every row is all NaN (1), free of them (0), or mixed (-1). */
static int nans_in(const float *row) {
  size_t count = 0;
  for (size_t h = 0; h < POLICY_HIDDEN_SIZE; ++h)
    count += isnan(row[h]) != 0;
  return count == 0 ? 0 : count == POLICY_HIDDEN_SIZE ? 1 : -1;
}

static void check_nans(float value, size_t channel, const char *what) {
  enum { BAD = 7, STREAM = 1 };
  job_t *job = new_job(1);
  job->input[(STREAM * ROWS + BAD) * POLICY_EMBED_DIM + channel] = value;
  int holds = policy_sequence(&job->call) == SST_STATUS_OK;
  for (size_t b = 0; b < BATCH; ++b)
    for (size_t t = 0; t < ROWS; ++t)
      holds &= nans_in(job->output + (b * ROWS + t) * POLICY_HIDDEN_SIZE) == (b == STREAM && t >= BAD);
  check(holds, what);
  holds = policy_window(&job->call) == SST_STATUS_OK;
  for (size_t b = 0; b < BATCH; ++b)
    holds &= nans_in(job->output + b * POLICY_HIDDEN_SIZE) == (b == STREAM);
  check(holds, "window");

  /* A stream of ROWS - 1 rows, the one before the last of them bad. */
  job_t *stream = new_job(1);
  use_states(stream, 1);
  for (int b = 0; b < BATCH; ++b)
    stream->input[b * (ROWS - 1) * POLICY_EMBED_DIM + (ROWS - 3) * POLICY_EMBED_DIM + channel] = value;
  stream->call.rows = ROWS - 1;
  holds = policy_prefill(&stream->call) == SST_STATUS_OK && nans_in(stream->output) == 1;
  check(holds, "prefill");
  stream->call.rows = 1;
  holds = policy_step(&stream->call) == SST_STATUS_OK && nans_in(stream->output) == 1;
  check(holds, "a stream remembers it");
  for (int b = 0; b < BATCH; ++b)
    holds &= policy_state_rollback(stream->states[b], 3) == SST_STATUS_OK;
  holds &= policy_step(&stream->call) == SST_STATUS_OK && nans_in(stream->output) == 0;
  check(holds, "until it is rolled back");
  for (int b = 0; b < BATCH; ++b)
    holds &= policy_state_reset(stream->states[b]) == SST_STATUS_OK;
  holds &= policy_step(&stream->call) == SST_STATUS_OK && nans_in(stream->output) == 0;
  check(holds, "or reset");
}

int main(int argc, char **argv) {
  size_t most = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
  check_stacks(most);
  check_signals(most);
  check_fork();
  check_nans(NAN, 0, "a NaN in a row of a sequence");
  check_nans(NAN, POLICY_EMBED_DIM - 1, "a NaN in its last channel");
  check_nans(INFINITY, 1, "an infinity");
  return failures != 0;
}
