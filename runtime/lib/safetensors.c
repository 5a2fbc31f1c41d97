/*
 * safetensors.c - the reader of safetensors files.
 *
 * The header is parsed as JSON, every tensor's entry is checked on its own, and then the places of all tensors
 * together. The checks go on after a problem as far as that makes sense, so that one report has them all. The rules are
 * in sst_runtime.h.
 */
#define _GNU_SOURCE
#include "checkpoint.h"
#include "file_kind.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of the header length in front of the header. */
#define PREFIX_BYTES 8u

/** Where a tensor says its data are. */
typedef struct place {
  size_t begin, end, index;
} place_t;

typedef struct reader {
  const char *bytes, *name;
  size_t size;
  size_t data_begin, data_size;
  sst_safetensors_t *file;
  place_t *places; /* of the tensors with usable offsets */
  size_t place_count;
  sst_report_t *report;
  sst_status_t status; /* of the first problem */
} reader_t;

/** Adds a problem of the file. */
SST_PRINTF(3, 4)
static void problem(reader_t *reader, sst_status_t status, const char *format, ...) {
  char what[SST_ERROR_MESSAGE_BYTES];
  va_list arguments;
  va_start(arguments, format);
  if (vsnprintf(what, sizeof what, format, arguments) < 0)
    what[0] = '\0';
  va_end(arguments);
  sst_report_add(reader->report, status, "%s: %s", reader->name, what);
  if (reader->status == SST_STATUS_OK)
    reader->status = status;
}

/** A value as messages show it: a number as written, a string in quotes, the kind of all others. */
static const char *describe(const sst_json_value_t *value, char buffer[QUOTED_BYTES]) {
  const char *text;
  size_t size;
  if (sst_json_get_number_text(value, &text))
    snprintf(buffer, QUOTED_BYTES, "%.40s%s", text, strlen(text) > 40 ? "..." : "");
  else if (sst_json_get_string(value, &text, &size))
    sst_quote(buffer, 64, text, size);
  else
    snprintf(buffer, QUOTED_BYTES, "%s", sst_json_kind_name(sst_json_kind(value)));
  return buffer;
}

/** The length in front of the header; the first bytes are there. */
static uint64_t read_length(const reader_t *reader) {
  uint64_t length = 0;
  for (unsigned i = PREFIX_BYTES; i-- > 0;)
    length = length << 8 | (unsigned char)reader->bytes[i];
  return length;
}

/** Says what the file is if its first bytes tell that; 0 if they do not. */
static int report_kind(reader_t *reader) {
  const sst_file_kind_t *kind = sst_file_kind(reader->bytes, reader->size);
  if (kind)
    problem(reader, SST_STATUS_CORRUPT, "%s, not a safetensors file; %s", kind->what, kind->remedy);
  return kind != NULL;
}

/** Says why the file does not start with a header. */
static void report_prefix(reader_t *reader) {
  size_t rest = reader->size < PREFIX_BYTES ? 0 : reader->size - PREFIX_BYTES;
  const char *encoding, *header = rest > 0 ? reader->bytes + PREFIX_BYTES : NULL;
  uint64_t length = reader->size < PREFIX_BYTES ? 0 : read_length(reader);
  if (reader->size == 0)
    problem(reader, SST_STATUS_CORRUPT, "is empty; expects a safetensors file");
  else if (rest > 0 && length <= rest && sst_byte_order_mark(header, rest, &encoding))
    problem(reader, SST_STATUS_CORRUPT,
            "expects the header to start with '{', but it starts with a byte order mark of %s; write it without",
            encoding);
  else if ((rest == 0 || header[0] != '{') && report_kind(reader))
    return;
  else if (reader->size < PREFIX_BYTES)
    problem(reader, SST_STATUS_CORRUPT,
            "expects 8 bytes of header length, but the file has only %zu bytes; it is cut short or no safetensors file",
            reader->size);
  else if (length > SST_SAFETENSORS_MAX_HEADER_BYTES)
    problem(reader, SST_STATUS_CORRUPT,
            "expects a header of at most %u bytes, but its length is given as %llu; the file is damaged or no "
            "safetensors file",
            SST_SAFETENSORS_MAX_HEADER_BYTES, (unsigned long long)length);
  else if (length > rest)
    problem(reader, SST_STATUS_CORRUPT,
            "expects a header of %llu bytes, but only %zu bytes follow its length; the file is cut short or no "
            "safetensors file",
            (unsigned long long)length, rest);
  else
    problem(reader, SST_STATUS_CORRUPT, "expects the header to start with '{'; the file is no safetensors file");
}

