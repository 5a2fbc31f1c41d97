/*
 * state.h - the states of streams: what makes one valid, and the functions that a user calls on them; part of entry.c.
 *
 * A state is a header (sst_state_header_t) and the model's values behind it, which only the kernels understand. A
 * snapshot is the same bytes with another magic number and a checksum.
 */
#ifndef SST_RUNTIME_LIB_ENTRY_STATE_H
#define SST_RUNTIME_LIB_ENTRY_STATE_H

#include "sst/Runtime/sst_entry.h"

#include "buffers.h"

_Static_assert(sizeof(sst_state_header_t) % SST_STATE_ALIGNMENT == 0, "the values behind it must be aligned");
_Static_assert(sizeof(sst_state_header_t) == 64, "the layout of sst_state_header_t is part of the interface");

/* A stream without end ends before its position could overflow. */
#define MAX_POSITION ((uint64_t)1 << 62)

/** Whether the numbers of rows are possible. The difference of the two never exceeds the rollback: `oldest` follows
 *  the position at that distance, and going back only makes it smaller. */
static int has_possible_rows(const sst_state_header_t *header) {
  uint64_t most = sst_model_data.info.attention_window ? MAX_POSITION : sst_model_data.info.max_rows;
  return header->position <= most && header->oldest <= header->position &&
         header->position - header->oldest <= sst_model_data.info.rollback;
}

/** Whether a state or snapshot is one of this model. */
static int is_of_this_model(const sst_state_header_t *header) {
  return header->bytes == sst_model_data.info.state_bytes && header->model[0] == sst_model_data.state_model[0] &&
         header->model[1] == sst_model_data.state_model[1];
}

/** Checks whether there can be a state at an address. */
static sst_status_t check_state_memory(const void *state) {
  if (!state)
    return SST_STATUS_INVALID_ARGUMENT;
  if ((uintptr_t)state % SST_STATE_ALIGNMENT != 0)
    return SST_STATUS_MISALIGNED;
  if (wraps(state, sst_model_data.info.state_bytes))
    return SST_STATUS_SIZE_OVERFLOW;
  return SST_STATUS_OK;
}

/** Checks that a state is one of this model, in use by a call or not. */
static sst_status_t check_known_state(const void *state) {
  sst_status_t status = check_state_memory(state);
  if (status != SST_STATUS_OK)
    return status;
  const sst_state_header_t *header = state;
  if (header->magic != SST_STATE_MAGIC)
    return SST_STATUS_CORRUPT_STATE;
  if (header->abi_version != SST_ABI_VERSION)
    return SST_STATUS_BAD_VERSION;
  if (!is_of_this_model(header))
    return SST_STATUS_FOREIGN_STATE;
  if (header->checksum != 0 || header->in_call > 1 || !has_possible_rows(header))
    return SST_STATUS_CORRUPT_STATE;
  return SST_STATUS_OK;
}

/** Checks that a state is one of this model and that no call is using it. What replaces all of a state does not ask:
 *  the mark may be that of a call that was left without return. */
static sst_status_t check_state(const void *state) {
  sst_status_t status = check_known_state(state);
  if (status != SST_STATUS_OK)
    return status;
  return ((const sst_state_header_t *)state)->in_call ? SST_STATUS_INVALID_ARGUMENT : SST_STATUS_OK;
}

/** Adds `rows` rows, which the kernels have appended, to the position. */
static void advance_state(sst_state_header_t *header, size_t rows) {
  uint64_t rollback = sst_model_data.info.rollback;
  header->position += rows;
  if (header->position > rollback)
    header->oldest = max_size(header->oldest, header->position - rollback);
}

/* Odd, so that multiplying by it is reversible; the bits are those of the golden ratio. */
#define CHECKSUM_FACTOR 0x9e3779b97f4a7c15u

static uint64_t checksum_step(uint64_t sum, uint64_t word) {
  sum ^= word;
  return (sum << 29 | sum >> 35) * CHECKSUM_FACTOR;
}

/** Takes `bytes` bytes of any alignment, as if zeros were behind them, into the four sums of a checksum. */
static void add_to_checksum(uint64_t sums[4], const unsigned char *begin, size_t bytes) {
  for (size_t done = 0; done < bytes; done += 4 * sizeof(uint64_t)) {
    uint64_t words[4] = {0};
    size_t left = bytes - done;
    if (left >= sizeof words)
      __builtin_memcpy(words, begin + done, sizeof words);
    else
      __builtin_memcpy(words, begin + done, left);
    for (int i = 0; i < 4; ++i)
      sums[i] = checksum_step(sums[i], words[i]);
  }
}

/**
 * The checksum of a snapshot: of its header with checksum 0 and of the values behind it. Word i of eight bytes goes
 * into sum i % 4, so that the processor works on four at a time; in the end the sums go into one. Each step is
 * reversible in the sum and in the word: a change of one word changes its sum, and the result, whatever else there is.
 * The rotation lets the high bits of a word, which multiplying leaves alone, reach all others: without it two changed
 * signs of floats could cancel. It protects from accidents, not from an attacker.
 */
static uint64_t snapshot_checksum(sst_state_header_t header, const void *values, size_t value_bytes) {
  uint64_t sums[4] = {1, 2, 3, 4}, result = 0;
  header.checksum = 0;
  add_to_checksum(sums, (const unsigned char *)&header, sizeof header);
  add_to_checksum(sums, values, value_bytes);
  for (int i = 0; i < 4; ++i)
    result = checksum_step(result, sums[i]);
  return result;
}

size_t sst_model_state_bytes(void) { return sst_model_data.info.state_bytes; }

