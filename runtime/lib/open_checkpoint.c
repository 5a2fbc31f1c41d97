/*
 * open_checkpoint.c - from a path to tensors: a safetensors file, an index with its shards, or a folder with one of
 * them; and whether a file is only a part of a checkpoint.
 */
#define _GNU_SOURCE
#include "checkpoint.h"
#include "file_kind.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_ENDING ".safetensors"
#define INDEX_ENDING ".safetensors.index.json"
#define QUOTED_BYTES 128

static sst_status_t out_of_memory(const char *path, sst_report_t *report) {
  return sst_report_add(report, SST_STATUS_OUT_OF_MEMORY, "%s: out of memory", path);
}

/* ---- names ---------------------------------------------------------------------------------------------------- */

static int ends_with(const char *text, const char *ending) {
  size_t length = strlen(text), ending_length = strlen(ending);
  return length > ending_length && strcmp(text + length - ending_length, ending) == 0;
}

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/** `file` in the folder of `path`, from malloc; NULL without memory. */
static char *beside(const char *path, const char *file) {
  size_t folder = (size_t)(base_name(path) - path);
  char *result = malloc(folder + strlen(file) + 1);
  if (result) {
    memcpy(result, path, folder);
    strcpy(result + folder, file);
  }
  return result;
}

/** Takes digits off the end of text[0 .. *length), at most 9; 0 if there are none. */
static int take_number(const char *text, size_t *length, unsigned long *number) {
  size_t end = *length;
  while (*length > 0 && end - *length < 9 && text[*length - 1] >= '0' && text[*length - 1] <= '9')
    --*length;
  *number = *length < end ? strtoul(text + *length, NULL, 10) : 0;
  return *length < end;
}

static int is_separator(char c) { return c == '-' || c == '_' || c == '.'; }

/** Takes `-of-`, or the like with another separator, off the end. */
static int take_of(const char *text, size_t *length) {
  if (*length < 4 || !is_separator(text[*length - 1]) || !is_separator(text[*length - 4]) ||
      (text[*length - 3] | 32) != 'o' || (text[*length - 2] | 32) != 'f')
    return 0;
  *length -= 4;
  return 1;
}

/** Whether `name` is that of one of several shards, `policy-00001-of-00002.safetensors`; its numbers, and the length of
 * `policy`. */
static int is_shard_name(const char *name, unsigned long *number, unsigned long *count, size_t *stem) {
  if (!ends_with(name, FILE_ENDING))
    return 0;
  size_t length = strlen(name) - strlen(FILE_ENDING);
  if (!take_number(name, &length, count) || !take_of(name, &length) || !take_number(name, &length, number))
    return 0;
  *stem = length > 0 && is_separator(name[length - 1]) ? length - 1 : length;
  /* Some write policy.safetensors-00001-of-00002.safetensors. */
  size_t ending = strlen(FILE_ENDING);
  if (*stem > ending && strncmp(name + *stem - ending, FILE_ENDING, ending) == 0)
    *stem -= ending;
  return *count > 1;
}

/* ---- folders -------------------------------------------------------------------------------------------------- */

/** Names of files in a folder, sorted. */
typedef struct names {
  char **list;
  size_t count, capacity;
} names_t;

static void free_names(names_t *names) {
  for (size_t i = 0; i < names->count; ++i)
    free(names->list[i]);
  free(names->list);
}

static int add_name(names_t *names, const char *name) {
  if (names->count == names->capacity) {
    size_t capacity = names->capacity ? 2 * names->capacity : 16;
    char **list = realloc(names->list, capacity * sizeof *list);
    if (!list)
      return 0;
    names->list = list;
    names->capacity = capacity;
  }
  char *copy = strdup(name);
  if (copy)
    names->list[names->count++] = copy;
  return copy != NULL;
}

static int compare_names(const void *left, const void *right) {
  return strcmp(*(char *const *)left, *(char *const *)right);
}

/** What a folder has of checkpoints. Hidden files do not count: some systems put one beside every file. */
typedef struct folder {
  names_t indices, files, shards;
} folder_t;

