/*
 * npy.c - numpy's .npy files.
 *
 * A .npy file is a magic number, a version, the length of a header, the header, and the elements. The header is a
 * Python dict literal with exactly the keys 'descr', 'fortran_order' and 'shape'; this file reads just the literals
 * that occur there (strings without escapes, True, False, tuples of integers).
 */
#define _GNU_SOURCE
#include "sst/Runtime/sst_runtime.h"

#include <string.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_BYTES 6u
/* numpy pads the whole of what is before the elements to a multiple of this. */
#define HEADER_ALIGNMENT 64u

/** The header's text and what has been read of it. */
typedef struct reader {
  const char *text, *end;
  const char *name; /* of the file */
  sst_error_t *error;
  int has_descr, has_order, has_shape;
  int fortran_order;
  sst_tensor_t tensor;
} reader_t;

static sst_status_t corrupt(reader_t *reader, const char *what) {
  return sst_error_set(reader->error, SST_STATUS_CORRUPT, "%s: %s; the .npy header is damaged", reader->name, what);
}

static void skip_space(reader_t *reader) {
  while (reader->text < reader->end && (*reader->text == ' ' || *reader->text == '\n' || *reader->text == '\t'))
    ++reader->text;
}

/** Skips space and then `c`; 0 if something else comes. */
static int accept(reader_t *reader, char c) {
  skip_space(reader);
  if (reader->text == reader->end || *reader->text != c)
    return 0;
  ++reader->text;
  return 1;
}

/** Skips space and then the word; 0 if something else comes. */
static int accept_word(reader_t *reader, const char *word) {
  size_t length = strlen(word);
  skip_space(reader);
  if ((size_t)(reader->end - reader->text) < length || memcmp(reader->text, word, length) != 0)
    return 0;
  reader->text += length;
  return 1;
}

/** Reads a string literal; 0 if there is none. */
static int read_string(reader_t *reader, const char **text, size_t *size) {
  char quote = accept(reader, '\'') ? '\'' : accept(reader, '"') ? '"' : '\0';
  if (!quote)
    return 0;
  *text = reader->text;
  while (reader->text < reader->end && *reader->text != quote && *reader->text != '\\')
    ++reader->text;
  *size = (size_t)(reader->text - *text);
  return reader->text < reader->end && *reader->text++ == quote;
}

/** Reads an unsigned integer that fits; 0 if there is none. */
static int read_integer(reader_t *reader, size_t *value) {
  skip_space(reader);
  const char *start = reader->text;
  size_t result = 0;
  while (reader->text < reader->end && *reader->text >= '0' && *reader->text <= '9')
    if (!sst_mul_size(result, 10, &result) || !sst_add_size(result, (size_t)(*reader->text++ - '0'), &result))
      return 0;
  *value = result;
  return reader->text > start;
}

static sst_status_t read_descr(reader_t *reader) {
  static const struct {
    char text[4];
    sst_dtype_t dtype;
  } known[] = {{"<f2", SST_DTYPE_F16}, {"<f4", SST_DTYPE_F32}, {"<f8", SST_DTYPE_F64}};
  const char *text = "";
  size_t size = 0;
  char quoted[64];
  int is_string = read_string(reader, &text, &size);
  for (size_t i = 0; is_string && i < sizeof known / sizeof *known; ++i) {
    if (size == 3 && memcmp(text, known[i].text, 3) == 0) {
      reader->tensor.dtype = known[i].dtype;
      return SST_STATUS_OK;
    }
  }
  return sst_error_set(reader->error, SST_STATUS_UNSUPPORTED,
                       "%s: expects elements of type '<f2', '<f4' or '<f8', but got %s; save it with "
                       ".astype('<f4')",
                       reader->name,
                       is_string ? sst_quote(quoted, sizeof quoted, text, size) : "a type that is not a plain number");
}

