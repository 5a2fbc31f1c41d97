/*
 * A loop that must answer sixty times a second, around a compiled model. Each frame a row arrives, and the model's
 * answer is due before the next one. Three ways to answer are timed, one after the other, with the same rows:
 *
 *   window  when a row is there, everything over the last POLICY_WINDOW_SIZE rows
 *   ahead   the same bits: all rows but the last in the idle time before, and when that is there, only it
 *   step    a stream that only ever appends; another function of the input, see README.md
 *
 * Nothing but policy.h and policy.o is needed, which sst-compile makes:
 *
 *   sst-compile model.safetensors --name=policy -o policy.o
 *   gcc -std=c11 -O2 realtime.c plot.c policy.o -o realtime
 *
 * All memory is there, touched and, if the system allows it, locked before the first frame; the loop allocates nothing.
 */
#define _POSIX_C_SOURCE 200809L

#include "plot.h"
#include "policy.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#if POLICY_ATTENTION_WINDOW != 0 && POLICY_ATTENTION_WINDOW < POLICY_WINDOW_SIZE
#error "streams attend to fewer rows than the window has: compile with a larger --attention-window, or none"
#endif

enum { ROWS = POLICY_WINDOW_SIZE, KNOWN_ROWS = ROWS - 1, CHANNELS = POLICY_EMBED_DIM, ANSWER = POLICY_HIDDEN_SIZE };

typedef struct options {
  const char *input, *svg;
  size_t frames;
  double hz, deadline_ms, piece_ms;
  int fast;
} options_t;

/* What the model works with. The workspace is enough for every call of up to ROWS rows, the state for one stream. */
static _Alignas(SST_WORKSPACE_ALIGNMENT) unsigned char workspace[POLICY_WORKSPACE_BYTES];
static _Alignas(SST_STATE_ALIGNMENT) unsigned char state[POLICY_STATE_BYTES];
static void *const states[1] = {state};
static float answer[ANSWER];
static uint32_t variant;

/* The last ROWS rows. Each is written twice, ROWS apart, so that they always lie one behind the other somewhere. */
static float history[2 * ROWS][CHANNELS];
static size_t newest;

static void add_row(const float *row) {
  newest = (newest + 1) % ROWS;
  memcpy(history[newest], row, sizeof history[0]);
  memcpy(history[newest + ROWS], row, sizeof history[0]);
}
static const float *last_rows(size_t count) { return history[newest + ROWS + 1 - count]; }

/* ---- time ----------------------------------------------------------------------------------------------------- */

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/** Sleeps until a time that is at most one frame away. 0 if that is not possible. */
static int sleep_until(int64_t time) {
  struct timespec t = {.tv_sec = time / 1000000000, .tv_nsec = time % 1000000000};
  int error;
  do
    error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
  while (error == EINTR);
  return error == 0;
}

static double in_ms(int64_t nanoseconds) { return (double)nanoseconds * 1e-6; }

/* ---- three ways to answer --------------------------------------------------------------------------------------- */

static sst_call_t make_call(size_t rows, const float *input) {
  sst_call_t call = {0};
  call.size = sizeof call;
  call.abi_version = SST_ABI_VERSION;
  call.variant = variant;
  call.flags = SST_CALL_VARIANT_CHECKED; /* policy_info has asked the CPU; do not ask again in every frame */
  call.batch = 1;
  call.rows = rows;
  call.input = input;
  call.output = answer;
  call.workspace = workspace;
  call.workspace_bytes = sizeof workspace;
  return call;
}

static sst_status_t answer_window(void) {
  sst_call_t call = make_call(ROWS, last_rows(ROWS));
  return policy_window(&call);
}

/* The rows of a piece of work in idle time; how long one takes, a moving average, and the longest that one has. */
static size_t piece_rows;
static int64_t expected_piece, longest_piece;

/* How many of the KNOWN_ROWS rows of the next window are in the state, and in how many frames not all were in time. */
static size_t prepared, unprepared_frames;

/** Processes up to `budget` more of the known rows, 0: all. */
static sst_status_t prepare_rows(const float *known, size_t budget) {
  sst_call_t call = make_call(KNOWN_ROWS, known);
  call.states = states;
  call.row_budget = budget;
  sst_status_t status = policy_ahead_prepare(&call);
  return status == SST_STATUS_OK ? policy_state_position(state, &prepared) : status;
}