/** Finds header and data; 0 if there is nothing to parse. */
static int read_prefix(reader_t *reader, size_t *header_size) {
  uint64_t length = reader->size < PREFIX_BYTES ? 0 : read_length(reader);
  if (length == 0 || length > SST_SAFETENSORS_MAX_HEADER_BYTES || length > reader->size - PREFIX_BYTES ||
      reader->bytes[PREFIX_BYTES] != '{') {
    report_prefix(reader);
    return 0;
  }
  *header_size = (size_t)length;
  reader->data_begin = PREFIX_BYTES + *header_size;
  reader->data_size = reader->size - reader->data_begin;
  return 1;
}

/** Parses the header and makes room for what it describes. 0 if that is not possible. */
static int read_header(reader_t *reader, size_t header_size) {
  const char *header = reader->bytes + PREFIX_BYTES;
  while (header_size > 0 && header[header_size - 1] == ' ')
    --header_size;
  char name[SST_ERROR_MESSAGE_BYTES];
  snprintf(name, sizeof name, "%.300s: header", reader->name);
  sst_safetensors_t *file = reader->file;
  sst_status_t status = sst_json_parse(header, header_size, name, &file->header, reader->report);
  if (status != SST_STATUS_OK) {
    reader->status = status;
    return 0;
  }
  if (header[header_size - 1] != '}')
    problem(reader, SST_STATUS_CORRUPT, "expects nothing but spaces behind the header's last '}'");
  const sst_json_value_t *root = sst_json_root(file->header), *metadata = sst_json_find(root, "__metadata__");
  size_t room = sst_json_count(root) + 1, metadata_room = metadata ? sst_json_count(metadata) + 1 : 1;
  file->tensors = calloc(room, sizeof *file->tensors);
  file->by_name = calloc(room, sizeof *file->by_name);
  file->metadata = calloc(metadata_room, sizeof *file->metadata);
  reader->places = calloc(room, sizeof *reader->places);
  if (file->tensors && file->by_name && file->metadata && reader->places)
    return 1;
  problem(reader, SST_STATUS_OUT_OF_MEMORY, "no memory for its %zu tensors", room - 1);
  return 0;
}

static void read_metadata(reader_t *reader, const sst_json_value_t *metadata) {
  if (sst_json_kind(metadata) != SST_JSON_OBJECT) {
    problem(reader, SST_STATUS_CORRUPT, "expects '__metadata__' to be an object, but got %s",
            sst_json_kind_name(sst_json_kind(metadata)));
    return;
  }
  for (const sst_json_value_t *entry = sst_json_first(metadata); entry; entry = sst_json_next(entry)) {
    char quoted[QUOTED_BYTES];
    size_t key_size, value_size;
    const char *value, *key = sst_json_key(entry, &key_size);
    sst_quote(quoted, sizeof quoted, key, key_size);
    if (!sst_json_get_string(entry, &value, &value_size))
      problem(reader, SST_STATUS_CORRUPT, "expects metadata %s to be a string, but got %s", quoted,
              sst_json_kind_name(sst_json_kind(entry)));
    else if (strlen(key) != key_size || strlen(value) != value_size)
      problem(reader, SST_STATUS_CORRUPT, "expects metadata %s to have no NUL in its key or value", quoted);
    else
      reader->file->metadata[reader->file->metadata_count++] = (sst_metadata_t){key, value};
  }
}

/** Reads `dtype`; 0 if it is none. `tensor` is the quoted name in all of these. */
static int read_dtype(reader_t *reader, const char *tensor, const sst_json_value_t *value, sst_dtype_t *dtype) {
  const char *text;
  size_t size;
  char buffer[QUOTED_BYTES];
  if (!value) {
    problem(reader, SST_STATUS_CORRUPT, "tensor %s: 'dtype' is missing", tensor);
    return 0;
  }
  if (!sst_json_get_string(value, &text, &size)) {
    problem(reader, SST_STATUS_CORRUPT, "tensor %s: expects 'dtype' to be a string, but got %s", tensor,
            describe(value, buffer));
    return 0;
  }
  for (unsigned i = 0; i < SST_DTYPE_COUNT && strlen(text) == size; ++i) {
    if (strcmp(text, sst_dtype_name((sst_dtype_t)i)) == 0) {
      *dtype = (sst_dtype_t)i;
      return 1;
    }
  }
  problem(reader, SST_STATUS_UNSUPPORTED, "tensor %s: unknown dtype %s; convert it to F32", tensor,
          describe(value, buffer));
  return 0;
}

