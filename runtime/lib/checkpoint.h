/*
 * checkpoint.h - safetensors files one by one and put together, private to the runtime library.
 */
#ifndef SST_RUNTIME_LIB_CHECKPOINT_H
#define SST_RUNTIME_LIB_CHECKPOINT_H

#include "sst/Runtime/sst_json.h"
#include "sst/Runtime/sst_runtime.h"

struct sst_safetensors {
  void *owned;                 /* the bytes, NULL if they are the caller's */
  sst_json_document_t *header; /* owns names and metadata of a single file; of a checkpoint, the index */
  sst_tensor_t *tensors;
  const sst_tensor_t **by_name; /* sorted */
  size_t count;
  sst_metadata_t *metadata;
  size_t metadata_count;
  sst_safetensors_t **shards; /* of a checkpoint: the files whose tensors these are; NULL where one was not read */
  size_t shard_count;
  char **paths; /* of the files that were read */
  size_t path_count;
};

/** sst_safetensors_parse, but with bytes from malloc that the file owns from now on, also after an error. */
sst_status_t sst_safetensors_parse_owned(void *bytes, size_t size, const char *name, sst_safetensors_t **file,
                                         sst_report_t *report);

/** Fills `by_name`, for which there must be room. */
void sst_safetensors_sort(sst_safetensors_t *file);

/** Where the index says a tensor is. */
typedef struct sst_placement {
  const char *tensor, *shard; /* owned by the document */
  size_t shard_index;         /* in sst_index::shards */
} sst_placement_t;

/** A parsed index: the "weight_map" of a checkpoint. */
typedef struct sst_index {
  sst_json_document_t *document;
  sst_placement_t *placements; /* sorted by tensor */
  size_t placement_count;
  const char **shards; /* sorted, each once */
  size_t shard_count;
} sst_index_t;

/** Parses an index. Every shard is a path below the folder of the index: relative, without `.` or `..`. On success
 * release it with sst_index_release. Status: as sst_json_parse. */
sst_status_t sst_index_parse(const void *bytes, size_t size, const char *name, sst_index_t *index,
                             sst_report_t *report);
void sst_index_release(sst_index_t *index);

/** Puts the shards of a checkpoint together, which become `*file`'s, as does the document of the index; all are
 * released on an error. `shards` has one file for each of the index's, NULL for one that could not be read and is in
 * the report. Everything in which the index and the shards differ is reported. */
sst_status_t sst_index_merge(sst_index_t *index, sst_safetensors_t **shards, const char *name, sst_safetensors_t **file,
                             sst_report_t *report);

#endif /* SST_RUNTIME_LIB_CHECKPOINT_H */
