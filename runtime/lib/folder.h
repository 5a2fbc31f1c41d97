/*
 * folder.h - names of checkpoints: of a file, of shards, and what a folder has of them; private to the runtime library.
 */
#ifndef SST_RUNTIME_LIB_FOLDER_H
#define SST_RUNTIME_LIB_FOLDER_H

#include "sst/Runtime/sst_runtime.h"

#include <stddef.h>

#define SST_FILE_ENDING ".safetensors"
#define SST_INDEX_ENDING ".safetensors.index.json"

/** Whether `text` ends so, and has more than that. */
int sst_ends_with(const char *text, const char *ending);

/** What stands behind the last slash. */
const char *sst_base_name(const char *path);

/** `file` in the folder of `path`, from malloc; NULL without memory. */
char *sst_path_beside(const char *path, const char *file);

/** What the name of a shard says. */
typedef struct sst_shard_name {
  unsigned long number, count; /* shard `number` of `count` */
  size_t stem;                 /* length of what all shards have in front, `policy` */
} sst_shard_name_t;

/** Whether `name` is that of one of several shards, `policy-00001-of-00002.safetensors`. */
int sst_is_shard_name(const char *name, sst_shard_name_t *parts);

/** Whether `name` has `00001-of-00002`, with other numbers and separators, anywhere: whatever the ending, it is the
 * name of a part. */
int sst_is_part_name(const char *name, sst_shard_name_t *parts);

/** Names of files in a folder, sorted. */
typedef struct sst_names {
  char **list;
  size_t count, capacity;
} sst_names_t;

/** What a folder has of checkpoints. Hidden files do not count: some systems put one beside every file. */
typedef struct sst_folder {
  sst_names_t indices; /* *.safetensors.index.json */
  sst_names_t others;  /* other JSON that is called an index */
  sst_names_t files, shards;
} sst_folder_t;

/** Reads a folder. On success release it with sst_folder_release. Status: SST_STATUS_OUT_OF_MEMORY,
 * SST_STATUS_NOT_FOUND, SST_STATUS_IO_ERROR. */
sst_status_t sst_folder_read(const char *path, sst_folder_t *folder, sst_error_t *error);
void sst_folder_release(sst_folder_t *folder);

#endif /* SST_RUNTIME_LIB_FOLDER_H */
