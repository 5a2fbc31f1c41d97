/*
 * file.h - files that are open, private to the runtime library.
 */
#ifndef SST_RUNTIME_LIB_FILE_H
#define SST_RUNTIME_LIB_FILE_H

#include "sst/Runtime/sst_report.h"

/** Opens a file for reading; `*descriptor` is the caller's, to be closed. */
sst_status_t sst_file_open(const char *path, int *descriptor, sst_error_t *error);

/** Like sst_file_read, but of a file that is open, and at most its first `limit` bytes. `*size` is how many that were,
 * `*file_size` (unless NULL) the size of the whole file. `path` is for messages. */
sst_status_t sst_file_read_head(int descriptor, const char *path, size_t limit, void **bytes, size_t *size,
                                size_t *file_size, sst_error_t *error);

/** Copies a file that is open into memory that nobody can change any more; `*copy` is a descriptor of it and the
 * caller's, to be closed. `name` is what the system shows in lists of mapped memory. */
sst_status_t sst_file_copy_to_memory(int descriptor, const char *path, const char *name, int *copy, sst_error_t *error);

#endif /* SST_RUNTIME_LIB_FILE_H */
