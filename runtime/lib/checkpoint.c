/*
 * checkpoint.c - checkpoints: an index and its shards, put together to what looks like one file.
 *
 * An index is trusted no more than any other file: each of its shards lies in its folder or below, and the two must
 * agree on every tensor. Symbolic links in that folder are followed, as they are everywhere: they were put there by
 * whoever owns the folder, and caches of downloads consist of them.
 */
#define _GNU_SOURCE
#include "checkpoint.h"
#include "file_kind.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* What to do about an index that is wrong, and about one that is right by itself, but not for its shards. */
#define INDEX_AGAIN "fetch or write the index again"
#define CHECKPOINT_AGAIN "fetch or write the checkpoint again"

/** Quotes a name. */
static const char *quote(const char *name, char buffer[QUOTED_BYTES]) {
  return sst_quote(buffer, QUOTED_BYTES, name, strlen(name));
}

/** Keeps the status of the first problem. */
static void note_status(sst_status_t *status, sst_status_t problem) {
  if (*status == SST_STATUS_OK)
    *status = problem;
}

/* ---- the index ------------------------------------------------------------------------------------------------ */

/** Whether `path` is relative, stays below where it starts, and can be shown as it is: without control characters,
 * which drive a terminal. */
static int stays_below(const char *path) {
  for (size_t size = strlen(path), at = 0, length; at < size; at += length)
    if ((length = sst_printable_length(path + at, size - at)) == 0)
      return 0;
  for (const char *part = path;;) {
    size_t length = strcspn(part, "/");
    if (length == 0 || (length == 1 && part[0] == '.') || (length == 2 && part[0] == '.' && part[1] == '.'))
      return 0;
    if (part[length] == '\0')
      return 1;
    part += length + 1;
  }
}

/** Reads one member of "weight_map"; reports it and returns 0 if it is wrong. */
static int read_placement(const sst_json_value_t *member, const char *name, sst_placement_t *placement,
                          sst_report_t *report) {
  size_t key_size, size;
  char quoted[QUOTED_BYTES], shard[QUOTED_BYTES];
  placement->tensor = sst_json_key(member, &key_size);
  sst_quote(quoted, sizeof quoted, placement->tensor, key_size);
  const char *what = NULL;
  if (strlen(placement->tensor) != key_size)
    what = "expects a name without NUL";
  else if (!sst_json_get_string(member, &placement->shard, &size))
    what = "expects the name of a shard, a string";
  if (!what && strlen(placement->shard) == size && stays_below(placement->shard))
    return 1;
  if (what)
    sst_report_add(report, SST_STATUS_CORRUPT, "%s:%zu:%zu: tensor %s: %s, but got %s; " INDEX_AGAIN, name,
                   sst_json_line(member), sst_json_column(member), quoted, what,
                   sst_json_kind_name(sst_json_kind(member)));
  else
    sst_report_add(report, SST_STATUS_CORRUPT,
                   "%s:%zu:%zu: tensor %s: expects a shard in the folder of the index, named without '..', but got %s; "
                   "put all shards there and write the index again",
                   name, sst_json_line(member), sst_json_column(member), quoted,
                   sst_quote(shard, sizeof shard, placement->shard, size));
  return 0;
}

