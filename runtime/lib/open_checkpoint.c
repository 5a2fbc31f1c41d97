/*
 * open_checkpoint.c - from a path to tensors: a safetensors file, an index with its shards, or a folder with one of
 * them.
 */
#define _GNU_SOURCE
#include "checkpoint.h"
#include "file_kind.h"
#include "folder.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static sst_status_t out_of_memory(const char *path, sst_report_t *report) {
  return sst_report_add(report, SST_STATUS_OUT_OF_MEMORY, "%s: out of memory", path);
}

/* ---- folders -------------------------------------------------------------------------------------------------- */

/** Whether the folder has the file that the index would be for if it were not divided. */
static int has_whole(const sst_folder_t *folder, const char *index) {
  size_t length = strlen(index) - strlen(SST_INDEX_ENDING);
  for (size_t i = 0; i < folder->files.count; ++i)
    if (strlen(folder->files.list[i]) == length + strlen(SST_FILE_ENDING) &&
        strncmp(folder->files.list[i], index, length) == 0)
      return 1;
  return 0;
}

/** Appends up to four names to a text. */
static void list_names(const sst_names_t *names, char *text, size_t bytes) {
  size_t used = strlen(text);
  char quoted[80];
  for (size_t i = 0; i < names->count && used + sizeof quoted + 8 < bytes; ++i) {
    if (i == 4) {
      snprintf(text + used, bytes - used, ", ...");
      return;
    }
    used += (size_t)snprintf(text + used, bytes - used, "%s%s", used ? ", " : "",
                             sst_quote(quoted, sizeof quoted, names->list[i], strlen(names->list[i])));
  }
}

/** Says why a folder does not name one checkpoint. */
static sst_status_t report_choice(const char *path, const sst_folder_t *folder, sst_report_t *report) {
  char text[400] = "";
  if (folder->indices.count + folder->files.count + folder->shards.count == 0)
    return sst_report_add(
        report, SST_STATUS_IO_ERROR,
        "%s: is a directory; name a file in it: none is called *" SST_FILE_ENDING " or *" SST_INDEX_ENDING, path);
  if (folder->indices.count + folder->files.count == 0) {
    list_names(&folder->shards, text, sizeof text);
    return sst_report_add(
        report, SST_STATUS_IO_ERROR,
        "%s: is a directory with shards of a checkpoint (%s), but without their index; fetch the file "
        "*" SST_INDEX_ENDING " too",
        path, text);
  }
  list_names(&folder->indices, text, sizeof text);
  list_names(&folder->files, text, sizeof text);
  if (folder->indices.count == 0)
    list_names(&folder->shards, text, sizeof text);
  return sst_report_add(report, SST_STATUS_IO_ERROR,
                        "%s: is a directory; name a file in it: it has several checkpoints (%s)", path, text);
}

/** The one checkpoint in a folder, from malloc. */
static sst_status_t find_in_folder(const char *path, char **found, sst_report_t *report) {
  sst_folder_t folder;
  sst_status_t status = SST_STATUS_OK;
  const char *name = NULL;
  sst_error_t error;
  if (sst_folder_read(path, &folder, &error) != SST_STATUS_OK)
    return sst_report_add_error(report, &error);
  if (folder.indices.count == 1 && !has_whole(&folder, folder.indices.list[0]))
    name = folder.indices.list[0];
  else if (folder.indices.count == 0 && folder.files.count == 1 && folder.shards.count == 0)
    name = folder.files.list[0];
  if (name) {
    size_t length = strlen(path);
    *found = malloc(length + strlen(name) + 2);
    if (*found)
      sprintf(*found, "%s%s%s", path, length > 0 && path[length - 1] == '/' ? "" : "/", name);
    else
      status = out_of_memory(path, report);
  } else {
    status = report_choice(path, &folder, report);
  }
  sst_folder_release(&folder);
  return status;
}

/* ---- opening -------------------------------------------------------------------------------------------------- */

/** Reads one shard that `index` lists. */
static sst_status_t open_shard(const char *path, const char *index, sst_safetensors_t **file, sst_report_t *report) {
  void *bytes;
  size_t size;
  sst_error_t error;
  sst_status_t status = sst_file_read(path, &bytes, &size, &error);
  if (status == SST_STATUS_NOT_FOUND)
    return sst_report_add(report, status, "%s; it is a shard that %s lists: fetch it too, to this place", error.message,
                          sst_base_name(index));
  if (status != SST_STATUS_OK)
    return sst_report_add_error(report, &error);
  return sst_safetensors_parse_owned(bytes, size, path, file, report);
}