/** A piece of that work; measures it. */
static sst_status_t prepare_piece(void) {
  int64_t begin = now();
  sst_status_t status = prepare_rows(last_rows(KNOWN_ROWS), piece_rows);
  int64_t taken = now() - begin;
  expected_piece += (taken - expected_piece) / 4;
  longest_piece = taken > longest_piece ? taken : longest_piece;
  return status;
}

/** Begins with the next window, and goes on as long as a piece will be done before the time. */
static sst_status_t prepare_ahead(int64_t until) {
  sst_status_t status = policy_state_reset(state);
  prepared = 0;
  while (status == SST_STATUS_OK && prepared != KNOWN_ROWS && now() < until - expected_piece)
    status = prepare_piece();
  return status;
}

static sst_status_t answer_ahead(void) {
  sst_status_t status = SST_STATUS_OK;
  if (prepared != KNOWN_ROWS) {
    /* What there was no time for, at once. The newest row is in the history now, the known ones are before it. */
    ++unprepared_frames;
    status = prepare_rows(last_rows(ROWS), 0);
  }
  if (status != SST_STATUS_OK)
    return status;
  sst_call_t call = make_call(1, last_rows(1));
  call.states = states;
  return policy_ahead_finish(&call);
}

static size_t resets; /* how often the stream was full */

static sst_status_t answer_step(void) {
  sst_call_t call = make_call(1, last_rows(1));
  call.states = states;
  sst_status_t status = policy_step(&call);
  if (status != SST_STATUS_CAPACITY_EXCEEDED)
    return status;
  ++resets;
  status = policy_state_reset(state);
  return status == SST_STATUS_OK ? policy_step(&call) : status;
}

enum { WAYS = 3 };

typedef struct way {
  const char *name, *colour;
  sst_status_t (*answer)(void);
  sst_status_t (*prepare)(int64_t until); /* in the idle time before a row; NULL: nothing */
  int same_bits;                          /* whether its answers must be those of the first way */
  double *ms;                             /* latency of each frame */
  size_t late, missed, different;
} way_t;

/** The largest pieces that take no longer than `bound`, by trying; one row if there are none. Also warms everything. */
static sst_status_t choose_piece(int64_t bound) {
  sst_status_t status = SST_STATUS_OK;
  size_t chosen = 1;
  int64_t chosen_time = 0;
  for (size_t rows = 1; rows <= KNOWN_ROWS && status == SST_STATUS_OK; rows *= 2) {
    int64_t best = INT64_MAX;
    piece_rows = rows;
    for (int i = 0; i < 5 && status == SST_STATUS_OK; ++i) {
      longest_piece = 0;
      status = policy_state_reset(state);
      if (status == SST_STATUS_OK)
        status = prepare_piece();
      best = longest_piece < best ? longest_piece : best;
    }
    if (rows == 1 || best <= bound) {
      chosen = rows;
      chosen_time = best;
    }
  }
  piece_rows = chosen;
  expected_piece = chosen_time;
  longest_piece = 0;
  return status;
}

/* ---- the loop --------------------------------------------------------------------------------------------------- */

/** A recording that begins again when it ends. */
typedef struct recording {
  float *rows;
  size_t count;
} recording_t;

static const float *recorded_row(const recording_t *recording, size_t i) {
  return recording->rows + i % recording->count * CHANNELS;
}

/** Fills the history with the rows before the first frame. */
static void rewind_history(const recording_t *recording) {
  memset(history, 0, sizeof history);
  for (size_t i = 0; i + 1 < ROWS; ++i)
    add_row(recorded_row(recording, i));
}

/** Answers all frames in one way. `answers` has the first way's, which a later one with the same bits is compared with.
 *  Rows come at fixed times; one that comes while an earlier one is still being answered is missed. */
static sst_status_t run_loop(way_t *way, const options_t *options, const recording_t *recording, float *answers,
                             int is_first) {
  int64_t period = (int64_t)(1e9 / options->hz), deadline = (int64_t)(options->deadline_ms * 1e6);
  rewind_history(recording);
  sst_status_t status = policy_state_reset(state);
  int64_t arrival = now() + period;
  for (size_t frame = 0; frame < options->frames && status == SST_STATUS_OK; ++frame) {
    if (way->prepare)
      status = way->prepare(options->fast ? INT64_MAX : arrival);
    if (status != SST_STATUS_OK)
      break;
    if (options->fast)
      arrival = now();
    else if (!sleep_until(arrival))
      return SST_STATUS_UNSUPPORTED;
    add_row(recorded_row(recording, KNOWN_ROWS + frame));
    status = way->answer();
    int64_t latency = now() - arrival;
    /* The answer is there; what follows is book-keeping. */
    way->ms[frame] = in_ms(latency);
    way->late += latency > deadline;
    float *kept = answers + frame * ANSWER;
    if (is_first)
      memcpy(kept, answer, sizeof answer);
    else if (way->same_bits)
      way->different += memcmp(kept, answer, sizeof answer) != 0;
    int64_t behind = now() - (arrival + period);
    size_t missed = behind > 0 && !options->fast ? (size_t)(behind / period) + 1 : 0;
    way->missed += missed;
    arrival += period * (int64_t)(missed + 1);
  }
  return status;
}

