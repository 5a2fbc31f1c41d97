/*
 * across.c - a stream that is taken back, saved on one machine and continued on another.
 *
 * Usage: across save|continue STATE OUTPUT. `save` writes a snapshot to STATE and continues; `continue` restores what
 * is in STATE and does the same. Both write the rows that the stream computes from there on, raw, to OUTPUT. Linked
 * with a model of the name `m` that can take back two rows.
 */
#include "m.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_BEFORE = 9, ROWS_AFTER = 7, ROLLBACK = 2 };

static void require(int condition, const char *what) {
  if (!condition) {
    fprintf(stderr, "across: error: %s\n", what);
    exit(1);
  }
}

static void *allocate(size_t bytes) {
  void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
  require(memory != NULL, "no memory");
  return memory;
}

typedef struct stream {
  sst_info_t info;
  sst_call_t call;
  void *state;
  float *input, *output;
  uint32_t random;
} stream_t;

static void start(stream_t *s) {
  size_t workspace_bytes;
  *s = (stream_t){.info = {.size = sizeof s->info, .abi_version = SST_ABI_VERSION}, .random = 12345};
  require(m_info(&s->info) == SST_STATUS_OK && s->info.variant != 0, "no code for this machine");
  require(m_workspace_bytes(1, 1, 1, &workspace_bytes) == SST_STATUS_OK, "no size of the workspace");
  s->state = allocate(s->info.state_bytes);
  s->input = allocate(s->info.embed_dim * sizeof(float));
  s->output = allocate(s->info.hidden_size * sizeof(float));
  require(m_state_init(s->state, s->info.state_bytes) == SST_STATUS_OK, "no state");
  s->call = (sst_call_t){.size = sizeof s->call, .abi_version = SST_ABI_VERSION, .batch = 1, .rows = 1};
  s->call.input = s->input;
  s->call.output = s->output;
  s->call.workspace = allocate(workspace_bytes);
  s->call.workspace_bytes = workspace_bytes;
  s->call.states = &s->state;
}

/** Computes the next row. Its input is exact on every machine. */
static void step(stream_t *s, FILE *file) {
  for (uint32_t i = 0; i < s->info.embed_dim; ++i) {
    s->random = s->random * 1664525u + 1013904223u;
    s->input[i] = (float)(int32_t)(s->random >> 16) / 16384.0f - 2.0f;
  }
  require(m_step(&s->call) == SST_STATUS_OK, "a step fails");
  require(!file || fwrite(s->output, sizeof(float), s->info.hidden_size, file) == s->info.hidden_size, "cannot write");
}

static void save(stream_t *s, const char *path) {
  for (int i = 0; i < ROWS_BEFORE; ++i)
    step(s, NULL);
  require(m_state_rollback(s->state, ROLLBACK) == SST_STATUS_OK, "no rollback");
  void *snapshot = allocate(s->info.state_bytes);
  require(m_state_snapshot(s->state, snapshot, s->info.state_bytes) == SST_STATUS_OK, "no snapshot");
  FILE *file = fopen(path, "wb");
  require(file && fwrite(snapshot, s->info.state_bytes, 1, file) == 1 && fclose(file) == 0, "cannot write a snapshot");
  free(snapshot);
}

static void restore(stream_t *s, const char *path) {
  void *snapshot = allocate(s->info.state_bytes);
  FILE *file = fopen(path, "rb");
  require(file && fread(snapshot, s->info.state_bytes, 1, file) == 1 && fclose(file) == 0, "cannot read a snapshot");
  require(m_state_restore(s->state, snapshot, s->info.state_bytes) == SST_STATUS_OK, "a snapshot is refused");
  free(snapshot);
}

int main(int argc, char **argv) {
  require(argc == 4 && (strcmp(argv[1], "save") == 0 || strcmp(argv[1], "continue") == 0),
          "expects save or continue, and two files");
  stream_t stream;
  start(&stream);
  if (strcmp(argv[1], "save") == 0)
    save(&stream, argv[2]);
  else
    restore(&stream, argv[2]);
  stream.random = 54321;
  FILE *file = fopen(argv[3], "wb");
  require(file != NULL, "cannot write the output");
  for (int i = 0; i < ROWS_AFTER; ++i)
    step(&stream, file);
  require(m_state_rollback(stream.state, ROLLBACK) == SST_STATUS_OK, "no rollback");
  for (int i = 0; i < ROWS_AFTER; ++i)
    step(&stream, file);
  require(fclose(file) == 0, "cannot write the output");
  return 0;
}