/** Reads element `index` of the array `member`; 0 if it is no size. */
static int read_size(reader_t *reader, const char *tensor, const char *member, size_t index,
                     const sst_json_value_t *value, size_t *size) {
  uint64_t number;
  char buffer[QUOTED_BYTES];
  if (sst_json_get_uint64(value, &number)) {
    *size = (size_t)number;
    return 1;
  }
  problem(reader, SST_STATUS_CORRUPT, "tensor %s: expects %s[%zu] to be an integer in [0, 2^64), but got %s", tensor,
          member, index, describe(value, buffer));
  return 0;
}

/** Whether `value` is an array; reports it if not. */
static int is_array(reader_t *reader, const char *tensor, const char *member, const sst_json_value_t *value) {
  char buffer[QUOTED_BYTES];
  if (!value)
    problem(reader, SST_STATUS_CORRUPT, "tensor %s: '%s' is missing", tensor, member);
  else if (sst_json_kind(value) != SST_JSON_ARRAY)
    problem(reader, SST_STATUS_CORRUPT, "tensor %s: expects '%s' to be an array, but got %s", tensor, member,
            describe(value, buffer));
  else
    return 1;
  return 0;
}

/** Reads `shape` and computes the number of elements; 0 if there is a problem. */
static int read_shape(reader_t *reader, const char *tensor, const sst_json_value_t *value, sst_tensor_t *result) {
  if (!is_array(reader, tensor, "shape", value))
    return 0;
  if (sst_json_count(value) > SST_MAX_RANK) {
    problem(reader, SST_STATUS_UNSUPPORTED, "tensor %s: expects at most %u dimensions, but got %zu", tensor,
            SST_MAX_RANK, sst_json_count(value));
    return 0;
  }
  int good = 1, empty = 0, fits = 1;
  size_t index = 0, product = 1;
  for (const sst_json_value_t *item = sst_json_first(value); item; item = sst_json_next(item), ++index) {
    size_t *size = &result->shape[index];
    if (!read_size(reader, tensor, "shape", index, item, size))
      good = 0;
    else if (*size == 0)
      empty = 1;
    else if (fits)
      fits = sst_mul_size(product, *size, &product);
  }
  result->rank = (uint32_t)index;
  result->elements = empty ? 0 : product;
  if (good && !fits) {
    char shape[SST_SHAPE_TEXT_BYTES];
    problem(reader, SST_STATUS_CORRUPT, "tensor %s: the number of elements of shape %s overflows", tensor,
            sst_shape_text(result->shape, result->rank, shape));
  }
  return good && fits;
}

/** Reads `data_offsets` and checks that the file has these bytes; 0 if there is a problem. */
static int read_offsets(reader_t *reader, const char *tensor, const sst_json_value_t *value, place_t *place) {
  if (!is_array(reader, tensor, "data_offsets", value))
    return 0;
  if (sst_json_count(value) != 2) {
    problem(reader, SST_STATUS_CORRUPT, "tensor %s: expects 'data_offsets' to have 2 elements, but got %zu", tensor,
            sst_json_count(value));
    return 0;
  }
  const sst_json_value_t *begin = sst_json_first(value);
  int good = read_size(reader, tensor, "data_offsets", 0, begin, &place->begin);
  good &= read_size(reader, tensor, "data_offsets", 1, sst_json_next(begin), &place->end);
  if (!good)
    return 0;
  if (place->begin > place->end) {
    problem(reader, SST_STATUS_CORRUPT, "tensor %s: expects 'data_offsets' to be [begin, end], but got [%zu, %zu]",
            tensor, place->begin, place->end);
    return 0;
  }
  if (place->end > reader->data_size) {
    problem(reader, SST_STATUS_CORRUPT,
            "tensor %s: its data end at byte %zu, but the file has only %zu bytes of data; it is cut short or damaged",
            tensor, place->end, reader->data_size);
    return 0;
  }
  return 1;
}

