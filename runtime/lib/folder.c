/*
 * folder.c - names of checkpoints and their parts, and what a folder has of them.
 */
#define _GNU_SOURCE
#include "folder.h"

#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---------------------------------------------------------------------------------------------------- */

int sst_ends_with(const char *text, const char *ending) {
  size_t length = strlen(text), ending_length = strlen(ending);
  return length > ending_length && strcmp(text + length - ending_length, ending) == 0;
}

const char *sst_base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

char *sst_path_beside(const char *path, const char *file) {
  size_t folder = (size_t)(sst_base_name(path) - path);
  char *result = malloc(folder + strlen(file) + 1);
  if (result) {
    memcpy(result, path, folder);
    strcpy(result + folder, file);
  }
  return result;
}

static int is_digit(char c) { return c >= '0' && c <= '9'; }

static int is_letter_or_digit(char c) { return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z'); }

static int is_separator(char c) { return c != '\0' && strchr("-_. ", c) != NULL; }

/** Whether `text` starts with `-of-`, or the like with other separators. */
static int starts_with_of(const char *text) {
  return is_separator(text[0]) && (text[1] | 32) == 'o' && (text[2] | 32) == 'f' && is_separator(text[3]);
}

/** Length of `00001-of-00002` at the start of `text`, 0 if it is not there. */
static size_t match_numbers(const char *text, sst_shard_name_t *parts) {
  size_t of = strspn(text, "0123456789");
  if (of == 0 || !starts_with_of(text + of))
    return 0;
  size_t digits = strspn(text + of + 4, "0123456789");
  parts->number = strtoul(text, NULL, 10);
  parts->count = strtoul(text + of + 4, NULL, 10);
  return digits == 0 ? 0 : of + 4 + digits;
}

/** Sets the stem of a name that has its numbers at `place`. */
static void set_stem(const char *name, size_t place, sst_shard_name_t *parts) {
  size_t ending = strlen(SST_FILE_ENDING);
  parts->stem = place > 0 && is_separator(name[place - 1]) ? place - 1 : place;
  /* Some write policy.safetensors-00001-of-00002.safetensors. */
  if (parts->stem > ending && strncmp(name + parts->stem - ending, SST_FILE_ENDING, ending) == 0)
    parts->stem -= ending;
}

/** Finds numbers with `ending` behind them, or, if that is NULL, no letter or digit. */
static int find_numbers(const char *name, const char *ending, sst_shard_name_t *parts) {
  for (size_t i = 0; name[i]; ++i) {
    size_t length = i > 0 && is_digit(name[i - 1]) ? 0 : match_numbers(name + i, parts);
    const char *rest = name + i + length;
    if (length == 0 || parts->count < 2 || (ending ? strcmp(rest, ending) != 0 : is_letter_or_digit(*rest)))
      continue;
    set_stem(name, i, parts);
    return 1;
  }
  return 0;
}

int sst_is_shard_name(const char *name, sst_shard_name_t *parts) { return find_numbers(name, SST_FILE_ENDING, parts); }

int sst_is_part_name(const char *name, sst_shard_name_t *parts) { return find_numbers(name, NULL, parts); }

/* ---- folders -------------------------------------------------------------------------------------------------- */

static void free_names(sst_names_t *names) {
  for (size_t i = 0; i < names->count; ++i)
    free(names->list[i]);
  free(names->list);
}

static int add_name(sst_names_t *names, const char *name) {
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

/** Where a file belongs; NULL if it has nothing to do with checkpoints. */
static sst_names_t *choose_names(sst_folder_t *folder, const char *name) {
  sst_shard_name_t parts;
  if (name[0] == '.')
    return NULL;
  if (sst_ends_with(name, SST_INDEX_ENDING))
    return &folder->indices;
  if (sst_ends_with(name, ".json") && (strstr(name, ".index.") || strncmp(name, "index.", 6) == 0))
    return &folder->others;
  if (sst_is_shard_name(name, &parts))
    return &folder->shards;
  return sst_ends_with(name, SST_FILE_ENDING) ? &folder->files : NULL;
}

sst_status_t sst_folder_read(const char *path, sst_folder_t *folder, sst_error_t *error) {
  memset(folder, 0, sizeof *folder);
  DIR *stream = opendir(path);
  if (!stream)
    return sst_system_error(error, path, "cannot be read", errno);
  int code = 0;
  while (code == 0) {
    errno = 0;
    struct dirent *entry = readdir(stream);
    if (!entry) {
      code = errno;
      break;
    }
    sst_names_t *names = choose_names(folder, entry->d_name);
    if (names && !add_name(names, entry->d_name))
      code = ENOMEM;
  }
  closedir(stream);
  if (code != 0) {
    sst_folder_release(folder);
    return sst_system_error(error, path, "cannot be read", code);
  }
  sst_names_t *all[] = {&folder->indices, &folder->others, &folder->files, &folder->shards};
  for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
    if (all[i]->count > 0)
      qsort(all[i]->list, all[i]->count, sizeof *all[i]->list, compare_names);
  return SST_STATUS_OK;
}

void sst_folder_release(sst_folder_t *folder) {
  free_names(&folder->indices);
  free_names(&folder->others);
  free_names(&folder->files);
  free_names(&folder->shards);
  memset(folder, 0, sizeof *folder);
}
