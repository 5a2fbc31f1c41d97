/*
 * sst_json.h - a strict JSON reader.
 *
 * What is here: bytes to a tree that remembers where each value stood. What is not here: a writer, except for strings.
 * The text is untrusted: the reader is iterative, bounded in depth and number of values, validates UTF-8, refuses
 * duplicate keys, and knows no extension (no comments, no trailing comma, no NaN, no byte order mark).
 *
 * A document owns all of its values; it never changes after parsing, so any number of threads may read it.
 */
#ifndef SST_RUNTIME_SST_JSON_H
#define SST_RUNTIME_SST_JSON_H

#include "sst/Runtime/sst_report.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Arrays and objects may be nested this deep. */
#define SST_JSON_MAX_DEPTH 64u
/** A document has at most this many values. */
#define SST_JSON_MAX_VALUES 4194304u
/** A document has at most this many bytes. */
#define SST_JSON_MAX_BYTES 1000000000u

typedef enum sst_json_kind {
  SST_JSON_NULL,
  SST_JSON_BOOL,
  SST_JSON_NUMBER,
  SST_JSON_STRING,
  SST_JSON_ARRAY,
  SST_JSON_OBJECT
} sst_json_kind_t;

/** A parsed text. */
typedef struct sst_json_document sst_json_document_t;
/** A value in a document, valid as long as the document. */
typedef struct sst_json_value sst_json_value_t;

/**
 * Parses `size` bytes. `name` is what messages call the input: each is `<name>:<line>:<column>: <what>`, line and
 * column from 1, columns in bytes. All duplicate keys are reported; of syntax errors the first. On success `*document`
 * is the caller's, to be released with sst_json_free; on failure it is NULL. `bytes` is not kept. Memory comes from
 * malloc. Status: SST_STATUS_CORRUPT, SST_STATUS_UNSUPPORTED (a limit above), SST_STATUS_OUT_OF_MEMORY.
 */
SST_API sst_status_t sst_json_parse(const char *bytes, size_t size, const char *name, sst_json_document_t **document,
                                    sst_report_t *report);

/** Releases a document and all of its values. Also on NULL. */
SST_API void sst_json_free(sst_json_document_t *document);

/** The outermost value, of any kind. */
SST_API const sst_json_value_t *sst_json_root(const sst_json_document_t *document);

/** The kind of a value; `sst_json_kind_name` is "null", "boolean", "number", "string", "array" or "object". */
SST_API sst_json_kind_t sst_json_kind(const sst_json_value_t *value);
SST_API const char *sst_json_kind_name(sst_json_kind_t kind);

/** Where the value starts, both from 1; columns count bytes. */
SST_API size_t sst_json_line(const sst_json_value_t *value);
SST_API size_t sst_json_column(const sst_json_value_t *value);

/** Number of elements of an array or members of an object, 0 for other kinds. */
SST_API size_t sst_json_count(const sst_json_value_t *value);

/** First element or member (NULL if there is none), and the one that follows `value` in its parent (NULL at the end),
 * in the order of the text. */
SST_API const sst_json_value_t *sst_json_first(const sst_json_value_t *parent);
SST_API const sst_json_value_t *sst_json_next(const sst_json_value_t *value);

/** The key of an object's member, NULL for a value that is not in an object. Unescaped UTF-8, NUL-terminated; may
 * contain NULs of its own, `*size` (unless NULL) is its length. */
SST_API const char *sst_json_key(const sst_json_value_t *member, size_t *size);

/** The member with this NUL-terminated key; NULL if there is none or `object` is not an object. Linear in its members.
 */
SST_API const sst_json_value_t *sst_json_find(const sst_json_value_t *object, const char *key);

/** Typed getters: return 1 and write the result, or return 0 and write nothing if the value is of another kind or (for
 *  integers) not written as an integer or out of range. Allocate nothing, except that sst_json_get_double may while it
 *  sets up the C locale. */
SST_API int sst_json_get_bool(const sst_json_value_t *value, int *result);
/** A number without fraction and exponent that fits. */
SST_API int sst_json_get_int64(const sst_json_value_t *value, int64_t *result);
/** The same, without sign. */
SST_API int sst_json_get_uint64(const sst_json_value_t *value, uint64_t *result);
/** Any finite number, rounded to nearest, independent of the locale. 0 also if it overflows. */
SST_API int sst_json_get_double(const sst_json_value_t *value, double *result);
/** A string: unescaped UTF-8, NUL-terminated, may contain NULs of its own; `*size` may be NULL. Owned by the document.
 */
SST_API int sst_json_get_string(const sst_json_value_t *value, const char **text, size_t *size);
/** The text of a number as it was written, NUL-terminated. Owned by the document. */
SST_API int sst_json_get_number_text(const sst_json_value_t *value, const char **text);

/** Writes a string with its quotes and escapes. `text` is UTF-8; what is not is written as U+FFFD. Errors stay in
 * `stream`. */
SST_API void sst_json_print_string(FILE *stream, const char *text);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SST_RUNTIME_SST_JSON_H */
