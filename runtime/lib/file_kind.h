/*
 * file_kind.h - what a file is that is no safetensors file, private to the runtime library.
 */
#ifndef SST_RUNTIME_LIB_FILE_KIND_H
#define SST_RUNTIME_LIB_FILE_KIND_H

#include <stddef.h>

/** A kind of file that its first bytes tell. */
typedef struct sst_file_kind {
  const char *what;   /**< "is a zip archive" */
  const char *remedy; /**< what to do to get a safetensors file */
} sst_file_kind_t;

/** The kind of a file that starts with `bytes`, all of it or at least its first 512 bytes; NULL if none is known. To be
 * asked only about what is no safetensors file: the length in front of one may look like anything. Allocates nothing.
 */
const sst_file_kind_t *sst_file_kind(const void *bytes, size_t size);

/** Whether `bytes` are JSON and no safetensors file: an object or array, with or without a byte order mark of UTF-8. */
int sst_is_json_text(const void *bytes, size_t size);

/** The byte order mark that `bytes` start with, and the name of what it marks in `*encoding`; 0 if there is none, else
 * its size. */
size_t sst_byte_order_mark(const void *bytes, size_t size, const char **encoding);

#endif /* SST_RUNTIME_LIB_FILE_KIND_H */
