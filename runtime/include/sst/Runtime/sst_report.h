/*
 * sst_report.h - status text, one error, and a list of problems.
 *
 * What is here: how every function of the runtime library says what went wrong. What is not here: printing or
 * aborting; the library does neither, `sst_report_print` writes to the stream that its caller names.
 *
 * Messages are `<file or other input>: <what>`, one line, without a full stop at the end. Text that comes from a file
 * is quoted, shortened and made printable before it gets into a message. A tool puts `tool: error: ` in front.
 */
#ifndef SST_RUNTIME_SST_REPORT_H
#define SST_RUNTIME_SST_REPORT_H

#include "sst/Runtime/sst_abi.h"

#include <stdarg.h>
#include <stdio.h>

/* Marks what the runtime library exports when it is built with hidden visibility. */
#if defined(__GNUC__)
#define SST_API __attribute__((visibility("default")))
#define SST_PRINTF(format_index, first_argument) __attribute__((format(printf, format_index, first_argument)))
#else
#define SST_API
#define SST_PRINTF(format_index, first_argument)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** What a status means, in a few lower-case words: "file or symbol not found". Never NULL, also for unknown values.
 *  Constant memory, any thread. */
SST_API const char *sst_status_text(sst_status_t status);

/** Size of the text in an sst_error_t. */
#define SST_ERROR_MESSAGE_BYTES 512

/** One error. Owned by the caller, usually on the stack; needs no initialisation and no release. Functions take it
 *  as a last argument that may be NULL, write it when they fail and leave it alone when they succeed. */
typedef struct sst_error {
  sst_status_t status;
  char message[SST_ERROR_MESSAGE_BYTES];
} sst_error_t;

/** Fills `error` (unless NULL) like printf, cutting off what does not fit, and returns `status`. Allocates nothing. */
SST_API sst_status_t sst_error_set(sst_error_t *error, sst_status_t status, const char *format, ...) SST_PRINTF(3, 4);

/** A report keeps this many messages; further ones are only counted. */
#define SST_REPORT_MAX_MESSAGES 1000u

/**
 * All problems of one input. Owned by the caller; start with `sst_report_t report = {0};` and end with
 * `sst_report_free`. One report serves one thread at a time. Functions take it as a last argument that may be NULL,
 * add one message for each problem that they find and leave what is already there. Memory comes from malloc; a message
 * for which there is none is counted, not kept.
 */
typedef struct sst_report {
  char **messages;     /**< `kept` texts; NULL if none */
  size_t kept;         /**< number of messages that are kept */
  size_t capacity;     /**< private */
  size_t count;        /**< number of problems found, `kept` or more */
  sst_status_t status; /**< status of the first problem, SST_STATUS_OK if there is none */
} sst_report_t;

/** Adds a message (like printf, up to SST_ERROR_MESSAGE_BYTES) unless `report` is NULL, and returns `status`. */
SST_API sst_status_t sst_report_add(sst_report_t *report, sst_status_t status, const char *format, ...)
    SST_PRINTF(3, 4);

/** Adds the message of `error` unless `report` is NULL, and returns its status. */
SST_API sst_status_t sst_report_add_error(sst_report_t *report, const sst_error_t *error);

/** Number of problems. NULL counts as an empty report. */
SST_API size_t sst_report_count(const sst_report_t *report);

/** Message `index` of [0, report->kept); NULL beyond. Owned by the report, valid until the next change of it. */
SST_API const char *sst_report_message(const sst_report_t *report, size_t index);

/** Writes one line `<prefix><message>` for each kept message, and a last one with the number of the others if there
 *  are any. `prefix` is for instance "sst-run: error: "; NULL is "". Messages may have names of files in them: what
 *  cannot be printed (sst_printable_length) is written as `\xNN`. */
SST_API void sst_report_print(const sst_report_t *report, FILE *stream, const char *prefix);

/** Releases the messages and makes the report empty. Also on an empty one and on NULL. */
SST_API void sst_report_free(sst_report_t *report);

/** Writes `size` bytes at `text` to `buffer` as a message shows them: in single quotes, printable ASCII and valid UTF-8
 *  as they are, everything else and quotes as `\xNN`, "..." in the place of what does not fit. Always ends with NUL;
 *  `buffer_bytes` is at least 16. Returns `buffer`. */
SST_API const char *sst_quote(char *buffer, size_t buffer_bytes, const char *text, size_t size);

/** Length (1 to 4) of the character at the start of `text`, which has `size` bytes (at least 1), if it can be printed
 *  as it is; 0 for a control character (U+0000 to U+001F, U+007F to U+009F), which can end a line or drive a terminal,
 *  and for what is no UTF-8: then the first byte is one to escape. */
SST_API size_t sst_printable_length(const char *text, size_t size);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* SST_RUNTIME_SST_REPORT_H */
