/*
 * text.h - UTF-8, and names in messages; private to the runtime library.
 */
#ifndef SST_RUNTIME_LIB_TEXT_H
#define SST_RUNTIME_LIB_TEXT_H

#include <stddef.h>

/** Room for a name as messages show it (sst_quote). */
#define QUOTED_BYTES 128

/** Length (1 to 4) of the well-formed UTF-8 sequence that starts at text[0], 0 if there is none in `size` bytes: no
 *  overlong form, no surrogate, nothing above U+10FFFF. */
size_t sst_utf8_length(const char *text, size_t size);

/** Whether all of `text` is well-formed UTF-8. */
int sst_utf8_valid(const char *text, size_t size);

/** Writes the UTF-8 of a code point (at most 0x10ffff, no surrogate) to `output` (4 bytes); returns its length. */
size_t sst_utf8_encode(unsigned long code_point, char *output);

/** Writes `\xNN` to `output` (4 bytes, without NUL). */
void sst_escape_byte(char byte, char output[4]);

#endif /* SST_RUNTIME_LIB_TEXT_H */
