/*
 * checkpoint_parts.c - whether a file is only a part of a checkpoint.
 *
 * A part often looks like a smaller model. It is known by an index that lists it, also one that is damaged, and by its
 * name. A link is the file that it leads to: every name on the way counts.
 */
#define _GNU_SOURCE
#include "checkpoint.h"
#include "folder.h"
#include "text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As many links as the system follows. */
#define MAX_LINKS 40

typedef enum listing { NOT_LISTED, LISTED, LISTED_BY_DAMAGED } listing_t;

/** A part: what there is to say about it. */
typedef struct finding {
  listing_t listing;
  char *index; /* path of the index that lists it, from malloc */
  int beside;  /* whether the index lies in the folder of the file */
} finding_t;

/* ---- indices -------------------------------------------------------------------------------------------------- */

/** Whether the index lists `name` and other files besides it. */
static int divides(const sst_index_t *index, const char *name) {
  for (size_t i = 0; i < index->shard_count; ++i)
    if (strcmp(index->shards[i], name) == 0)
      return index->shard_count > 1;
  return 0;
}

/** Whether bytes that cannot be read as an index name a file, at the end of a string. They may be UTF-16. */
static int mentions(char *bytes, size_t size, const char *name) {
  size_t used = 0, length = strlen(name);
  for (size_t i = 0; i < size; ++i)
    if (bytes[i])
      bytes[used++] = bytes[i];
  for (char *at = bytes; (at = memmem(at, used - (size_t)(at - bytes), name, length)); ++at)
    if (at > bytes && (at[-1] == '"' || at[-1] == '/') && at + length < bytes + used && at[length] == '"')
      return 1;
  return 0;
}

/** Whether it is JSON of another kind. */
static int is_other_json(const char *bytes, size_t size, const char *path) {
  sst_json_document_t *document;
  if (sst_json_parse(bytes, size, path, &document, NULL) != SST_STATUS_OK)
    return 0;
  int other = sst_json_find(sst_json_root(document), "weight_map") == NULL;
  sst_json_free(document);
  return other;
}

/** What the file `path`, perhaps an index, says about `name`. */
static listing_t look_up(const char *path, const char *name) {
  void *bytes;
  size_t size;
  sst_index_t index;
  if (sst_file_read(path, &bytes, &size, NULL) != SST_STATUS_OK)
    return NOT_LISTED;
  listing_t listing = NOT_LISTED;
  if (sst_index_parse(bytes, size, path, &index, NULL) == SST_STATUS_OK) {
    listing = divides(&index, name) ? LISTED : NOT_LISTED;
    sst_index_release(&index);
  } else if (!is_other_json(bytes, size, path) && mentions(bytes, size, sst_base_name(name))) {
    listing = LISTED_BY_DAMAGED;
  }
  free(bytes);
  return listing;
}

/** Looks for an index in the folder of `place` that lists `name`. */
static sst_status_t search_folder(const char *place, const char *name, finding_t *finding) {
  char *path = sst_path_beside(place, "");
  sst_folder_t folder;
  sst_status_t status = path ? sst_folder_read(*path ? path : ".", &folder, NULL) : SST_STATUS_OUT_OF_MEMORY;
  free(path);
  /* A folder that shows no names may still be one to open files in. */
  if (status != SST_STATUS_OK)
    return status == SST_STATUS_OUT_OF_MEMORY ? status : SST_STATUS_OK;
  const sst_names_t *all[] = {&folder.indices, &folder.others};
  for (size_t k = 0; k < 2 && status == SST_STATUS_OK; ++k)
    for (size_t i = 0; i < all[k]->count && finding->listing == NOT_LISTED && status == SST_STATUS_OK; ++i) {
      char *index = sst_path_beside(place, all[k]->list[i]);
      if (!index)
        status = SST_STATUS_OUT_OF_MEMORY;
      else if ((finding->listing = look_up(index, name)) != NOT_LISTED)
        finding->index = index;
      else
        free(index);
    }
  sst_folder_release(&folder);
  return status;
}

/** The same in the folder above, where the file is called `<folder>/<file>`. */
static sst_status_t search_parent(const char *path, finding_t *finding) {
  char resolved[PATH_MAX];
  const char *file = sst_base_name(path);
  size_t length = (size_t)(file - path);
  while (length > 0 && path[length - 1] == '/')
    --length;
  char *folder = length > 0 || *path != '/' ? strndup(path, length) : NULL;
  if (!folder)
    return length > 0 || *path != '/' ? SST_STATUS_OUT_OF_MEMORY : SST_STATUS_OK;
  const char *name = sst_base_name(folder);
  if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
    const char *real = realpath(*folder ? folder : ".", resolved);
    free(folder);
    if (!real || !(folder = strdup(real)))
      return real ? SST_STATUS_OUT_OF_MEMORY : SST_STATUS_OK;
    name = sst_base_name(folder);
  }
  char *listed = malloc(strlen(name) + strlen(file) + 2);
  sst_status_t status = SST_STATUS_OUT_OF_MEMORY;
  if (listed) {
    sprintf(listed, "%s/%s", name, file);
    status = search_folder(folder, listed, finding);
  }
  free(listed);
  free(folder);
  return status;
}

/** Looks for an index that lists the file, beside it or one folder above. */
static sst_status_t search_indices(const char *path, finding_t *finding) {
  sst_status_t status = search_folder(path, sst_base_name(path), finding);
  finding->beside = finding->listing != NOT_LISTED;
  return finding->beside || status != SST_STATUS_OK ? status : search_parent(path, finding);
}

