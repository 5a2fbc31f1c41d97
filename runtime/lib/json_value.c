/*
 * json_value.c - what the values of a JSON text are, and a string as JSON.
 */
#define _GNU_SOURCE
#include "json_value.h"

#include "text.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const sst_json_value_t *sst_json_root(const sst_json_document_t *document) { return document->values; }

sst_json_kind_t sst_json_kind(const sst_json_value_t *value) { return (sst_json_kind_t)value->kind; }

const char *sst_json_kind_name(sst_json_kind_t kind) {
  static const char *const names[] = {"null", "boolean", "number", "string", "array", "object"};
  return (unsigned)kind < sizeof names / sizeof *names ? names[kind] : "?";
}

size_t sst_json_line(const sst_json_value_t *value) { return value->line; }

size_t sst_json_column(const sst_json_value_t *value) { return value->column; }

size_t sst_json_count(const sst_json_value_t *value) { return value->count; }

const sst_json_value_t *sst_json_first(const sst_json_value_t *parent) {
  return parent->child ? parent + parent->child : NULL;
}

const sst_json_value_t *sst_json_next(const sst_json_value_t *value) {
  return value->next ? value + value->next : NULL;
}

const char *sst_json_key(const sst_json_value_t *member, size_t *size) {
  if (size)
    *size = member->key_size;
  return member->key;
}

const sst_json_value_t *sst_json_find(const sst_json_value_t *object, const char *key) {
  if (object->kind != SST_JSON_OBJECT)
    return NULL;
  size_t size = strlen(key);
  for (const sst_json_value_t *member = sst_json_first(object); member; member = sst_json_next(member))
    if (member->key_size == size && memcmp(member->key, key, size) == 0)
      return member;
  return NULL;
}

int sst_json_get_bool(const sst_json_value_t *value, int *result) {
  if (value->kind != SST_JSON_BOOL)
    return 0;
  *result = value->boolean;
  return 1;
}

/** The absolute value of a number that is written as an integer; 0 if it is not or does not fit. */
static int get_magnitude(const sst_json_value_t *value, int *negative, uint64_t *magnitude) {
  if (value->kind != SST_JSON_NUMBER || !value->boolean)
    return 0;
  const char *text = value->text;
  *negative = *text == '-';
  uint64_t result = 0;
  for (text += *negative; *text; ++text)
    if (__builtin_mul_overflow(result, (uint64_t)10, &result) ||
        __builtin_add_overflow(result, (uint64_t)(*text - '0'), &result))
      return 0;
  *magnitude = result;
  return 1;
}

int sst_json_get_int64(const sst_json_value_t *value, int64_t *result) {
  int negative;
  uint64_t magnitude;
  if (!get_magnitude(value, &negative, &magnitude) || magnitude > (uint64_t)INT64_MAX + (uint64_t)negative)
    return 0;
  *result = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
  return 1;
}

int sst_json_get_uint64(const sst_json_value_t *value, uint64_t *result) {
  int negative;
  uint64_t magnitude;
  if (!get_magnitude(value, &negative, &magnitude) || negative)
    return 0;
  *result = magnitude;
  return 1;
}

int sst_json_get_double(const sst_json_value_t *value, double *result) {
  if (value->kind != SST_JSON_NUMBER)
    return 0;
  locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (c_locale == (locale_t)0)
    return 0;
  int saved_errno = errno;
  double number = strtod_l(value->text, NULL, c_locale);
  errno = saved_errno;
  freelocale(c_locale);
  if (!isfinite(number))
    return 0;
  *result = number;
  return 1;
}

int sst_json_get_string(const sst_json_value_t *value, const char **text, size_t *size) {
  if (value->kind != SST_JSON_STRING)
    return 0;
  *text = value->text;
  if (size)
    *size = value->text_size;
  return 1;
}

int sst_json_get_number_text(const sst_json_value_t *value, const char **text) {
  if (value->kind != SST_JSON_NUMBER)
    return 0;
  *text = value->text;
  return 1;
}

void sst_json_print_string(FILE *stream, const char *text) {
  size_t size = strlen(text);
  fputc('"', stream);
  while (size > 0) {
    size_t length = sst_utf8_length(text, size);
    unsigned char byte = (unsigned char)*text;
    if (length == 0)
      fputs("\xef\xbf\xbd", stream);
    else if (byte == '"' || byte == '\\')
      fprintf(stream, "\\%c", byte);
    else if (byte < 0x20 || byte == 0x7f)
      fprintf(stream, "\\u%04x", byte);
    else
      fwrite(text, 1, length, stream);
    length = length ? length : 1;
    text += length;
    size -= length;
  }
  fputc('"', stream);
}