/** Reads a tuple of sizes. */
static sst_status_t read_shape(reader_t *reader) {
  if (!accept(reader, '('))
    return corrupt(reader, "expects 'shape' to be a tuple");
  sst_tensor_t *tensor = &reader->tensor;
  int comma = 1;
  while (!accept(reader, ')')) {
    size_t size;
    if (!comma || !read_integer(reader, &size))
      return corrupt(reader, "expects 'shape' to be a tuple of integers in [0, 2^64)");
    if (tensor->rank == SST_MAX_RANK)
      return sst_error_set(reader->error, SST_STATUS_UNSUPPORTED, "%s: expects at most %u dimensions", reader->name,
                           SST_MAX_RANK);
    tensor->shape[tensor->rank++] = size;
    comma = accept(reader, ',');
    if (tensor->rank == 1 && !comma)
      return corrupt(reader, "expects a tuple of one size to end with a comma");
  }
  return SST_STATUS_OK;
}

static sst_status_t read_order(reader_t *reader) {
  if (accept_word(reader, "True"))
    reader->fortran_order = 1;
  else if (!accept_word(reader, "False"))
    return corrupt(reader, "expects 'fortran_order' to be True or False");
  return SST_STATUS_OK;
}

/** Reads `'key': value`. */
static sst_status_t read_entry(reader_t *reader) {
  const char *key;
  size_t size;
  if (!read_string(reader, &key, &size) || !accept(reader, ':'))
    return corrupt(reader, "expects a key, a colon and a value");
  int *seen = NULL;
  sst_status_t (*read_value)(reader_t *) = NULL;
  if (size == 5 && memcmp(key, "descr", size) == 0) {
    seen = &reader->has_descr;
    read_value = read_descr;
  } else if (size == 13 && memcmp(key, "fortran_order", size) == 0) {
    seen = &reader->has_order;
    read_value = read_order;
  } else if (size == 5 && memcmp(key, "shape", size) == 0) {
    seen = &reader->has_shape;
    read_value = read_shape;
  }
  if (!seen || *seen)
    return corrupt(reader, "expects the keys 'descr', 'fortran_order' and 'shape', each once");
  *seen = 1;
  return read_value(reader);
}

static sst_status_t read_header(reader_t *reader) {
  if (!accept(reader, '{'))
    return corrupt(reader, "expects the header to start with '{'");
  int comma = 1;
  while (!accept(reader, '}')) {
    if (!comma)
      return corrupt(reader, "expects ',' or '}'");
    sst_status_t status = read_entry(reader);
    if (status != SST_STATUS_OK)
      return status;
    comma = accept(reader, ',');
  }
  skip_space(reader);
  if (reader->text != reader->end)
    return corrupt(reader, "expects nothing behind the last '}'");
  if (!reader->has_descr || !reader->has_order || !reader->has_shape)
    return corrupt(reader, "expects the keys 'descr', 'fortran_order' and 'shape', each once");
  if (reader->fortran_order && reader->tensor.rank > 1)
    return sst_error_set(reader->error, SST_STATUS_UNSUPPORTED,
                         "%s: expects the elements in C order; save it with numpy.ascontiguousarray(...)",
                         reader->name);
  return SST_STATUS_OK;
}

/** Finds the header behind magic number, version and length: [*begin, *end). */
static sst_status_t find_header(const unsigned char *bytes, size_t size, const char *name, size_t *begin, size_t *end,
                                sst_error_t *error) {
  if (size < MAGIC_BYTES || memcmp(bytes, MAGIC, MAGIC_BYTES) != 0)
    return sst_error_set(error, SST_STATUS_CORRUPT, "%s: expects a .npy file, which starts with \\x93NUMPY", name);
  if (size < MAGIC_BYTES + 6)
    return sst_error_set(error, SST_STATUS_CORRUPT, "%s: the .npy file is cut short in its header", name);
  unsigned major = bytes[6], minor = bytes[7];
  if (major < 1 || major > 3 || minor != 0)
    return sst_error_set(error, SST_STATUS_UNSUPPORTED, "%s: expects .npy format 1.0, 2.0 or 3.0, but got %u.%u", name,
                         major, minor);
  size_t length = bytes[8] | (size_t)bytes[9] << 8;
  if (major > 1)
    length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
  *begin = major > 1 ? 12 : 10;
  if (length > size - *begin)
    return sst_error_set(error, SST_STATUS_CORRUPT,
                         "%s: expects a header of %zu bytes, but only %zu follow; the .npy file is cut short", name,
                         length, size - *begin);
  *end = *begin + length;
  return SST_STATUS_OK;
}

