/*
 * file.h - what the parts of the runtime library that read and write files share; private to it.
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

/** Writes all pieces to a file that is open; 0 or an errno. */
int sst_write_spans(int descriptor, const sst_span_t *spans, size_t count);

/** Sets `error` to `<path>: <what>: <the system's words for the errno `code`>`; returns the status that fits. */
sst_status_t sst_system_error(sst_error_t *error, const char *path, const char *what, int code);

#endif /* SST_RUNTIME_LIB_FILE_H */