sst_status_t sst_model_state_init(void *state, size_t bytes) {
  sst_status_t status = check_state_memory(state);
  if (status != SST_STATUS_OK)
    return status;
  if (bytes < sst_model_data.info.state_bytes)
    return SST_STATUS_TRUNCATED_STATE;
  __builtin_memset(state, 0, sst_model_data.info.state_bytes);
  *(sst_state_header_t *)state = (sst_state_header_t){
      .magic = SST_STATE_MAGIC,
      .abi_version = SST_ABI_VERSION,
      .bytes = sst_model_data.info.state_bytes,
      .model = {sst_model_data.state_model[0], sst_model_data.state_model[1]},
  };
  return SST_STATUS_OK;
}

sst_status_t sst_model_state_reset(void *state) {
  sst_status_t status = check_known_state(state);
  if (status != SST_STATUS_OK)
    return status;
  sst_state_header_t *header = state;
  header->position = header->oldest = 0;
  header->in_call = 0;
  return SST_STATUS_OK;
}

sst_status_t sst_model_state_position(const void *state, size_t *rows) {
  sst_status_t status = rows ? check_state(state) : SST_STATUS_INVALID_ARGUMENT;
  if (status == SST_STATUS_OK)
    *rows = ((const sst_state_header_t *)state)->position;
  return status;
}

sst_status_t sst_model_state_snapshot(const void *state, void *snapshot, size_t bytes) {
  size_t state_bytes = sst_model_data.info.state_bytes, header_bytes = sizeof(sst_state_header_t);
  sst_status_t status = snapshot ? check_state(state) : SST_STATUS_INVALID_ARGUMENT;
  if (status != SST_STATUS_OK)
    return status;
  if (bytes < state_bytes)
    return SST_STATUS_TRUNCATED_STATE;
  if (wraps(snapshot, state_bytes))
    return SST_STATUS_SIZE_OVERFLOW;
  if (overlaps(state, state_bytes, snapshot, state_bytes))
    return SST_STATUS_INVALID_ARGUMENT;
  const unsigned char *values = (const unsigned char *)state + header_bytes;
  sst_state_header_t header = *(const sst_state_header_t *)state;
  header.magic = SST_SNAPSHOT_MAGIC;
  header.checksum = snapshot_checksum(header, values, state_bytes - header_bytes);
  __builtin_memcpy(snapshot, &header, header_bytes);
  __builtin_memcpy((unsigned char *)snapshot + header_bytes, values, state_bytes - header_bytes);
  return SST_STATUS_OK;
}

/**
 * Checks every byte of a snapshot and copies its header. What has been changed is CORRUPT_STATE, also if the change
 * makes it look like another model's; only the size that it was cut to, and the version, which decides about all the
 * rest, come first.
 */
static sst_status_t check_snapshot(const void *snapshot, size_t bytes, sst_state_header_t *header) {
  size_t state_bytes = sst_model_data.info.state_bytes;
  if (bytes < sizeof *header)
    return SST_STATUS_TRUNCATED_STATE;
  __builtin_memcpy(header, snapshot, sizeof *header);
  if (header->magic != SST_SNAPSHOT_MAGIC)
    return SST_STATUS_CORRUPT_STATE;
  if (header->abi_version != SST_ABI_VERSION)
    return SST_STATUS_BAD_VERSION;
  /* Another model's may be whole and of another size. */
  if (header->bytes != bytes)
    return bytes < state_bytes ? SST_STATUS_TRUNCATED_STATE : SST_STATUS_CORRUPT_STATE;
  const unsigned char *values = (const unsigned char *)snapshot + sizeof *header;
  if (header->checksum != snapshot_checksum(*header, values, bytes - sizeof *header))
    return SST_STATUS_CORRUPT_STATE;
  if (!is_of_this_model(header))
    return SST_STATUS_FOREIGN_STATE;
  return header->in_call || !has_possible_rows(header) ? SST_STATUS_CORRUPT_STATE : SST_STATUS_OK;
}

sst_status_t sst_model_state_restore(void *state, const void *snapshot, size_t bytes) {
  size_t state_bytes = sst_model_data.info.state_bytes;
  sst_state_header_t header;
  sst_status_t status = snapshot ? check_known_state(state) : SST_STATUS_INVALID_ARGUMENT;
  if (status != SST_STATUS_OK)
    return status;
  if (wraps(snapshot, bytes))
    return SST_STATUS_SIZE_OVERFLOW;
  if (overlaps(state, state_bytes, snapshot, bytes))
    return SST_STATUS_INVALID_ARGUMENT;
  status = check_snapshot(snapshot, bytes, &header);
  if (status != SST_STATUS_OK)
    return status;
  __builtin_memcpy(state, snapshot, state_bytes);
  header.magic = SST_STATE_MAGIC;
  header.checksum = 0;
  *(sst_state_header_t *)state = header;
  return SST_STATUS_OK;
}

sst_status_t sst_model_state_fork(void *to, const void *from) {
  sst_status_t status = check_known_state(to);
  if (status == SST_STATUS_OK)
    status = check_state(from);
  if (status != SST_STATUS_OK)
    return status;
  if (overlaps(to, sst_model_data.info.state_bytes, from, sst_model_data.info.state_bytes))
    return SST_STATUS_INVALID_ARGUMENT;
  __builtin_memcpy(to, from, sst_model_data.info.state_bytes);
  return SST_STATUS_OK;
}

sst_status_t sst_model_state_rollback(void *state, size_t rows) {
  sst_status_t status = check_state(state);
  if (status != SST_STATUS_OK)
    return status;
  sst_state_header_t *header = state;
  if (rows > header->position - header->oldest)
    return SST_STATUS_ROLLBACK_EXCEEDED;
  header->position -= rows;
  return SST_STATUS_OK;
}

#endif /* SST_RUNTIME_LIB_ENTRY_STATE_H */
