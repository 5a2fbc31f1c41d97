/*
 * checkpoint_fuzz.c - libFuzzer harness of checkpoints of several files: an index up to the first NUL, and behind it a
 * safetensors file that is every shard of the index. What a file is called that is none is asked for as well.
 *
 * A checkpoint that is accepted must have exactly the tensors of its index, each once. See test/Fuzz/README.md.
 */
#include "checkpoint.h"
#include "file_kind.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(int condition) {
  if (!condition)
    __builtin_trap();
}

/** The shards: copies of one file, NULL where it is none. */
static sst_safetensors_t **make_shards(size_t count, const uint8_t *bytes, size_t size) {
  sst_safetensors_t **shards = calloc(count, sizeof(sst_safetensors_t *));
  require(shards != NULL);
  for (size_t i = 0; i < count; ++i)
    sst_safetensors_parse(bytes, size, "shard", &shards[i], NULL);
  return shards;
}

static void use_checkpoint(const sst_safetensors_t *file) {
  size_t bytes = 0;
  for (size_t i = 0; i < sst_safetensors_count(file); ++i) {
    const sst_tensor_t *tensor = sst_safetensors_tensor(file, i);
    require(sst_safetensors_find(file, tensor->name) == tensor);
    for (size_t k = 0; k < tensor->bytes; ++k)
      bytes += ((const uint8_t *)tensor->data)[k];
  }
  const char *key, *value;
  for (size_t i = 0; sst_safetensors_metadata(file, i, &key, &value); ++i)
    bytes += strlen(key) + strlen(value);
  require(bytes + 1 != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  const uint8_t *end = size ? memchr(bytes, 0, size) : NULL;
  size_t text = end ? (size_t)(end - bytes) : size, rest = end ? size - text - 1 : 0;
  const sst_file_kind_t *kind = size ? sst_file_kind(bytes, size) : NULL;
  require(!kind || (kind->what && kind->remedy));
  sst_report_t report = {0};
  sst_index_t index;
  if (sst_index_parse(bytes, text, "fuzz", &index, &report) != SST_STATUS_OK) {
    require(report.count > 0 && !index.document && !index.placements && !index.shards);
    sst_report_free(&report);
    return 0;
  }
  require(report.count == 0 && index.shard_count >= 1 && index.shard_count <= index.placement_count);
  size_t placements = index.placement_count;
  sst_safetensors_t *file;
  sst_safetensors_t **shards = make_shards(index.shard_count, bytes + size - rest, rest);
  int unread = !shards[0];
  sst_status_t status = sst_index_merge(&index, shards, "fuzz", &file, &report);
  require((status == SST_STATUS_OK) == (file != NULL) && (status == SST_STATUS_OK || unread || report.count > 0));
  if (file) {
    require(sst_safetensors_count(file) == placements);
    use_checkpoint(file);
  }
  sst_safetensors_free(file);
  sst_index_release(&index);
  sst_report_free(&report);
  return 0;
}