static void free_folder(folder_t *folder) {
  free_names(&folder->indices);
  free_names(&folder->files);
  free_names(&folder->shards);
}

/** Reads a folder; 0 without memory. A folder that cannot be read is empty. */
static int read_folder(const char *path, folder_t *folder) {
  memset(folder, 0, sizeof *folder);
  DIR *stream = opendir(path);
  if (!stream)
    return 1;
  int good = 1;
  for (struct dirent *entry; good && (entry = readdir(stream));) {
    unsigned long number, count;
    size_t stem;
    const char *name = entry->d_name;
    if (name[0] == '.')
      continue;
    if (ends_with(name, INDEX_ENDING))
      good = add_name(&folder->indices, name);
    else if (is_shard_name(name, &number, &count, &stem))
      good = add_name(&folder->shards, name);
    else if (ends_with(name, FILE_ENDING))
      good = add_name(&folder->files, name);
  }
  closedir(stream);
  names_t *all[] = {&folder->indices, &folder->files, &folder->shards};
  for (size_t i = 0; i < 3; ++i)
    if (all[i]->count > 0)
      qsort(all[i]->list, all[i]->count, sizeof *all[i]->list, compare_names);
  return good;
}

/** Whether the folder has the file that the index would be for if it were not divided. */
static int has_whole(const folder_t *folder, const char *index) {
  size_t length = strlen(index) - strlen(INDEX_ENDING);
  for (size_t i = 0; i < folder->files.count; ++i)
    if (strlen(folder->files.list[i]) == length + strlen(FILE_ENDING) &&
        strncmp(folder->files.list[i], index, length) == 0)
      return 1;
  return 0;
}