/* ---- before and after it ---------------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void print_table(const way_t *ways, const options_t *options, double *scratch) {
  printf("\n  way        p50 ms   p99 ms   max ms     late   missed\n");
  for (size_t i = 0; i < WAYS; ++i) {
    memcpy(scratch, ways[i].ms, options->frames * sizeof *scratch);
    qsort(scratch, options->frames, sizeof *scratch, compare_doubles);
    printf("  %-8s %8.3f %8.3f %8.3f %8zu %8zu\n", ways[i].name, percentile(scratch, options->frames, 50),
           percentile(scratch, options->frames, 99), scratch[options->frames - 1], ways[i].late, ways[i].missed);
  }
  printf("\n  from a row's arrival to its answer; late: after more than %.2f ms; missed: rows that came meanwhile\n\n",
         options->deadline_ms);
}

/** Prints what happened; 0 if the plot cannot be written. */
static int print_results(const way_t *ways, const options_t *options, const recording_t *recording, double *scratch) {
  series_t series[WAYS];
  for (size_t i = 0; i < WAYS; ++i)
    series[i] = (series_t){.name = ways[i].name, .colour = ways[i].colour, .ms = ways[i].ms};
  plot_t plot = {series, WAYS, options->frames, options->deadline_ms};
  const way_t *ahead = &ways[1];
  printf("  input    %s, %zu rows of %d\n", options->input ? options->input : "random numbers", recording->count,
         (int)CHANNELS);
  printf("  frames   %zu for each way, %s\n", options->frames, options->fast ? "as fast as possible" : "in real time");
  print_table(ways, options, scratch);
  print_plot(&plot);
  printf("  the worst latency of every few frames, in tenths of the deadline; !: late\n\n");
  printf("  ahead    %s bits as window in %zu of %zu frames; before %zu of them the idle time was too short.\n"
         "           Pieces of %zu rows, the longest took %.2f ms\n",
         ahead->different ? "OTHER" : "the same", ahead->different ? ahead->different : options->frames,
         options->frames, unprepared_frames, piece_rows, in_ms(longest_piece));
  printf("  step     another function than a sliding window of %d rows: its stream has every row since ", (int)ROWS);
  if (POLICY_ATTENTION_WINDOW > 0)
    printf("the first one,\n           and attends to the last %d\n", (int)POLICY_ATTENTION_WINDOW);
  else
    printf("it was reset,\n           which happened %zu times, after %d rows each\n", resets, (int)POLICY_MAX_ROWS);
  if (!options->svg || write_plot(&plot, options->svg))
    return 1;
  fprintf(stderr, "realtime: error: %s: %s\n", options->svg, strerror(errno));
  return 0;
}

/** Reads a file of float32 numbers, rows of CHANNELS, or makes random rows. 0 after an error, which it prints. */
static int read_recording(const char *path, recording_t *recording) {
  const size_t row_bytes = CHANNELS * sizeof(float);
  if (!path) {
    uint32_t random = 1;
    recording->count = 1000;
    recording->rows = malloc(recording->count * row_bytes);
    for (size_t i = 0; recording->rows && i < recording->count * CHANNELS; ++i)
      recording->rows[i] = (float)((random = random * 1664525u + 1013904223u) >> 8) * 0x1p-23f - 1.0f;
    return recording->rows != NULL;
  }
  FILE *file = fopen(path, "rb");
  long bytes = file && fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
  if (bytes < 0) {
    fprintf(stderr, "realtime: error: %s: %s\n", path, strerror(errno));
  } else if (bytes == 0 || (size_t)bytes % row_bytes != 0) {
    fprintf(stderr, "realtime: error: %s: expects rows of %zu bytes (%d float32), but got %ld bytes\n", path, row_bytes,
            (int)CHANNELS, bytes);
  } else {
    recording->count = (size_t)bytes / row_bytes;
    recording->rows = malloc((size_t)bytes);
    rewind(file);
    if (!recording->rows || fread(recording->rows, row_bytes, recording->count, file) != recording->count) {
      fprintf(stderr, "realtime: error: %s: cannot be read\n", path);
      recording->count = 0;
    }
  }
  if (file)
    fclose(file);
  return recording->count != 0;
}

