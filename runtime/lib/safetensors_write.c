/*
 * safetensors_write.c - the writer of safetensors files.
 */
#define _GNU_SOURCE
#include "sst/Runtime/sst_json.h"
#include "sst/Runtime/sst_runtime.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_ALIGNMENT 8u

/** Whether the sizes of a tensor agree with each other. */
static int is_consistent(const sst_tensor_t *tensor) {
  size_t product = 1, bytes;
  if (tensor->rank > SST_MAX_RANK || sst_dtype_bytes(tensor->dtype) == 0)
    return 0;
  for (uint32_t i = 0; i < tensor->rank; ++i)
    if (!sst_mul_size(product, tensor->shape[i], &product))
      return 0;
  return product == tensor->elements && sst_mul_size(product, sst_dtype_bytes(tensor->dtype), &bytes) &&
         bytes == tensor->bytes && (tensor->data || bytes == 0);
}

static int compare_strings(const void *left, const void *right) {
  return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/** Checks that all of `names` differ and are UTF-8. `what` is "tensor" or "metadata key". Sorts `names`. */
static sst_status_t check_names(const char *path, const char *what, const char **names, size_t count,
                                sst_error_t *error) {
  char quoted[128];
  qsort(names, count, sizeof *names, compare_strings);
  for (size_t i = 0; i < count; ++i) {
    if (!sst_utf8_valid(names[i], strlen(names[i])))
      return sst_error_set(error, SST_STATUS_INVALID_ARGUMENT, "%s: expects the name of %s %s to be UTF-8", path, what,
                           sst_quote(quoted, sizeof quoted, names[i], strlen(names[i])));
    if (i > 0 && strcmp(names[i - 1], names[i]) == 0)
      return sst_error_set(error, SST_STATUS_INVALID_ARGUMENT, "%s: expects every %s once, but got %s twice", path,
                           what, sst_quote(quoted, sizeof quoted, names[i], strlen(names[i])));
  }
  return SST_STATUS_OK;
}

static sst_status_t check_tensors(const char *path, const sst_tensor_t *tensors, size_t count, const char **names,
                                  sst_error_t *error) {
  for (size_t i = 0; i < count; ++i) {
    const char *name = tensors[i].name;
    char quoted[128];
    if (!name || !*name || strcmp(name, "__metadata__") == 0)
      return sst_error_set(error, SST_STATUS_INVALID_ARGUMENT,
                           "%s: expects tensor %zu to have a name other than '__metadata__'", path, i);
    if (!is_consistent(&tensors[i]))
      return sst_error_set(error, SST_STATUS_INVALID_ARGUMENT,
                           "%s: tensor %s: its shape, type, sizes and data contradict each other", path,
                           sst_quote(quoted, sizeof quoted, name, strlen(name)));
    names[i] = name;
  }
  return check_names(path, "tensor", names, count, error);
}

static sst_status_t check_metadata(const char *path, const sst_metadata_t *metadata, size_t count, const char **names,
                                   sst_error_t *error) {
  for (size_t i = 0; i < count; ++i) {
    names[i] = metadata[i].key;
    if (!sst_utf8_valid(metadata[i].value, strlen(metadata[i].value)))
      return sst_error_set(error, SST_STATUS_INVALID_ARGUMENT, "%s: expects the value of metadata '%.100s' to be UTF-8",
                           path, metadata[i].key);
  }
  return check_names(path, "metadata key", names, count, error);
}

/** Writes the header, padded, to `stream`. */
static void print_header(FILE *stream, const sst_tensor_t *tensors, size_t count, const sst_metadata_t *metadata,
                         size_t metadata_count) {
  const char *separator = "";
  fputc('{', stream);
  if (metadata_count > 0) {
    fputs("\"__metadata__\":{", stream);
    for (size_t i = 0; i < metadata_count; ++i) {
      fputs(i ? "," : "", stream);
      sst_json_print_string(stream, metadata[i].key);
      fputc(':', stream);
      sst_json_print_string(stream, metadata[i].value);
    }
    fputc('}', stream);
    separator = ",";
  }
  size_t offset = 0;
  for (size_t i = 0; i < count; ++i) {
    const sst_tensor_t *tensor = &tensors[i];
    fputs(separator, stream);
    sst_json_print_string(stream, tensor->name);
    fprintf(stream, ":{\"dtype\":\"%s\",\"shape\":[", sst_dtype_name(tensor->dtype));
    for (uint32_t d = 0; d < tensor->rank; ++d)
      fprintf(stream, "%s%zu", d ? "," : "", tensor->shape[d]);
    fprintf(stream, "],\"data_offsets\":[%zu,%zu]}", offset, offset + tensor->bytes);
    offset += tensor->bytes;
    separator = ",";
  }
  fputc('}', stream);
  while (ftell(stream) % HEADER_ALIGNMENT != 0)
    fputc(' ', stream);
}

/** Writes what has been checked. `spans` has room for count + 2. */
static sst_status_t write_file(const char *path, const sst_tensor_t *tensors, size_t count,
                               const sst_metadata_t *metadata, size_t metadata_count, sst_span_t *spans,
                               sst_error_t *error) {
  char *header = NULL;
  size_t header_size = 0;
  FILE *stream = open_memstream(&header, &header_size);
  int failed = 1;
  if (stream) {
    print_header(stream, tensors, count, metadata, metadata_count);
    failed = ferror(stream);
    failed |= fclose(stream) != 0;
  }
  unsigned char prefix[8];
  for (unsigned i = 0; i < sizeof prefix; ++i)
    prefix[i] = (unsigned char)((uint64_t)header_size >> 8 * i);
  spans[0] = (sst_span_t){prefix, sizeof prefix};
  spans[1] = (sst_span_t){header, header_size};
  for (size_t i = 0; i < count; ++i)
    spans[i + 2] = (sst_span_t){tensors[i].data, tensors[i].bytes};
  sst_status_t status;
  if (failed)
    status = sst_error_set(error, SST_STATUS_OUT_OF_MEMORY, "%s: no memory for the header", path);
  else if (header_size > SST_SAFETENSORS_MAX_HEADER_BYTES)
    status = sst_error_set(error, SST_STATUS_UNSUPPORTED, "%s: expects a header of at most %u bytes, but got %zu", path,
                           SST_SAFETENSORS_MAX_HEADER_BYTES, header_size);
  else
    status = sst_file_write(path, spans, count + 2, error);
  free(header);
  return status;
}

sst_status_t sst_safetensors_write(const char *path, const sst_tensor_t *tensors, size_t count,
                                   const sst_metadata_t *metadata, size_t metadata_count, sst_error_t *error) {
  const char **names = calloc(count > metadata_count ? count : metadata_count + 1, sizeof *names);
  sst_span_t *spans = calloc(count + 2, sizeof *spans);
  sst_status_t status;
  if (!names || !spans)
    status = sst_error_set(error, SST_STATUS_OUT_OF_MEMORY, "%s: no memory for %zu tensors", path, count);
  else
    status = check_tensors(path, tensors, count, names, error);
  if (status == SST_STATUS_OK)
    status = check_metadata(path, metadata, metadata_count, names, error);
  if (status == SST_STATUS_OK)
    status = write_file(path, tensors, count, metadata, metadata_count, spans, error);
  free(names);
  free(spans);
  return status;
}
