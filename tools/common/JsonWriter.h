/*
 * JsonWriter.h - writes JSON to a stream, one value after the other. Errors stay in the stream.
 */
#ifndef SST_TOOLS_COMMON_JSONWRITER_H
#define SST_TOOLS_COMMON_JSONWRITER_H

#include <cstdint>
#include <cstdio>
#include <string>

namespace sst {

/// Puts the commas. The caller sees to it that brackets match and that every member of an object has a key.
class JsonWriter {
public:
  explicit JsonWriter(FILE *stream) : stream(stream) {}

  JsonWriter &beginObject() { return open('{'); }
  JsonWriter &endObject() { return close('}'); }
  JsonWriter &beginArray() { return open('['); }
  JsonWriter &endArray() { return close(']'); }

  /// The key of the next value.
  JsonWriter &key(const std::string &name);
  JsonWriter &string(const std::string &text);
  /// Whole numbers exactly, others with nine digits; null if the number is not finite.
  JsonWriter &number(double value);
  JsonWriter &integer(uint64_t value);
  JsonWriter &null();

private:
  FILE *stream;
  bool comma = false; ///< whether the next value needs one in front

  JsonWriter &open(char bracket);
  JsonWriter &close(char bracket);
  void separate();
};

} // namespace sst

#endif // SST_TOOLS_COMMON_JSONWRITER_H
