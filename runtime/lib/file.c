/*
 * file.c - files into memory.
 */
#define _GNU_SOURCE
#include "sst/Runtime/sst_runtime.h"

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int sst_mul_size(size_t a, size_t b, size_t *product) {
  size_t result;
  if (__builtin_mul_overflow(a, b, &result))
    return 0;
  *product = result;
  return 1;
}

int sst_add_size(size_t a, size_t b, size_t *sum) {
  size_t result;
  if (__builtin_add_overflow(a, b, &result))
    return 0;
  *sum = result;
  return 1;
}

sst_status_t sst_system_error(sst_error_t *error, const char *path, const char *what, int code) {
  char reason[128];
  /* The GNU form returns the text, which need not be in the buffer. */
  const char *text = strerror_r(code, reason, sizeof reason);
  sst_status_t status = code == ENOENT || code == ENOTDIR ? SST_STATUS_NOT_FOUND
                        : code == ENOMEM                  ? SST_STATUS_OUT_OF_MEMORY
                                                          : SST_STATUS_IO_ERROR;
  return sst_error_set(error, status, "%s: %s: %s", path, what, text);
}

/** Reads up to `size` bytes from `offset` on; returns how many came before the end of the file, or -1 with errno. */
static ssize_t read_fully(int descriptor, char *bytes, size_t size, off_t offset) {
  size_t done = 0;
  while (done < size) {
    ssize_t count = pread(descriptor, bytes + done, size - done, offset + (off_t)done);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return -1;
    if (count == 0)
      break;
    done += (size_t)count;
  }
  return (ssize_t)done;
}

sst_status_t sst_file_read_head(int descriptor, const char *path, size_t limit, void **bytes, size_t *size,
                                size_t *file_size, sst_error_t *error) {
  struct stat info;
  *bytes = NULL;
  *size = 0;
  if (fstat(descriptor, &info) != 0)
    return sst_system_error(error, path, "cannot be read", errno);
  if (S_ISDIR(info.st_mode))
    return sst_error_set(error, SST_STATUS_IO_ERROR, "%s: is a directory; name a file in it", path);
  if (!S_ISREG(info.st_mode))
    return sst_error_set(error, SST_STATUS_IO_ERROR,
                         "%s: is not a regular file, but a pipe or a device; write it to a file first", path);
  size_t expected = (size_t)info.st_size < limit ? (size_t)info.st_size : limit;
  char *buffer = malloc(expected ? expected : 1);
  if (!buffer)
    return sst_error_set(error, SST_STATUS_OUT_OF_MEMORY, "%s: no memory for its %zu bytes", path, expected);
  ssize_t count = read_fully(descriptor, buffer, expected, 0);
  if (count < 0) {
    sst_status_t status = sst_system_error(error, path, "cannot be read", errno);
    free(buffer);
    return status;
  }
  *bytes = buffer;
  *size = (size_t)count;
  if (file_size)
    *file_size = (size_t)info.st_size;
  return SST_STATUS_OK;
}

sst_status_t sst_file_open(const char *path, int *descriptor, sst_error_t *error) {
  /* Non-blocking, so that a pipe without a writer is refused instead of waited for. */
  *descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  return *descriptor < 0 ? sst_system_error(error, path, "cannot be opened", errno) : SST_STATUS_OK;
}

sst_status_t sst_file_read(const char *path, void **bytes, size_t *size, sst_error_t *error) {
  int descriptor;
  *bytes = NULL;
  *size = 0;
  sst_status_t status = sst_file_open(path, &descriptor, error);
  if (status != SST_STATUS_OK)
    return status;
  status = sst_file_read_head(descriptor, path, SIZE_MAX, bytes, size, NULL, error);
  close(descriptor);
  return status;
}

/** A new piece of memory that code may be mapped from, as a file without a path; -1 with errno. */
static int create_memory_file(const char *name) {
  unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  /* Kernels since 6.3 want to be told that it is for code (MFD_EXEC), older ones do not know the flag. */
  int descriptor = memfd_create(name, flags | 0x10u);
  return descriptor < 0 && errno == EINVAL ? memfd_create(name, flags) : descriptor;
}

/** Copies the rest of a file; 0 or an errno. */
static int copy_contents(int from, int to) {
  enum { piece = 1 << 20 };
  char *buffer = malloc(piece);
  if (!buffer)
    return ENOMEM;
  int code = 0;
  off_t offset = 0;
  for (ssize_t count = piece; code == 0 && count == piece; offset += count) {
    count = read_fully(from, buffer, piece, offset);
    sst_span_t span = {buffer, count < 0 ? 0 : (size_t)count};
    code = count < 0 ? errno : sst_write_spans(to, &span, 1);
  }
  free(buffer);
  return code;
}

sst_status_t sst_file_copy_to_memory(int descriptor, const char *path, const char *name, int *copy,
                                     sst_error_t *error) {
  *copy = create_memory_file(name);
  int code = *copy < 0 ? errno : copy_contents(descriptor, *copy);
  if (code == 0 && fcntl(*copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    code = errno;
  if (code == 0)
    return SST_STATUS_OK;
  if (*copy >= 0)
    close(*copy);
  *copy = -1;
  return sst_system_error(error, path, "cannot be copied into memory", code);
}
