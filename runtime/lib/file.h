/*
 * file.h - reading the beginning of a file, private to the runtime library.
 */
#ifndef SST_RUNTIME_LIB_FILE_H
#define SST_RUNTIME_LIB_FILE_H

#include "sst/Runtime/sst_report.h"

/** Like sst_file_read, but reads at most the first `limit` bytes. `*size` is how many that were, `*file_size` (unless
 * NULL) the size of the whole file. */
sst_status_t sst_file_read_head(const char *path, size_t limit, void **bytes, size_t *size, size_t *file_size,
                                sst_error_t *error);

#endif /* SST_RUNTIME_LIB_FILE_H */