/** Computes the sizes of the tensor and checks that they are those of the data. */
static sst_status_t check_sizes(reader_t *reader, size_t data_size) {
  sst_tensor_t *tensor = &reader->tensor;
  size_t item = sst_dtype_bytes(tensor->dtype);
  char shape[SST_SHAPE_TEXT_BYTES];
  sst_shape_text(tensor->shape, tensor->rank, shape);
  int empty = 0;
  size_t product = 1;
  for (uint32_t i = 0; i < tensor->rank; ++i) {
    empty |= tensor->shape[i] == 0;
    if (tensor->shape[i] != 0 && !sst_mul_size(product, tensor->shape[i], &product))
      return sst_error_set(reader->error, SST_STATUS_CORRUPT, "%s: the number of elements of shape %s overflows",
                           reader->name, shape);
  }
  tensor->elements = empty ? 0 : product;
  if (!sst_mul_size(tensor->elements, item, &tensor->bytes))
    return sst_error_set(reader->error, SST_STATUS_CORRUPT, "%s: the size of shape %s overflows", reader->name, shape);
  if (tensor->bytes != data_size)
    return sst_error_set(reader->error, SST_STATUS_CORRUPT,
                         "%s: expects %zu bytes of data for %s %s, but got %zu; the .npy file is damaged", reader->name,
                         tensor->bytes, sst_dtype_name(tensor->dtype), shape, data_size);
  return SST_STATUS_OK;
}

sst_status_t sst_npy_parse(const void *bytes, size_t size, const char *name, sst_tensor_t *tensor, sst_error_t *error) {
  memset(tensor, 0, sizeof *tensor);
  size_t begin = 0, end = 0;
  sst_status_t status = find_header(bytes, size, name, &begin, &end, error);
  if (status != SST_STATUS_OK)
    return status;
  const char *text = bytes;
  reader_t reader = {.text = text + begin, .end = text + end, .name = name, .error = error};
  status = read_header(&reader);
  if (status == SST_STATUS_OK)
    status = check_sizes(&reader, size - end);
  if (status != SST_STATUS_OK)
    return status;
  *tensor = reader.tensor;
  tensor->name = "";
  tensor->data = text + end;
  return SST_STATUS_OK;
}

sst_status_t sst_npy_write(const char *path, const sst_tensor_t *tensor, sst_error_t *error) {
  const char *descr = tensor->dtype == SST_DTYPE_F16   ? "<f2"
                      : tensor->dtype == SST_DTYPE_F32 ? "<f4"
                      : tensor->dtype == SST_DTYPE_F64 ? "<f8"
                                                       : NULL;
  if (!descr || tensor->rank > SST_MAX_RANK)
    return sst_error_set(error, SST_STATUS_UNSUPPORTED, "%s: expects an F16, F32 or F64 tensor, but got %s", path,
                         sst_dtype_name(tensor->dtype));
  char shape[SST_SHAPE_TEXT_BYTES], dict[SST_SHAPE_TEXT_BYTES + 64], header[512];
  sst_shape_text(tensor->shape, tensor->rank, shape);
  /* "[2, 3]" without its brackets; a tuple of one has a comma. */
  snprintf(dict, sizeof dict, "{'descr': '%s', 'fortran_order': False, 'shape': (%.*s%s), }", descr,
           (int)strlen(shape) - 2, shape + 1, tensor->rank == 1 ? "," : "");
  size_t used = MAGIC_BYTES + 4 + strlen(dict) + 1;
  size_t total = (used + HEADER_ALIGNMENT - 1) / HEADER_ALIGNMENT * HEADER_ALIGNMENT;
  size_t length = total - MAGIC_BYTES - 4;
  memset(header, ' ', sizeof header);
  memcpy(header, MAGIC, MAGIC_BYTES);
  header[6] = 1;
  header[7] = 0;
  header[8] = (char)(length & 0xff);
  header[9] = (char)(length >> 8);
  memcpy(header + MAGIC_BYTES + 4, dict, strlen(dict));
  header[total - 1] = '\n';
  sst_span_t spans[] = {{header, total}, {tensor->data, tensor->bytes}};
  return sst_file_write(path, spans, 2, error);
}
