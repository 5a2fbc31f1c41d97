/*
 * json.c - the JSON reader: text into values (json_value.h).
 *
 * One pass over the bytes with an explicit stack of open containers, so that depth costs no machine stack. Values go to
 * one growing array; links between them are distances in that array (0 is "none": a value never links to itself), which
 * survive its moves. Strings are unescaped into one buffer as large as the input: the text of a string never grows and
 * its two quotes leave room for the final NUL; a number's NUL falls on the delimiter behind it.
 */
#define _GNU_SOURCE
#include "sst/Runtime/sst_json.h"

#include "file_kind.h"
#include "json_value.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/** A container that is still open. */
typedef struct frame {
  uint32_t container, last_child; /* indices; last_child is valid if the container has one */
} frame_t;

typedef struct parser {
  const char *bytes, *name;
  size_t size, position;
  size_t line, line_start;
  char *text;
  sst_json_value_t *values;
  size_t count, capacity;
  frame_t stack[SST_JSON_MAX_DEPTH];
  size_t depth;
  const char *key; /* of the member whose value comes next */
  size_t key_size;
  sst_report_t *report;
  sst_status_t status; /* of the first problem */
} parser_t;

/** Adds a problem at byte `position` of the current line. Returns 0. */
SST_PRINTF(4, 5)
static int fail(parser_t *parser, size_t position, sst_status_t status, const char *format, ...) {
  char what[SST_ERROR_MESSAGE_BYTES];
  va_list arguments;
  va_start(arguments, format);
  if (vsnprintf(what, sizeof what, format, arguments) < 0)
    what[0] = '\0';
  va_end(arguments);
  sst_report_add(parser->report, status, "%s:%zu:%zu: %s", parser->name, parser->line,
                 position - parser->line_start + 1, what);
  if (parser->status == SST_STATUS_OK)
    parser->status = status;
  return 0;
}

/** The next byte, or -1 at the end. */
static int peek(const parser_t *parser) {
  return parser->position < parser->size ? (unsigned char)parser->bytes[parser->position] : -1;
}

/** Fails with "expects <what>, but got <the next character>". */
static int fail_expected(parser_t *parser, const char *what) {
  char quoted[32];
  const char *got = "the end of the text";
  if (peek(parser) >= 0) {
    const char *next = parser->bytes + parser->position;
    size_t length = sst_utf8_length(next, parser->size - parser->position);
    got = sst_quote(quoted, sizeof quoted, next, length ? length : 1);
  }
  return fail(parser, parser->position, SST_STATUS_CORRUPT, "expects %s, but got %s", what, got);
}

static void skip_space(parser_t *parser) {
  for (;;) {
    switch (peek(parser)) {
    case '\n':
      ++parser->line;
      parser->line_start = parser->position + 1;
      break;
    case ' ':
    case '\t':
    case '\r':
      break;
    default:
      return;
    }
    ++parser->position;
  }
}

