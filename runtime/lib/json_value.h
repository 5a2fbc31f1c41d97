/*
 * json_value.h - what the JSON reader makes (json.c) and others ask for (json_value.c); private to the runtime library.
 */
#ifndef SST_RUNTIME_LIB_JSON_VALUE_H
#define SST_RUNTIME_LIB_JSON_VALUE_H

#include "sst/Runtime/sst_json.h"

struct sst_json_value {
  const char *key; /* NULL if not in an object */
  const char *text;
  uint32_t key_size, text_size;
  uint32_t line, column;
  uint32_t next, child; /* distances */
  uint32_t count;
  uint8_t kind, boolean;
};

struct sst_json_document {
  char *text;
  sst_json_value_t *values;
};

#endif /* SST_RUNTIME_LIB_JSON_VALUE_H */