/** Reports all members of a tensor's entry that do not belong there. */
static void check_members(reader_t *reader, const char *tensor, const sst_json_value_t *entry) {
  for (const sst_json_value_t *member = sst_json_first(entry); member; member = sst_json_next(member)) {
    char quoted[QUOTED_BYTES];
    size_t size;
    const char *key = sst_json_key(member, &size);
    int known = strlen(key) == size &&
                (strcmp(key, "dtype") == 0 || strcmp(key, "shape") == 0 || strcmp(key, "data_offsets") == 0);
    if (!known)
      problem(reader, SST_STATUS_CORRUPT, "tensor %s: unknown member %s", tensor,
              sst_quote(quoted, sizeof quoted, key, size));
  }
}

/** Reads one tensor's entry. */
static void read_tensor(reader_t *reader, const sst_json_value_t *entry) {
  char name[QUOTED_BYTES];
  size_t key_size;
  const char *key = sst_json_key(entry, &key_size);
  sst_quote(name, sizeof name, key, key_size);
  if (strlen(key) != key_size)
    problem(reader, SST_STATUS_CORRUPT, "tensor %s: expects a name without NUL", name);
  if (sst_json_kind(entry) != SST_JSON_OBJECT) {
    problem(reader, SST_STATUS_CORRUPT, "tensor %s: expects an object, but got %s", name,
            sst_json_kind_name(sst_json_kind(entry)));
    return;
  }
  check_members(reader, name, entry);
  size_t index = reader->file->count++;
  sst_tensor_t *tensor = &reader->file->tensors[index];
  place_t place = {0, 0, index};
  tensor->name = key;
  int good = read_dtype(reader, name, sst_json_find(entry, "dtype"), &tensor->dtype);
  good &= read_shape(reader, name, sst_json_find(entry, "shape"), tensor);
  if (!read_offsets(reader, name, sst_json_find(entry, "data_offsets"), &place))
    return;
  reader->places[reader->place_count++] = place;
  if (!good)
    return;
  char shape[SST_SHAPE_TEXT_BYTES];
  sst_shape_text(tensor->shape, tensor->rank, shape);
  if (!sst_mul_size(tensor->elements, sst_dtype_bytes(tensor->dtype), &tensor->bytes))
    problem(reader, SST_STATUS_CORRUPT, "tensor %s: the size of %s %s overflows", name, sst_dtype_name(tensor->dtype),
            shape);
  else if (tensor->bytes != place.end - place.begin)
    problem(reader, SST_STATUS_CORRUPT, "tensor %s: expects %zu bytes for %s %s, but data_offsets [%zu, %zu] give %zu",
            name, tensor->bytes, sst_dtype_name(tensor->dtype), shape, place.begin, place.end, place.end - place.begin);
  tensor->data = reader->bytes + reader->data_begin + place.begin;
}

static int compare_places(const void *left, const void *right) {
  const place_t *a = left, *b = right;
  if (a->begin != b->begin)
    return a->begin < b->begin ? -1 : 1;
  if (a->end != b->end)
    return a->end < b->end ? -1 : 1;
  return (a->index > b->index) - (a->index < b->index);
}

static const char *quote_tensor(const reader_t *reader, size_t index, char buffer[QUOTED_BYTES]) {
  const char *name = reader->file->tensors[index].name;
  return sst_quote(buffer, QUOTED_BYTES, name, strlen(name));
}

/** Checks that the tensors, of which the header has `entry_count`, lie one behind the other and fill the data. */
static void check_places(reader_t *reader, size_t entry_count) {
  /* A tensor without a usable place would look like a hole. */
  int all_placed = reader->place_count == entry_count;
  size_t end = 0, owner = 0;
  char name[QUOTED_BYTES], other[QUOTED_BYTES];
  qsort(reader->places, reader->place_count, sizeof *reader->places, compare_places);
  for (size_t i = 0; i < reader->place_count; ++i) {
    const place_t *place = &reader->places[i];
    if (place->begin < end)
      problem(reader, SST_STATUS_CORRUPT, "tensor %s: its data [%zu, %zu) overlap those of tensor %s",
              quote_tensor(reader, place->index, name), place->begin, place->end, quote_tensor(reader, owner, other));
    else if (place->begin > end && all_placed)
      problem(reader, SST_STATUS_CORRUPT, "bytes [%zu, %zu) of the data, before tensor %s, belong to no tensor", end,
              place->begin, quote_tensor(reader, place->index, name));
    if (place->end >= end) {
      end = place->end;
      owner = place->index;
    }
  }
  if (end < reader->data_size && all_placed)
    problem(reader, SST_STATUS_CORRUPT, "the last %zu bytes of the data belong to no tensor", reader->data_size - end);
}