/** Reads four hexadecimal digits at `position`; -1 if they are not there. */
static long read_hex4(const parser_t *parser, size_t position) {
  if (parser->size - position < 4)
    return -1;
  long value = 0;
  for (size_t i = 0; i < 4; ++i) {
    char c = parser->bytes[position + i];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0)
      return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** Reads what follows "\u", one or two halves, and writes its UTF-8. */
static int parse_unicode_escape(parser_t *parser, char **output) {
  size_t start = parser->position - 2;
  long unit = read_hex4(parser, parser->position);
  if (unit < 0)
    return fail(parser, start, SST_STATUS_CORRUPT, "expects four hexadecimal digits after \\u");
  parser->position += 4;
  if (unit >= 0xd800 && unit <= 0xdfff) {
    int paired = unit <= 0xdbff && parser->size - parser->position >= 6 && parser->bytes[parser->position] == '\\' &&
                 parser->bytes[parser->position + 1] == 'u';
    long low = paired ? read_hex4(parser, parser->position + 2) : -1;
    if (low < 0xdc00 || low > 0xdfff)
      return fail(parser, start, SST_STATUS_CORRUPT, "expects \\u%04lx to be half of a surrogate pair",
                  (unsigned long)unit);
    parser->position += 6;
    unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
  }
  *output += sst_utf8_encode((unsigned long)unit, *output);
  return 1;
}

/** Reads an escape; the backslash is the next byte. */
static int parse_escape(parser_t *parser, char **output) {
  static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
  ++parser->position;
  int letter = peek(parser);
  if (letter == 'u') {
    ++parser->position;
    return parse_unicode_escape(parser, output);
  }
  const char *found = letter > 0 ? strchr(letters, letter) : NULL;
  if (!found)
    return fail_expected(parser, "one of \"\\/bfnrtu after a backslash");
  ++parser->position;
  *(*output)++ = meanings[found - letters];
  return 1;
}

/** Reads a string; the quote is the next byte. */
static int parse_string(parser_t *parser, const char **text, size_t *text_size) {
  size_t start = parser->position++;
  char *begin = parser->text + parser->position, *output = begin;
  for (;;) {
    int byte = peek(parser);
    if (byte < 0)
      return fail(parser, start, SST_STATUS_CORRUPT, "expects the string that starts here to end with a quote");
    if (byte == '"')
      break;
    if (byte == '\\') {
      if (!parse_escape(parser, &output))
        return 0;
      continue;
    }
    if (byte < 0x20)
      return fail(parser, parser->position, SST_STATUS_CORRUPT,
                  "expects control characters in a string to be escaped, but got the byte 0x%02x", (unsigned)byte);
    size_t length = sst_utf8_length(parser->bytes + parser->position, parser->size - parser->position);
    if (length == 0)
      return fail(parser, parser->position, SST_STATUS_CORRUPT, "expects UTF-8, but got the byte 0x%02x",
                  (unsigned)byte);
    memcpy(output, parser->bytes + parser->position, length);
    output += length;
    parser->position += length;
  }
  ++parser->position;
  *output = '\0';
  *text = begin;
  *text_size = (size_t)(output - begin);
  return 1;
}

static int is_digit(int byte) { return byte >= '0' && byte <= '9'; }

/** Skips one or more digits; 0 if there is none. */
static int skip_digits(parser_t *parser) {
  if (!is_digit(peek(parser)))
    return fail_expected(parser, "a digit");
  while (is_digit(peek(parser)))
    ++parser->position;
  return 1;
}

/** Reads a number; its first byte is a digit or '-'. */
static int parse_number(parser_t *parser, sst_json_value_t *value) {
  size_t start = parser->position;
  if (peek(parser) == '-')
    ++parser->position;
  size_t first_digit = parser->position;
  if (!skip_digits(parser))
    return 0;
  if (parser->bytes[first_digit] == '0' && parser->position - first_digit > 1)
    return fail(parser, start, SST_STATUS_CORRUPT, "expects a number without leading zeros");
  value->boolean = 1; /* written as an integer */
  if (peek(parser) == '.') {
    value->boolean = 0;
    ++parser->position;
    if (!skip_digits(parser))
      return 0;
  }
  if (peek(parser) == 'e' || peek(parser) == 'E') {
    value->boolean = 0;
    ++parser->position;
    if (peek(parser) == '+' || peek(parser) == '-')
      ++parser->position;
    if (!skip_digits(parser))
      return 0;
  }
  size_t size = parser->position - start;
  char *text = parser->text + start;
  memcpy(text, parser->bytes + start, size);
  text[size] = '\0';
  value->text = text;
  value->text_size = (uint32_t)size;
  return 1;
}

/** Reads `word` if it comes next. */
static int accept_word(parser_t *parser, const char *word) {
  size_t length = strlen(word);
  if (parser->size - parser->position < length || memcmp(parser->bytes + parser->position, word, length) != 0)
    return 0;
  parser->position += length;
  return 1;
}

/** Reads a value that is no container into `value`. */
static int parse_scalar(parser_t *parser, sst_json_value_t *value) {
  int byte = peek(parser);
  if (byte == '"') {
    size_t size;
    value->kind = SST_JSON_STRING;
    if (!parse_string(parser, &value->text, &size))
      return 0;
    value->text_size = (uint32_t)size;
    return 1;
  }
  if (byte == '-' || is_digit(byte)) {
    value->kind = SST_JSON_NUMBER;
    return parse_number(parser, value);
  }
  if (accept_word(parser, "null")) {
    value->kind = SST_JSON_NULL;
    return 1;
  }
  value->kind = SST_JSON_BOOL;
  if (accept_word(parser, "true")) {
    value->boolean = 1;
    return 1;
  }
  return accept_word(parser, "false") || fail_expected(parser, "a value");
}

/** Makes room for one more value. */
static int reserve_value(parser_t *parser) {
  if (parser->count < parser->capacity)
    return 1;
  if (parser->count >= SST_JSON_MAX_VALUES)
    return fail(parser, parser->position, SST_STATUS_UNSUPPORTED, "expects at most %u values", SST_JSON_MAX_VALUES);
  size_t capacity = parser->capacity ? 2 * parser->capacity : 64;
  if (capacity > SST_JSON_MAX_VALUES)
    capacity = SST_JSON_MAX_VALUES;
  sst_json_value_t *values = realloc(parser->values, capacity * sizeof *values);
  if (!values)
    return fail(parser, parser->position, SST_STATUS_OUT_OF_MEMORY, "no memory for the values of this text");
  parser->values = values;
  parser->capacity = capacity;
  return 1;
}

/** Adds a value that starts here to the innermost open container. */
static sst_json_value_t *add_value(parser_t *parser) {
  if (!reserve_value(parser))
    return NULL;
  uint32_t index = (uint32_t)parser->count++;
  sst_json_value_t *value = &parser->values[index];
  memset(value, 0, sizeof *value);
  value->line = (uint32_t)parser->line;
  value->column = (uint32_t)(parser->position - parser->line_start + 1);
  value->key = parser->key;
  value->key_size = (uint32_t)parser->key_size;
  parser->key = NULL;
  parser->key_size = 0;
  if (parser->depth > 0) {
    frame_t *frame = &parser->stack[parser->depth - 1];
    sst_json_value_t *container = &parser->values[frame->container];
    if (container->count++ == 0)
      container->child = index - frame->container;
    else
      parser->values[frame->last_child].next = index - frame->last_child;
    frame->last_child = index;
  }
  return value;
}

static int compare_bytes(const char *a, size_t a_size, const char *b, size_t b_size) {
  int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
  return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/** Orders members by key, equal keys by their place in the text. */
static int compare_members(const void *left, const void *right) {
  const sst_json_value_t *a = *(const sst_json_value_t *const *)left, *b = *(const sst_json_value_t *const *)right;
  int order = compare_bytes(a->key, a->key_size, b->key, b->key_size);
  return order != 0 ? order : (a > b) - (a < b);
}

/** Reports every key of the object that was there before. 0 only if there is no memory. */
static int check_keys(parser_t *parser, const sst_json_value_t *object) {
  if (object->count < 2)
    return 1;
  const sst_json_value_t **members = malloc(object->count * sizeof *members);
  if (!members)
    return fail(parser, parser->position, SST_STATUS_OUT_OF_MEMORY, "no memory for the keys of an object");
  size_t count = 0;
  for (const sst_json_value_t *member = sst_json_first(object); member; member = sst_json_next(member))
    members[count++] = member;
  qsort(members, count, sizeof *members, compare_members);
  for (size_t i = 1; i < count; ++i) {
    const sst_json_value_t *a = members[i - 1], *b = members[i];
    if (compare_bytes(a->key, a->key_size, b->key, b->key_size) != 0)
      continue;
    char quoted[128];
    sst_report_add(parser->report, SST_STATUS_CORRUPT,
                   "%s:%u:%u: expects every key once, but got %s again (first at %u:%u)", parser->name, b->line,
                   b->column, sst_quote(quoted, sizeof quoted, b->key, b->key_size), a->line, a->column);
    if (parser->status == SST_STATUS_OK)
      parser->status = SST_STATUS_CORRUPT;
  }
  free(members);
  return 1;
}

/** Reads `"key" :`. */
static int parse_key(parser_t *parser) {
  skip_space(parser);
  if (peek(parser) != '"')
    return fail_expected(parser, "a key in double quotes");
  if (!parse_string(parser, &parser->key, &parser->key_size))
    return 0;
  skip_space(parser);
  if (peek(parser) != ':')
    return fail_expected(parser, "':'");
  ++parser->position;
  return 1;
}

/** Opens the container that starts here. Sets `*closed` if it is empty, and then closes it again. */
static int open_container(parser_t *parser, int *closed) {
  int is_object = peek(parser) == '{';
  if (parser->depth == SST_JSON_MAX_DEPTH)
    return fail(parser, parser->position, SST_STATUS_UNSUPPORTED, "expects at most %u nested arrays and objects",
                SST_JSON_MAX_DEPTH);
  sst_json_value_t *value = add_value(parser);
  if (!value)
    return 0;
  value->kind = is_object ? SST_JSON_OBJECT : SST_JSON_ARRAY;
  ++parser->position;
  skip_space(parser);
  *closed = peek(parser) == (is_object ? '}' : ']');
  if (*closed) {
    ++parser->position;
    return 1;
  }
  parser->stack[parser->depth++].container = (uint32_t)(parser->count - 1);
  return !is_object || parse_key(parser);
}

/** After a value: closes what ends here and goes on to the next value. Sets `*done` when the root is complete. */
static int finish_value(parser_t *parser, int *done) {
  while (parser->depth > 0) {
    const sst_json_value_t *container = &parser->values[parser->stack[parser->depth - 1].container];
    int is_object = container->kind == SST_JSON_OBJECT;
    skip_space(parser);
    int byte = peek(parser);
    if (byte == ',') {
      ++parser->position;
      *done = 0;
      return !is_object || parse_key(parser);
    }
    if (byte != (is_object ? '}' : ']'))
      return fail_expected(parser, is_object ? "',' or '}'" : "',' or ']'");
    ++parser->position;
    if (is_object && !check_keys(parser, container))
      return 0;
    --parser->depth;
  }
  *done = 1;
  return 1;
}

/** Reads the whole text; 0 if it had to stop. Duplicate keys do not stop it. */
static int parse_text(parser_t *parser) {
  int done = 0;
  while (!done) {
    skip_space(parser);
    int byte = peek(parser), complete = 1;
    if (byte == '{' || byte == '[') {
      if (!open_container(parser, &complete))
        return 0;
    } else {
      sst_json_value_t *value = add_value(parser);
      if (!value || !parse_scalar(parser, value))
        return 0;
    }
    if (complete && !finish_value(parser, &done))
      return 0;
  }
  skip_space(parser);
  return parser->position == parser->size || fail_expected(parser, "the end of the text");
}

sst_status_t sst_json_parse(const char *bytes, size_t size, const char *name, sst_json_document_t **document,
                            sst_report_t *report) {
  *document = NULL;
  if (size > SST_JSON_MAX_BYTES)
    return sst_report_add(report, SST_STATUS_UNSUPPORTED, "%s: expects at most %u bytes, but got %zu", name,
                          SST_JSON_MAX_BYTES, size);
  const char *encoding;
  if (sst_byte_order_mark(bytes, size, &encoding))
    return sst_report_add(report, SST_STATUS_CORRUPT,
                          "%s:1:1: starts with a byte order mark of %s; save the text as UTF-8 without one", name,
                          encoding);
  parser_t parser = {.bytes = bytes, .name = name, .size = size, .line = 1, .report = report};
  sst_json_document_t *result = malloc(sizeof *result);
  parser.text = malloc(size + 1);
  if (!result || !parser.text)
    fail(&parser, 0, SST_STATUS_OUT_OF_MEMORY, "no memory for this text");
  else
    parse_text(&parser);
  if (parser.status != SST_STATUS_OK) {
    free(parser.text);
    free(parser.values);
    free(result);
    return parser.status;
  }
  result->text = parser.text;
  result->values = parser.values;
  *document = result;
  return SST_STATUS_OK;
}

void sst_json_free(sst_json_document_t *document) {
  if (!document)
    return;
  free(document->text);
  free(document->values);
  free(document);
}