static int compare_strings(const void *left, const void *right) {
  return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int compare_placements(const void *left, const void *right) {
  return strcmp(((const sst_placement_t *)left)->tensor, ((const sst_placement_t *)right)->tensor);
}

/** Makes the list of shards and links the placements to it. */
static void collect_shards(sst_index_t *index) {
  for (size_t i = 0; i < index->placement_count; ++i)
    index->shards[i] = index->placements[i].shard;
  qsort(index->shards, index->placement_count, sizeof *index->shards, compare_strings);
  for (size_t i = 0; i < index->placement_count; ++i)
    if (i == 0 || strcmp(index->shards[i], index->shards[index->shard_count - 1]) != 0)
      index->shards[index->shard_count++] = index->shards[i];
  for (size_t i = 0; i < index->placement_count; ++i) {
    const char **found =
        bsearch(&index->placements[i].shard, index->shards, index->shard_count, sizeof *index->shards, compare_strings);
    index->placements[i].shard_index = (size_t)(found - index->shards);
  }
}

/** Reads "weight_map". */
static sst_status_t read_map(const sst_json_value_t *map, const char *name, sst_index_t *index, sst_report_t *report) {
  size_t room = sst_json_count(map);
  index->placements = calloc(room + 1, sizeof *index->placements);
  index->shards = calloc(room + 1, sizeof *index->shards);
  if (!index->placements || !index->shards)
    return sst_report_add(report, SST_STATUS_OUT_OF_MEMORY, "%s: no memory for %zu tensors", name, room);
  sst_status_t status = SST_STATUS_OK;
  for (const sst_json_value_t *member = sst_json_first(map); member; member = sst_json_next(member)) {
    if (read_placement(member, name, &index->placements[index->placement_count], report))
      ++index->placement_count;
    else
      note_status(&status, SST_STATUS_CORRUPT);
  }
  if (room == 0)
    status = sst_report_add(report, SST_STATUS_CORRUPT,
                            "%s: expects tensors in \"weight_map\", but it is empty; " INDEX_AGAIN, name);
  if (status != SST_STATUS_OK)
    return status;
  qsort(index->placements, index->placement_count, sizeof *index->placements, compare_placements);
  collect_shards(index);
  return SST_STATUS_OK;
}

/** Reads the text of an index, and says of each problem what to do about it. */
static sst_status_t read_document(const void *bytes, size_t size, const char *name, sst_json_document_t **document,
                                  sst_report_t *report) {
  sst_report_t own = {0};
  const char *encoding;
  sst_status_t status = sst_json_parse(bytes, size, name, document, &own);
  /* A byte order mark comes with a remedy; no remedy helps against a lack of memory. */
  int is_index_at_fault = status == SST_STATUS_CORRUPT || status == SST_STATUS_UNSUPPORTED;
  const char *remedy = is_index_at_fault && !sst_byte_order_mark(bytes, size, &encoding) ? "; " INDEX_AGAIN : "";
  for (size_t i = 0; i < own.kept; ++i)
    sst_report_add(report, status, "%s%s", own.messages[i], remedy);
  for (size_t i = own.kept; i < own.count; ++i)
    sst_report_add(report, status, "%s: is no valid JSON%s", name, remedy);
  sst_report_free(&own);
  return status;
}

sst_status_t sst_index_parse(const void *bytes, size_t size, const char *name, sst_index_t *index,
                             sst_report_t *report) {
  memset(index, 0, sizeof *index);
  sst_status_t status = read_document(bytes, size, name, &index->document, report);
  if (status != SST_STATUS_OK)
    return status;
  const sst_json_value_t *map = sst_json_find(sst_json_root(index->document), "weight_map");
  if (!map)
    status = sst_report_add(report, SST_STATUS_CORRUPT,
                            "%s: is JSON without a \"weight_map\", so no index of a checkpoint; give the file of "
                            "the tensors, or the index of its shards",
                            name);
  else if (sst_json_kind(map) != SST_JSON_OBJECT)
    status = sst_report_add(report, SST_STATUS_CORRUPT,
                            "%s:%zu:%zu: expects \"weight_map\" to be an object, but got %s; " INDEX_AGAIN, name,
                            sst_json_line(map), sst_json_column(map), sst_json_kind_name(sst_json_kind(map)));
  else
    status = read_map(map, name, index, report);
  if (status != SST_STATUS_OK)
    sst_index_release(index);
  return status;
}

void sst_index_release(sst_index_t *index) {
  sst_json_free(index->document);
  free(index->placements);
  free(index->shards);
  memset(index, 0, sizeof *index);
}

/* ---- index and shards ----------------------------------------------------------------------------------------- */

/** Reports tensors of a shard that the index does not have, or has elsewhere. */
static void check_shard(const sst_index_t *index, size_t shard, const sst_safetensors_t *file, const char *name,
                        sst_status_t *status, sst_report_t *report) {
  char quoted[QUOTED_BYTES], here[QUOTED_BYTES], there[QUOTED_BYTES];
  quote(index->shards[shard], here);
  for (size_t i = 0; i < sst_safetensors_count(file); ++i) {
    sst_placement_t key = {.tensor = sst_safetensors_tensor(file, i)->name};
    const sst_placement_t *found =
        bsearch(&key, index->placements, index->placement_count, sizeof key, compare_placements);
    if (found && found->shard_index == shard)
      continue;
    quote(key.tensor, quoted);
    if (found)
      sst_report_add(report, SST_STATUS_CORRUPT,
                     "%s: tensor %s: is in shard %s, but the index has it in %s; " CHECKPOINT_AGAIN, name, quoted, here,
                     quote(found->shard, there));
    else
      sst_report_add(report, SST_STATUS_CORRUPT,
                     "%s: tensor %s: is in shard %s, but not in the index; " CHECKPOINT_AGAIN, name, quoted, here);
    note_status(status, SST_STATUS_CORRUPT);
  }
}

/** Copies the tensors in the order of their names; reports those that their shard lacks. */
static void copy_tensors(const sst_index_t *index, sst_safetensors_t *file, const char *name, sst_status_t *status,
                         sst_report_t *report) {
  for (size_t i = 0; i < index->placement_count; ++i) {
    const sst_placement_t *placement = &index->placements[i];
    const sst_safetensors_t *shard = file->shards[placement->shard_index];
    const sst_tensor_t *tensor = shard ? sst_safetensors_find(shard, placement->tensor) : NULL;
    if (tensor) {
      file->tensors[file->count++] = *tensor;
    } else if (shard) {
      char quoted[QUOTED_BYTES], where[QUOTED_BYTES];
      sst_report_add(report, SST_STATUS_CORRUPT,
                     "%s: tensor %s: is not in shard %s, where the index has it; " CHECKPOINT_AGAIN, name,
                     quote(placement->tensor, quoted), quote(placement->shard, where));
      note_status(status, SST_STATUS_CORRUPT);
    }
  }
}

/** Compares what the index says about the sum of all sizes, if it does. */
static void check_total_size(const sst_json_value_t *metadata, const sst_safetensors_t *file, const char *name,
                             sst_status_t *status, sst_report_t *report) {
  const sst_json_value_t *stated = metadata ? sst_json_find(metadata, "total_size") : NULL;
  if (!stated)
    return;
  size_t total = 0;
  for (size_t i = 0; i < file->count; ++i)
    if (!sst_add_size(total, file->tensors[i].bytes, &total))
      return; /* no memory holds this */
  double number;
  if (sst_json_get_double(stated, &number) && number == (double)total)
    return;
  const char *text;
  if (!sst_json_get_number_text(stated, &text))
    text = sst_json_kind_name(sst_json_kind(stated));
  sst_report_add(report, SST_STATUS_CORRUPT,
                 "%s:%zu:%zu: the index says that all tensors have %.40s bytes, but they have %zu; " CHECKPOINT_AGAIN,
                 name, sst_json_line(stated), sst_json_column(stated), text, total);
  note_status(status, SST_STATUS_CORRUPT);
}

/** Appends the texts and numbers of the index's "metadata". */
static void add_index_metadata(const sst_json_value_t *metadata, sst_safetensors_t *file) {
  if (!metadata)
    return;
  for (const sst_json_value_t *member = sst_json_first(metadata); member; member = sst_json_next(member)) {
    size_t key_size, value_size;
    const char *key = sst_json_key(member, &key_size), *value;
    if (!key || strlen(key) != key_size)
      continue;
    if ((sst_json_get_string(member, &value, &value_size) && strlen(value) == value_size) ||
        sst_json_get_number_text(member, &value))
      file->metadata[file->metadata_count++] = (sst_metadata_t){key, value};
  }
}

/** Makes room for tensors and metadata and fills the latter; 0 without memory. */
static int allocate(const sst_index_t *index, const sst_json_value_t *metadata, sst_safetensors_t *file) {
  size_t room = metadata ? sst_json_count(metadata) : 0;
  for (size_t i = 0; i < file->shard_count; ++i)
    room += file->shards[i] ? file->shards[i]->metadata_count : 0;
  file->tensors = calloc(index->placement_count + 1, sizeof *file->tensors);
  file->by_name = calloc(index->placement_count + 1, sizeof *file->by_name);
  file->metadata = calloc(room + 1, sizeof *file->metadata);
  if (!file->tensors || !file->by_name || !file->metadata)
    return 0;
  add_index_metadata(metadata, file);
  for (size_t i = 0; i < file->shard_count; ++i)
    for (size_t k = 0; file->shards[i] && k < file->shards[i]->metadata_count; ++k)
      file->metadata[file->metadata_count++] = file->shards[i]->metadata[k];
  return 1;
}

/** Fills the merged file, which owns document and shards already. */
static sst_status_t merge(const sst_index_t *index, const char *name, sst_safetensors_t *file, sst_report_t *report) {
  const sst_json_value_t *metadata = sst_json_find(sst_json_root(file->header), "metadata");
  if (metadata && sst_json_kind(metadata) != SST_JSON_OBJECT)
    metadata = NULL;
  if (!allocate(index, metadata, file))
    return sst_report_add(report, SST_STATUS_OUT_OF_MEMORY, "%s: no memory for %zu tensors", name,
                          index->placement_count);
  sst_status_t status = SST_STATUS_OK;
  for (size_t i = 0; i < file->shard_count; ++i) {
    if (file->shards[i])
      check_shard(index, i, file->shards[i], name, &status, report);
    else
      note_status(&status, SST_STATUS_NOT_FOUND);
  }
  copy_tensors(index, file, name, &status, report);
  if (status == SST_STATUS_OK)
    check_total_size(metadata, file, name, &status, report);
  if (status == SST_STATUS_OK)
    sst_safetensors_sort(file);
  return status;
}

sst_status_t sst_index_merge(sst_index_t *index, sst_safetensors_t **shards, const char *name, sst_safetensors_t **file,
                             sst_report_t *report) {
  *file = NULL;
  sst_safetensors_t *result = calloc(1, sizeof *result);
  if (!result) {
    for (size_t i = 0; i < index->shard_count; ++i)
      sst_safetensors_free(shards[i]);
    free(shards);
    return sst_report_add(report, SST_STATUS_OUT_OF_MEMORY, "%s: out of memory", name);
  }
  result->header = index->document;
  index->document = NULL;
  result->shards = shards;
  result->shard_count = index->shard_count;
  sst_status_t status = merge(index, name, result, report);
  if (status == SST_STATUS_OK)
    *file = result;
  else
    sst_safetensors_free(result);
  return status;
}
