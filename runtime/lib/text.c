/*
 * text.c - UTF-8, and untrusted text and shapes as messages show them.
 */
#include "text.h"

#include "sst/Runtime/sst_runtime.h"

#include <string.h>

static int is_continuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

size_t sst_utf8_length(const char *text, size_t size) {
  if (size == 0)
    return 0;
  const unsigned char *bytes = (const unsigned char *)text;
  unsigned char lead = bytes[0];
  if (lead < 0x80)
    return 1;
  size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || size < length)
    return 0;
  for (size_t i = 1; i < length; ++i)
    if (!is_continuation(bytes[i]))
      return 0;
  /* The second byte excludes overlong forms, surrogates and what is above U+10FFFF. */
  if ((lead == 0xe0 && bytes[1] < 0xa0) || (lead == 0xed && bytes[1] > 0x9f) || (lead == 0xf0 && bytes[1] < 0x90) ||
      (lead == 0xf4 && bytes[1] > 0x8f))
    return 0;
  return length;
}

int sst_utf8_valid(const char *text, size_t size) {
  while (size > 0) {
    size_t length = sst_utf8_length(text, size);
    if (length == 0)
      return 0;
    text += length;
    size -= length;
  }
  return 1;
}

size_t sst_utf8_encode(unsigned long code_point, char *output) {
  if (code_point < 0x80) {
    output[0] = (char)code_point;
    return 1;
  }
  if (code_point < 0x800) {
    output[0] = (char)(0xc0 | code_point >> 6);
    output[1] = (char)(0x80 | (code_point & 0x3f));
    return 2;
  }
  if (code_point < 0x10000) {
    output[0] = (char)(0xe0 | code_point >> 12);
    output[1] = (char)(0x80 | (code_point >> 6 & 0x3f));
    output[2] = (char)(0x80 | (code_point & 0x3f));
    return 3;
  }
  output[0] = (char)(0xf0 | code_point >> 18);
  output[1] = (char)(0x80 | (code_point >> 12 & 0x3f));
  output[2] = (char)(0x80 | (code_point >> 6 & 0x3f));
  output[3] = (char)(0x80 | (code_point & 0x3f));
  return 4;
}

size_t sst_printable_length(const char *text, size_t size) {
  size_t length = sst_utf8_length(text, size);
  unsigned char byte = (unsigned char)text[0];
  /* C1 controls (U+0080 to U+009F) can drive a terminal like the ones below U+0020. */
  int control = byte < 0x20 || byte == 0x7f || (byte == 0xc2 && length == 2 && (unsigned char)text[1] < 0xa0);
  return control ? 0 : length;
}

void sst_escape_byte(char byte, char output[4]) {
  static const char hex[] = "0123456789abcdef";
  const char escape[4] = {'\\', 'x', hex[(unsigned char)byte >> 4], hex[(unsigned char)byte & 15]};
  memcpy(output, escape, sizeof escape);
}

const char *sst_quote(char *buffer, size_t buffer_bytes, const char *text, size_t size) {
  static const char ending[] = "...'";
  size_t used = 0;
  buffer[used++] = '\'';
  while (size > 0) {
    size_t length = sst_printable_length(text, size);
    int plain = length > 0 && text[0] != '\'' && text[0] != '\\';
    size_t written = plain ? length : 4;
    if (used + written + sizeof ending > buffer_bytes) {
      memcpy(buffer + used, ending, sizeof ending);
      return buffer;
    }
    if (plain) {
      memcpy(buffer + used, text, length);
    } else {
      sst_escape_byte(text[0], buffer + used);
      length = 1;
    }
    used += written;
    text += length;
    size -= length;
  }
  buffer[used++] = '\'';
  buffer[used] = '\0';
  return buffer;
}

const char *sst_shape_text(const size_t *shape, uint32_t rank, char buffer[SST_SHAPE_TEXT_BYTES]) {
  size_t used = 0;
  buffer[used++] = '[';
  for (uint32_t i = 0; i < rank && i < SST_MAX_RANK; ++i)
    used += (size_t)snprintf(buffer + used, SST_SHAPE_TEXT_BYTES - used, "%s%zu", i ? ", " : "", shape[i]);
  buffer[used++] = ']';
  buffer[used] = '\0';
  return buffer;
}
