/*
 * status.c - the words for a status, one error, the list of problems, and the library's version.
 */
#define _GNU_SOURCE
#include "sst/Runtime/sst_runtime.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

const char *sst_runtime_version(void) { return "0.1.0"; }

const char *sst_status_text(sst_status_t status) {
  switch (status) {
  case SST_STATUS_OK:
    return "ok";
  case SST_STATUS_INVALID_ARGUMENT:
    return "invalid argument";
  case SST_STATUS_BAD_VERSION:
    return "unknown interface version";
  case SST_STATUS_MISALIGNED:
    return "misaligned buffer";
  case SST_STATUS_WORKSPACE_TOO_SMALL:
    return "workspace too small";
  case SST_STATUS_SIZE_OVERFLOW:
    return "sizes too large";
  case SST_STATUS_UNSUPPORTED_VARIANT:
    return "variant not in the artefact or not supported by this CPU";
  case SST_STATUS_NOT_FOUND:
    return "file or symbol not found";
  case SST_STATUS_IO_ERROR:
    return "input or output error";
  case SST_STATUS_CORRUPT:
    return "corrupt file";
  case SST_STATUS_OUT_OF_MEMORY:
    return "out of memory";
  case SST_STATUS_UNSUPPORTED:
    return "not supported by this version, or not compiled into the artefact";
  case SST_STATUS_CAPACITY_EXCEEDED:
    return "more rows than a stream or a call can have";
  case SST_STATUS_FOREIGN_STATE:
    return "state of another model or of other compile options";
  case SST_STATUS_TRUNCATED_STATE:
    return "state or snapshot, or the memory for one, smaller than state_bytes";
  case SST_STATUS_CORRUPT_STATE:
    return "not a state, or a damaged one";
  case SST_STATUS_ROLLBACK_EXCEEDED:
    return "rollback by more rows than the state remembers";
  }
  return "unknown status";
}

static sst_status_t set_error(sst_error_t *error, sst_status_t status, const char *format, va_list arguments) {
  error->status = status;
  if (vsnprintf(error->message, sizeof error->message, format, arguments) < 0)
    error->message[0] = '\0';
  return status;
}

sst_status_t sst_error_set(sst_error_t *error, sst_status_t status, const char *format, ...) {
  if (!error)
    return status;
  va_list arguments;
  va_start(arguments, format);
  set_error(error, status, format, arguments);
  va_end(arguments);
  return status;
}

/** Makes room for one more message; 0 if there is no memory. */
static int reserve_message(sst_report_t *report) {
  if (report->kept < report->capacity)
    return 1;
  size_t capacity = report->capacity ? 2 * report->capacity : 16;
  char **messages = realloc(report->messages, capacity * sizeof *messages);
  if (!messages)
    return 0;
  report->messages = messages;
  report->capacity = capacity;
  return 1;
}

sst_status_t sst_report_add_error(sst_report_t *report, const sst_error_t *error) {
  if (!report)
    return error->status;
  if (report->count++ == 0)
    report->status = error->status;
  if (report->kept < SST_REPORT_MAX_MESSAGES && reserve_message(report)) {
    char *copy = strdup(error->message);
    if (copy)
      report->messages[report->kept++] = copy;
  }
  return error->status;
}

sst_status_t sst_report_add(sst_report_t *report, sst_status_t status, const char *format, ...) {
  if (!report)
    return status;
  sst_error_t error;
  va_list arguments;
  va_start(arguments, format);
  set_error(&error, status, format, arguments);
  va_end(arguments);
  return sst_report_add_error(report, &error);
}

size_t sst_report_count(const sst_report_t *report) { return report ? report->count : 0; }

const char *sst_report_message(const sst_report_t *report, size_t index) {
  return report && index < report->kept ? report->messages[index] : NULL;
}

/** Writes a message as one line. */
static void print_line(FILE *stream, const char *text) {
  size_t size = strlen(text);
  while (size > 0) {
    char escape[4];
    size_t length = sst_printable_length(text, size);
    if (length == 0) {
      sst_escape_byte(text[0], escape);
      fwrite(escape, 1, sizeof escape, stream);
      length = 1;
    } else {
      fwrite(text, 1, length, stream);
    }
    text += length;
    size -= length;
  }
  fputc('\n', stream);
}

void sst_report_print(const sst_report_t *report, FILE *stream, const char *prefix) {
  if (!report)
    return;
  if (!prefix)
    prefix = "";
  for (size_t i = 0; i < report->kept; ++i) {
    fputs(prefix, stream);
    print_line(stream, report->messages[i]);
  }
  if (report->count > report->kept)
    fprintf(stream, "%s%zu more problems\n", prefix, report->count - report->kept);
}

void sst_report_free(sst_report_t *report) {
  if (!report)
    return;
  for (size_t i = 0; i < report->kept; ++i)
    free(report->messages[i]);
  free(report->messages);
  memset(report, 0, sizeof *report);
}