static int parse_options(int argc, char **argv, options_t *options) {
  for (int i = 1; i < argc; ++i) {
    const char *name = argv[i], *value = strchr(name, '=');
    size_t length = value ? (size_t)(value - name) : strlen(name);
    double number = 0;
    char *end = "";
    if (strcmp(name, "--fast") == 0) {
      options->fast = 1;
      continue;
    }
    value = value ? value + 1 : i + 1 < argc ? argv[++i] : "";
    number = strtod(value, &end);
    int is_positive = end != value && *end == '\0' && number > 0 && number <= 1e6;
#define IS(text) (length == strlen(text) && strncmp(name, text, length) == 0)
    if (IS("--input") && *value)
      options->input = value;
    else if (IS("--svg") && *value)
      options->svg = value;
    else if (IS("--frames") && is_positive && number >= 1)
      options->frames = (size_t)number;
    else if (IS("--hz") && is_positive && number >= 0.1)
      options->hz = number;
    else if (IS("--deadline-ms") && is_positive)
      options->deadline_ms = number;
    else if (IS("--piece-ms") && is_positive)
      options->piece_ms = number;
    else
      return 0;
#undef IS
  }
  options->deadline_ms = options->deadline_ms > 0 ? options->deadline_ms : 1e3 / options->hz;
  options->piece_ms = options->piece_ms > 0 ? options->piece_ms : 500 / options->hz;
  return 1;
}

static int fail(const char *what, sst_status_t status) {
  fprintf(stderr, "realtime: error: %s: status %d\n", what, (int)status);
  return 1;
}

/** Asks the model for its variant, makes the stream, and has all memory in place: writing to it is what makes pages be
 *  there. */
static sst_status_t get_ready(double *ms, float *answers, size_t frames) {
  sst_info_t info = {.size = sizeof info, .abi_version = SST_ABI_VERSION};
  if (!ms || !answers)
    return SST_STATUS_OUT_OF_MEMORY;
  memset(ms, 1, (WAYS + 1) * frames * sizeof *ms);
  memset(answers, 1, frames * sizeof answer);
  memset(workspace, 1, sizeof workspace);
  sst_status_t status = policy_info(&info);
  if (status != SST_STATUS_OK)
    return status;
  variant = info.variant;
  if (variant == SST_VARIANT_AUTO)
    return SST_STATUS_UNSUPPORTED_VARIANT;
  int is_locked = mlockall(MCL_CURRENT) == 0;
  printf("  memory   %s\n", is_locked ? "locked" : "not locked, which the system does not allow; it may be paged out");
  return policy_state_init(state, sizeof state);
}

int main(int argc, char **argv) {
  options_t options = {.frames = 600, .hz = 60};
  recording_t recording = {0};
  way_t ways[WAYS] = {
      {.name = "window", .colour = "#d62728", .answer = answer_window},
      {.name = "ahead", .colour = "#1f77b4", .answer = answer_ahead, .prepare = prepare_ahead, .same_bits = 1},
      {.name = "step", .colour = "#2ca02c", .answer = answer_step}};
  if (!parse_options(argc, argv, &options)) {
    fprintf(stderr, "Usage: realtime [--input FILE.f32] [--frames 600] [--hz 60] [--deadline-ms 16.7]\n"
                    "                [--piece-ms 8.3] [--svg FILE] [--fast]\n");
    return 2;
  }
  if (!read_recording(options.input, &recording))
    return 1;
  double *ms = calloc((WAYS + 1) * options.frames, sizeof *ms);
  float *answers = calloc(options.frames, sizeof answer);
  sst_status_t status = get_ready(ms, answers, options.frames);
  if (status != SST_STATUS_OK)
    return fail("getting ready", status);
  rewind_history(&recording);
  if (KNOWN_ROWS > 0)
    status = choose_piece((int64_t)(options.piece_ms * 1e6));
  for (size_t i = 0; i < WAYS && status == SST_STATUS_OK; ++i) {
    ways[i].ms = ms + i * options.frames;
    status = run_loop(&ways[i], &options, &recording, answers, i == 0);
  }
  if (status != SST_STATUS_OK)
    return fail("running the model", status);
  int is_written = print_results(ways, &options, &recording, ms + WAYS * options.frames);
  free(recording.rows);
  free(ms);
  free(answers);
  return is_written && ways[1].different == 0 ? 0 : 1;
}
