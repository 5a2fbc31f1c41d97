/*
 * buffers.h - sizes and places of buffers; part of entry.c.
 */
#ifndef SST_RUNTIME_LIB_ENTRY_BUFFERS_H
#define SST_RUNTIME_LIB_ENTRY_BUFFERS_H

#include <stddef.h>
#include <stdint.h>

/* Buffers are at most this large, so that pointer differences and the kernels' int64_t indices never overflow. */
#define MAX_BUFFER_BYTES ((size_t)INT64_MAX)

static size_t min_size(size_t a, size_t b) { return a < b ? a : b; }
static size_t max_size(size_t a, size_t b) { return a > b ? a : b; }

/** `*bytes = batch * rows * channels * 4`; 0 if that overflows. */
static int buffer_bytes(size_t batch, size_t rows, size_t channels, size_t *bytes) {
  return !__builtin_mul_overflow(batch, rows, bytes) && !__builtin_mul_overflow(*bytes, channels, bytes) &&
         !__builtin_mul_overflow(*bytes, sizeof(float), bytes) && *bytes <= MAX_BUFFER_BYTES;
}

/** Whether [a, a + a_bytes) and [b, b + b_bytes) have a byte in common. Neither may wrap. */
static int overlaps(const void *a, size_t a_bytes, const void *b, size_t b_bytes) {
  uintptr_t a_begin = (uintptr_t)a, b_begin = (uintptr_t)b;
  return a_begin < b_begin + b_bytes && b_begin < a_begin + a_bytes;
}

/** Whether a buffer would go beyond the end of the address space. */
static int wraps(const void *begin, size_t bytes) {
  uintptr_t end;
  return __builtin_add_overflow((uintptr_t)begin, bytes, &end);
}

#endif /* SST_RUNTIME_LIB_ENTRY_BUFFERS_H */