/** Reads all shards, whose paths follow that of the index. */
static sst_status_t open_shards(sst_index_t *index, const char *path, char **paths, sst_safetensors_t **file,
                                sst_report_t *report) {
  sst_safetensors_t **shards = calloc(index->shard_count, sizeof(sst_safetensors_t *));
  if (!shards)
    return out_of_memory(path, report);
  sst_status_t first = SST_STATUS_OK;
  for (size_t i = 0; i < index->shard_count; ++i) {
    sst_status_t status = open_shard(paths[i + 1], path, &shards[i], report);
    if (first == SST_STATUS_OK)
      first = status;
  }
  sst_status_t status = sst_index_merge(index, shards, path, file, report);
  return first != SST_STATUS_OK ? first : status;
}

/** Checks that an index lists shard 1 to M of every set of which it lists shard N of M. */
static sst_status_t check_complete(const sst_index_t *index, const char *path, sst_report_t *report) {
  for (size_t i = 0; i < index->shard_count;) {
    sst_shard_name_t parts, others;
    unsigned long listed = 0;
    const char *name = index->shards[i];
    if (!sst_is_shard_name(name, &parts)) {
      ++i;
      continue;
    }
    /* They are sorted, so those of a set follow each other. */
    for (; i < index->shard_count; ++i, ++listed)
      if (!sst_is_shard_name(index->shards[i], &others) || others.count != parts.count || others.stem != parts.stem ||
          strncmp(index->shards[i], name, parts.stem) != 0)
        break;
    char quoted[QUOTED_BYTES];
    if (listed != parts.count)
      return sst_report_add(
          report, SST_STATUS_CORRUPT,
          "%s: expects %lu shards like %s, but the index lists %lu of them; fetch or write the index again", path,
          parts.count, sst_quote(quoted, sizeof quoted, name, strlen(name)), listed);
  }
  return SST_STATUS_OK;
}

static void free_paths(char **paths, size_t count) {
  for (size_t i = 0; paths && i < count; ++i)
    free(paths[i]);
  free(paths);
}

/** Reads an index, whose bytes are given, and its shards. */
static sst_status_t open_index(const char *path, const void *bytes, size_t size, sst_safetensors_t **file,
                               sst_report_t *report) {
  sst_index_t index;
  sst_status_t status = sst_index_parse(bytes, size, path, &index, report);
  if (status != SST_STATUS_OK)
    return status;
  status = check_complete(&index, path, report);
  if (status != SST_STATUS_OK) {
    sst_index_release(&index);
    return status;
  }
  size_t count = index.shard_count + 1;
  char **paths = calloc(count, sizeof *paths);
  int good = paths && (paths[0] = strdup(path));
  for (size_t i = 1; good && i < count; ++i)
    good = (paths[i] = sst_path_beside(path, index.shards[i - 1])) != NULL;
  status = good ? open_shards(&index, path, paths, file, report) : out_of_memory(path, report);
  if (status == SST_STATUS_OK) {
    (*file)->paths = paths;
    (*file)->path_count = count;
  } else {
    free_paths(paths, count);
  }
  sst_index_release(&index);
  return status;
}

/** Reads a file or an index. */
static sst_status_t open_file(const char *path, sst_safetensors_t **file, sst_report_t *report) {
  void *bytes;
  size_t size;
  sst_error_t error;
  if (sst_file_read(path, &bytes, &size, &error) != SST_STATUS_OK)
    return sst_report_add_error(report, &error);
  if (sst_is_json_text(bytes, size)) {
    sst_status_t status = open_index(path, bytes, size, file, report);
    free(bytes);
    return status;
  }
  sst_status_t status = sst_safetensors_parse_owned(bytes, size, path, file, report);
  if (status != SST_STATUS_OK)
    return status;
  char **paths = calloc(1, sizeof *paths);
  if (paths && (paths[0] = strdup(path))) {
    (*file)->paths = paths;
    (*file)->path_count = 1;
    return SST_STATUS_OK;
  }
  free(paths);
  sst_safetensors_free(*file);
  *file = NULL;
  return out_of_memory(path, report);
}

sst_status_t sst_safetensors_open(const char *path, sst_safetensors_t **file, sst_report_t *report) {
  *file = NULL;
  struct stat info;
  if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
    return open_file(path, file, report);
  char *found = NULL;
  sst_status_t status = find_in_folder(path, &found, report);
  if (status == SST_STATUS_OK)
    status = open_file(found, file, report);
  free(found);
  return status;
}

size_t sst_safetensors_path_count(const sst_safetensors_t *file) { return file->path_count; }

const char *sst_safetensors_path(const sst_safetensors_t *file, size_t index) {
  return index < file->path_count ? file->paths[index] : NULL;
}