/** Appends up to four names to a text. */
static void list_names(const names_t *names, char *text, size_t bytes) {
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
static sst_status_t report_choice(const char *path, const folder_t *folder, sst_report_t *report) {
  char text[400] = "";
  if (folder->indices.count + folder->files.count + folder->shards.count == 0)
    return sst_report_add(report, SST_STATUS_IO_ERROR,
                          "%s: is a directory; name a file in it: none is called *" FILE_ENDING " or *" INDEX_ENDING,
                          path);
  if (folder->indices.count + folder->files.count == 0) {
    list_names(&folder->shards, text, sizeof text);
    return sst_report_add(
        report, SST_STATUS_IO_ERROR,
        "%s: is a directory with shards of a checkpoint (%s), but without their index; fetch the file "
        "*" INDEX_ENDING " too",
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
  folder_t folder;
  sst_status_t status = SST_STATUS_OK;
  const char *name = NULL;
  if (!read_folder(path, &folder)) {
    free_folder(&folder);
    return out_of_memory(path, report);
  }
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
  free_folder(&folder);
  return status;
}

/* ---- opening -------------------------------------------------------------------------------------------------- */

/** Reads one shard. */
static sst_safetensors_t *open_shard(const char *path, sst_report_t *report) {
  sst_safetensors_t *file = NULL;
  void *bytes;
  size_t size;
  sst_error_t error;
  if (sst_file_read(path, &bytes, &size, &error) != SST_STATUS_OK)
    sst_report_add_error(report, &error);
  else
    sst_safetensors_parse_owned(bytes, size, path, &file, report);
  return file;
}

/** Reads all shards. Takes the paths of the files over. */
static sst_status_t open_shards(sst_index_t *index, const char *path, char **paths, sst_safetensors_t **file,
                                sst_report_t *report) {
  sst_safetensors_t **shards = calloc(index->shard_count, sizeof(sst_safetensors_t *));
  if (!shards)
    return out_of_memory(path, report);
  for (size_t i = 0; i < index->shard_count; ++i)
    if (paths[i + 1])
      shards[i] = open_shard(paths[i + 1], report);
  return sst_index_merge(index, shards, path, file, report);
}

/** Checks that an index lists shard 1 to M of every set of which it lists shard N of M. */
static sst_status_t check_complete(const sst_index_t *index, const char *path, sst_report_t *report) {
  for (size_t i = 0; i < index->shard_count;) {
    unsigned long number, count, other_count, listed = 0;
    size_t stem, other_stem;
    const char *name = index->shards[i];
    if (!is_shard_name(name, &number, &count, &stem)) {
      ++i;
      continue;
    }
    /* They are sorted, so those of a set follow each other. */
    for (; i < index->shard_count; ++i, ++listed)
      if (!is_shard_name(index->shards[i], &number, &other_count, &other_stem) || other_count != count ||
          other_stem != stem || strncmp(index->shards[i], name, stem) != 0)
        break;
    char quoted[QUOTED_BYTES];
    if (listed != count)
      return sst_report_add(report, SST_STATUS_CORRUPT,
                            "%s: expects %lu shards like %s, but the index lists %lu of them; fetch or write it again",
                            path, count, sst_quote(quoted, sizeof quoted, name, strlen(name)), listed);
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
    good = (paths[i] = beside(path, index.shards[i - 1])) != NULL;
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

/* ---- parts of a checkpoint ------------------------------------------------------------------------------------ */

/** Whether the index lists `name` and other files besides it. */
static int divides(const sst_index_t *index, const char *name) {
  for (size_t i = 0; i < index->shard_count; ++i)
    if (strcmp(index->shards[i], name) == 0)
      return index->shard_count > 1;
  return 0;
}

/** Reports if an index in the folder lists the file among others. What is wrong with the index does not matter here. */
static sst_status_t check_indices(const char *path, const folder_t *folder, sst_report_t *report) {
  const char *name = base_name(path);
  for (size_t i = 0; i < folder->indices.count; ++i) {
    char *index_path = beside(path, folder->indices.list[i]);
    void *bytes = NULL;
    size_t size;
    sst_index_t index;
    int found = 0;
    if (index_path && sst_file_read(index_path, &bytes, &size, NULL) == SST_STATUS_OK &&
        sst_index_parse(bytes, size, index_path, &index, NULL) == SST_STATUS_OK) {
      found = divides(&index, name);
      sst_index_release(&index);
    }
    if (found)
      sst_report_add(report, SST_STATUS_INVALID_ARGUMENT,
                     "%s: is a part of a checkpoint, one of the shards that %s lists; give that index, or the "
                     "directory",
                     path, index_path);
    free(bytes);
    free(index_path);
    if (found)
      return SST_STATUS_INVALID_ARGUMENT;
  }
  return SST_STATUS_OK;
}

/** Reports a file that has the name of a shard. */
static sst_status_t report_shard(const char *path, const folder_t *folder, unsigned long number, unsigned long count,
                                 size_t stem, sst_report_t *report) {
  const char *name = base_name(path);
  for (size_t i = 0; i < folder->indices.count; ++i) {
    const char *index = folder->indices.list[i];
    if (strlen(index) == stem + strlen(INDEX_ENDING) && strncmp(index, name, stem) == 0)
      return sst_report_add(report, SST_STATUS_INVALID_ARGUMENT,
                            "%s: is shard %lu of %lu, a part of a model; give the index beside it, '%.200s', or the "
                            "directory",
                            path, number, count, index);
  }
  return sst_report_add(report, SST_STATUS_INVALID_ARGUMENT,
                        "%s: is shard %lu of %lu, a part of a model; put all shards and their index, "
                        "'%.*s" INDEX_ENDING "', into one directory and give the index",
                        path, number, count, (int)(stem < 200 ? stem : 200), name);
}

sst_status_t sst_safetensors_check_whole(const char *path, sst_report_t *report) {
  char *folder_path = beside(path, "");
  folder_t folder;
  int good = folder_path && read_folder(*folder_path ? folder_path : ".", &folder);
  free(folder_path);
  if (!good)
    return out_of_memory(path, report);
  unsigned long number, count;
  size_t stem;
  sst_status_t status = is_shard_name(base_name(path), &number, &count, &stem)
                            ? report_shard(path, &folder, number, count, stem, report)
                            : check_indices(path, &folder, report);
  free_folder(&folder);
  return status;
}