static int compare_names(const void *left, const void *right) {
  const sst_tensor_t *a = *(const sst_tensor_t *const *)left, *b = *(const sst_tensor_t *const *)right;
  return strcmp(a->name, b->name);
}

void sst_safetensors_sort(sst_safetensors_t *file) {
  for (size_t i = 0; i < file->count; ++i)
    file->by_name[i] = &file->tensors[i];
  qsort(file->by_name, file->count, sizeof *file->by_name, compare_names);
}

/** Reads everything into reader->file. */
static void read_file(reader_t *reader) {
  size_t header_size;
  if (!read_prefix(reader, &header_size) || !read_header(reader, header_size))
    return;
  sst_safetensors_t *file = reader->file;
  size_t entry_count = 0;
  const sst_json_value_t *root = sst_json_root(file->header);
  for (const sst_json_value_t *entry = sst_json_first(root); entry; entry = sst_json_next(entry)) {
    size_t size;
    const char *key = sst_json_key(entry, &size);
    if (strlen(key) == size && strcmp(key, "__metadata__") == 0) {
      read_metadata(reader, entry);
      continue;
    }
    read_tensor(reader, entry);
    ++entry_count;
  }
  check_places(reader, entry_count);
  sst_safetensors_sort(file);
}

/** Parses `bytes`, which the file owns from now on if `owned` is set, also after an error. */
static sst_status_t parse(const void *bytes, size_t size, int owned, const char *name, sst_safetensors_t **file,
                          sst_report_t *report) {
  *file = NULL;
  reader_t reader = {.bytes = bytes, .name = name, .size = size, .report = report};
  reader.file = calloc(1, sizeof *reader.file);
  if (!reader.file) {
    if (owned)
      free((void *)(uintptr_t)bytes);
    return sst_report_add(report, SST_STATUS_OUT_OF_MEMORY, "%s: out of memory", name);
  }
  reader.file->owned = owned ? (void *)(uintptr_t)bytes : NULL;
  read_file(&reader);
  free(reader.places);
  if (reader.status != SST_STATUS_OK) {
    sst_safetensors_free(reader.file);
    return reader.status;
  }
  *file = reader.file;
  return SST_STATUS_OK;
}

sst_status_t sst_safetensors_parse(const void *bytes, size_t size, const char *name, sst_safetensors_t **file,
                                   sst_report_t *report) {
  return parse(bytes, size, 0, name, file, report);
}

sst_status_t sst_safetensors_parse_owned(void *bytes, size_t size, const char *name, sst_safetensors_t **file,
                                         sst_report_t *report) {
  return parse(bytes, size, 1, name, file, report);
}

void sst_safetensors_free(sst_safetensors_t *file) {
  if (!file)
    return;
  for (size_t i = 0; i < file->shard_count; ++i)
    sst_safetensors_free(file->shards[i]);
  for (size_t i = 0; i < file->path_count; ++i)
    free(file->paths[i]);
  free(file->shards);
  free(file->paths);
  sst_json_free(file->header);
  free(file->tensors);
  free(file->by_name);
  free(file->metadata);
  free(file->owned);
  free(file);
}

size_t sst_safetensors_count(const sst_safetensors_t *file) { return file->count; }

const sst_tensor_t *sst_safetensors_tensor(const sst_safetensors_t *file, size_t index) {
  return index < file->count ? &file->tensors[index] : NULL;
}

const sst_tensor_t *sst_safetensors_find(const sst_safetensors_t *file, const char *name) {
  size_t low = 0, high = file->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = strcmp(name, file->by_name[middle]->name);
    if (order == 0)
      return file->by_name[middle];
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return NULL;
}

size_t sst_safetensors_metadata_count(const sst_safetensors_t *file) { return file->metadata_count; }

int sst_safetensors_metadata(const sst_safetensors_t *file, size_t index, const char **key, const char **value) {
  if (index >= file->metadata_count)
    return 0;
  if (key)
    *key = file->metadata[index].key;
  if (value)
    *value = file->metadata[index].value;
  return 1;
}

const char *sst_safetensors_metadata_find(const sst_safetensors_t *file, const char *key) {
  for (size_t i = 0; i < file->metadata_count; ++i)
    if (strcmp(file->metadata[i].key, key) == 0)
      return file->metadata[i].value;
  return NULL;
}