/* ---- messages ------------------------------------------------------------------------------------------------- */

/** "is ", of a link with what it leads to. */
static const char *describe_link(const char *path, const char *name, char buffer[QUOTED_BYTES + 32]) {
  char quoted[QUOTED_BYTES];
  if (strcmp(sst_base_name(path), name) == 0)
    return "is ";
  snprintf(buffer, QUOTED_BYTES + 32, "is a link to %s, ", sst_quote(quoted, sizeof quoted, name, strlen(name)));
  return buffer;
}

/** Reports a file that an index lists; `target` is the name by which it does. */
static sst_status_t report_listed(const char *path, const char *target, const finding_t *finding,
                                  sst_report_t *report) {
  char quoted[QUOTED_BYTES], link[QUOTED_BYTES + 32];
  const char *index = sst_base_name(finding->index), *name = sst_base_name(target);
  const char *folder = finding->beside && sst_ends_with(index, SST_INDEX_ENDING) ? ", or the directory" : "";
  sst_shard_name_t parts;
  if (finding->listing == LISTED_BY_DAMAGED)
    return sst_report_add(report, SST_STATUS_INVALID_ARGUMENT,
                          "%s: %sa part of a checkpoint, it seems: %s names it, an index that is damaged; fetch or "
                          "write the index again, and give it",
                          path, describe_link(path, name, link), finding->index);
  if (finding->beside && strcmp(sst_base_name(path), name) == 0 && sst_is_part_name(name, &parts))
    return sst_report_add(report, SST_STATUS_INVALID_ARGUMENT,
                          "%s: is shard %lu of %lu, a part of a model; give the index beside it, %s%s", path,
                          parts.number, parts.count, sst_quote(quoted, sizeof quoted, index, strlen(index)), folder);
  return sst_report_add(report, SST_STATUS_INVALID_ARGUMENT,
                        "%s: %sa part of a checkpoint, one of the shards that %s lists; give that index%s", path,
                        describe_link(path, name, link), finding->index, folder);
}

/** Reports a file that has the name of a part. */
static sst_status_t report_part(const char *path, const char *target, const sst_shard_name_t *parts,
                                sst_report_t *report) {
  char link[QUOTED_BYTES + 32], index[QUOTED_BYTES], quoted[QUOTED_BYTES + 32];
  const char *name = sst_base_name(target);
  snprintf(index, sizeof index, "%.*s" SST_INDEX_ENDING, parts->stem < 100 ? (int)parts->stem : 100, name);
  sst_quote(quoted, sizeof quoted, index, strlen(index));
  char *beside = sst_path_beside(target, index);
  int exists = beside && access(beside, F_OK) == 0;
  free(beside);
  if (exists)
    return sst_report_add(report, SST_STATUS_INVALID_ARGUMENT,
                          "%s: %sshard %lu of %lu, a part of a model; give the index beside it, %s, or the directory",
                          path, describe_link(path, name, link), parts->number, parts->count, quoted);
  return sst_report_add(report, SST_STATUS_INVALID_ARGUMENT,
                        "%s: %sshard %lu of %lu, a part of a model; put all shards and their index, %s, into one "
                        "directory and give the index, or, if it is a whole model, rename it",
                        path, describe_link(path, name, link), parts->number, parts->count, quoted);
}

/* ---- links ---------------------------------------------------------------------------------------------------- */

/** The paths of a file: the one given, those that links lead to, and the one without links. */
typedef struct paths {
  char *list[MAX_LINKS + 2];
  size_t count;
} paths_t;

/** Where the link `path` leads, from malloc; NULL if it is none. */
static char *follow_link(const char *path) {
  char target[PATH_MAX];
  ssize_t length = readlink(path, target, sizeof target - 1);
  if (length <= 0)
    return NULL;
  target[length] = '\0';
  return target[0] == '/' ? strdup(target) : sst_path_beside(path, target);
}

static void collect_paths(const char *path, paths_t *paths) {
  char *next = strdup(path);
  for (paths->count = 0; next && paths->count <= MAX_LINKS; next = follow_link(next))
    paths->list[paths->count++] = next;
  if (paths->count > MAX_LINKS)
    free(next);
  char *real = realpath(path, NULL);
  if (real)
    paths->list[paths->count++] = real;
}

sst_status_t sst_safetensors_check_whole(const char *path, sst_report_t *report) {
  paths_t paths;
  finding_t finding = {NOT_LISTED, NULL, 0};
  sst_shard_name_t parts;
  collect_paths(path, &paths);
  sst_status_t status = paths.count > 0 ? SST_STATUS_OK : SST_STATUS_OUT_OF_MEMORY;
  for (size_t i = 0; i < paths.count && status == SST_STATUS_OK; ++i) {
    status = search_indices(paths.list[i], &finding);
    if (status == SST_STATUS_OK && finding.listing != NOT_LISTED)
      status = report_listed(path, paths.list[i], &finding, report);
  }
  if (status == SST_STATUS_OUT_OF_MEMORY)
    sst_report_add(report, status, "%s: out of memory", path);
  for (size_t i = 0; i < paths.count && status == SST_STATUS_OK; ++i)
    if (sst_is_part_name(sst_base_name(paths.list[i]), &parts))
      status = report_part(path, paths.list[i], &parts, report);
  free(finding.index);
  for (size_t i = 0; i < paths.count; ++i)
    free(paths.list[i]);
  return status;
}
