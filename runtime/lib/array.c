/*
 * array.c - `FILE` or `FILE:tensor` to an array of floats.
 */
#define _GNU_SOURCE
#include "sst/Runtime/sst_runtime.h"

#include "file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Splits `source` at the last ':' before which there is the path of a file. Writes the path (from malloc) and the
 * tensor's name, which is part of `source`, or NULL. 0 if there is no memory. */
static int split_source(const char *source, char **path, const char **tensor) {
  struct stat info;
  *tensor = NULL;
  *path = strdup(source);
  if (!*path || stat(source, &info) == 0)
    return *path != NULL;
  for (size_t length = strlen(source); length-- > 1;) {
    if (source[length] != ':')
      continue;
    (*path)[length] = '\0';
    if (stat(*path, &info) == 0) {
      *tensor = source + length + 1;
      return 1;
    }
  }
  /* Nothing exists: the message names what stands before the first ':'. */
  const char *colon = strchr(source, ':');
  if (colon)
    *tensor = colon + 1;
  return 1;
}

/** Reports that a tensor is not there, with the names of some that are. */
static sst_status_t report_missing(const char *path, const sst_safetensors_t *file, const char *wanted,
                                   sst_report_t *report) {
  char list[256] = "", quoted[64];
  size_t used = 0, count = sst_safetensors_count(file);
  for (size_t i = 0; i < count && i < 3; ++i) {
    const char *name = sst_safetensors_tensor(file, i)->name;
    used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : " ",
                             sst_quote(quoted, sizeof quoted, name, strlen(name)));
  }
  char wanted_quoted[128];
  if (wanted)
    sst_quote(wanted_quoted, sizeof wanted_quoted, wanted, strlen(wanted));
  return sst_report_add(report, SST_STATUS_NOT_FOUND, "%s: %s%s; its %zu tensors are%s%s; name one as FILE:tensor",
                        path, wanted ? "has no tensor " : "has no default tensor", wanted ? wanted_quoted : "", count,
                        list, count > 3 ? ", ..." : "");
}

/** Chooses the tensor in a safetensors file. */
static const sst_tensor_t *choose_tensor(const sst_safetensors_t *file, const char *name, const char *default_name) {
  if (name)
    return sst_safetensors_find(file, name);
  const sst_tensor_t *tensor = default_name ? sst_safetensors_find(file, default_name) : NULL;
  if (!tensor && sst_safetensors_count(file) == 1)
    return sst_safetensors_tensor(file, 0);
  return tensor;
}

/** Copies a tensor to floats of the array's own. */
static sst_status_t convert(const char *path, const sst_tensor_t *tensor, sst_array_t *array, sst_report_t *report) {
  size_t bytes;
  float *data = NULL;
  if (sst_mul_size(tensor->elements, sizeof *data, &bytes))
    data = malloc(bytes ? bytes : 1);
  if (!data)
    return sst_report_add(report, SST_STATUS_OUT_OF_MEMORY, "%s: no memory for %zu floats", path, tensor->elements);
  if (sst_tensor_to_f32(tensor, data) != SST_STATUS_OK) {
    char quoted[128];
    free(data);
    return sst_report_add(
        report, SST_STATUS_UNSUPPORTED, "%s: tensor %s: expects elements of type F32, F16, BF16 or F64, but got %s",
        path, sst_quote(quoted, sizeof quoted, tensor->name, strlen(tensor->name)), sst_dtype_name(tensor->dtype));
  }
  array->data = data;
  array->rank = tensor->rank;
  memcpy(array->shape, tensor->shape, sizeof array->shape);
  array->elements = tensor->elements;
  return SST_STATUS_OK;
}

/** Whether the file starts like a .npy file. */
static int is_npy(const char *path) {
  void *bytes;
  size_t size;
  int descriptor;
  if (sst_file_open(path, &descriptor, NULL) != SST_STATUS_OK)
    return 0;
  sst_status_t status = sst_file_read_head(descriptor, path, 6, &bytes, &size, NULL, NULL);
  close(descriptor);
  if (status != SST_STATUS_OK)
    return 0;
  int result = size == 6 && memcmp(bytes, "\x93NUMPY", 6) == 0;
  free(bytes);
  return result;
}

static sst_status_t load_npy(const char *path, const char *name, sst_array_t *array, sst_report_t *report) {
  void *bytes;
  size_t size;
  sst_error_t error;
  if (sst_file_read(path, &bytes, &size, &error) != SST_STATUS_OK)
    return sst_report_add_error(report, &error);
  sst_tensor_t tensor;
  sst_status_t status = sst_npy_parse(bytes, size, path, &tensor, &error);
  if (status != SST_STATUS_OK)
    sst_report_add_error(report, &error);
  else if (name)
    status = sst_report_add(report, SST_STATUS_NOT_FOUND,
                            "%s: a .npy file has one tensor without a name; leave out what follows the ':'", path);
  else
    status = convert(path, &tensor, array, report);
  free(bytes);
  return status;
}

static sst_status_t load_safetensors(const char *path, const char *name, const char *default_name, sst_array_t *array,
                                     sst_report_t *report) {
  sst_safetensors_t *file;
  sst_status_t status = sst_safetensors_open(path, &file, report);
  if (status != SST_STATUS_OK)
    return status;
  const sst_tensor_t *tensor = choose_tensor(file, name, default_name);
  if (tensor)
    status = convert(path, tensor, array, report);
  else
    status = report_missing(path, file, name ? name : default_name, report);
  sst_safetensors_free(file);
  return status;
}

sst_status_t sst_array_load(const char *source, const char *default_name, sst_array_t *array, sst_report_t *report) {
  memset(array, 0, sizeof *array);
  char *path;
  const char *name;
  if (!split_source(source, &path, &name))
    return sst_report_add(report, SST_STATUS_OUT_OF_MEMORY, "%s: out of memory", source);
  sst_status_t status =
      is_npy(path) ? load_npy(path, name, array, report) : load_safetensors(path, name, default_name, array, report);
  free(path);
  return status;
}

void sst_array_free(sst_array_t *array) {
  if (!array)
    return;
  free(array->data);
  memset(array, 0, sizeof *array);
}
