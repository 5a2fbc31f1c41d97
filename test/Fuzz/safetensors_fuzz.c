/*
 * safetensors_fuzz.c - libFuzzer harness of the readers of untrusted files: safetensors, and .npy for what starts like
 * one.
 *
 * A file that is accepted is used as the compiler would use it, and must keep the promises of sst_runtime.h; a broken
 * promise is a trap. Built with -DSST_FUZZ=ON and clang; see test/Fuzz/README.md.
 */
#include "sst/Runtime/sst_runtime.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(int condition) {
  if (!condition)
    __builtin_trap();
}

/** Reads all of a tensor. */
static void use_tensor(const sst_tensor_t *tensor, const uint8_t *bytes, size_t size) {
  const uint8_t *data = tensor->data;
  require(data >= bytes && tensor->bytes <= size && data + tensor->bytes <= bytes + size);
  require(tensor->bytes == tensor->elements * sst_dtype_bytes(tensor->dtype));
  require(tensor->rank <= SST_MAX_RANK);
  float *floats = malloc(tensor->elements * sizeof *floats + 1);
  double *doubles = malloc(tensor->elements * sizeof *doubles + 1);
  require(floats && doubles);
  require(sst_tensor_to_f32(tensor, floats) == sst_tensor_to_f64(tensor, doubles));
  free(floats);
  free(doubles);
}

static void use_safetensors(const sst_safetensors_t *file, const uint8_t *bytes, size_t size) {
  size_t data_bytes = 0;
  for (size_t i = 0; i < sst_safetensors_count(file); ++i) {
    const sst_tensor_t *tensor = sst_safetensors_tensor(file, i);
    use_tensor(tensor, bytes, size);
    require(sst_safetensors_find(file, tensor->name) == tensor);
    data_bytes += tensor->bytes;
  }
  uint64_t header_bytes;
  memcpy(&header_bytes, bytes, sizeof header_bytes);
  require(8 + header_bytes + data_bytes == size);
  const char *key, *value;
  for (size_t i = 0; sst_safetensors_metadata(file, i, &key, &value); ++i)
    require(sst_safetensors_metadata_find(file, key) == value);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  sst_report_t report = {0};
  sst_safetensors_t *file;
  sst_status_t status = sst_safetensors_parse(bytes, size, "fuzz", &file, &report);
  require((status == SST_STATUS_OK) == (report.count == 0) && (status == SST_STATUS_OK) == (file != NULL));
  if (file)
    use_safetensors(file, bytes, size);
  sst_safetensors_free(file);
  sst_report_free(&report);
  sst_tensor_t tensor;
  if (sst_npy_parse(bytes, size, "fuzz", &tensor, NULL) == SST_STATUS_OK)
    use_tensor(&tensor, bytes, size);
  return 0;
}
