/*
 * JsonWriter.cpp - all digits of whole numbers, nine of others, which is more than any measurement has.
 */
#include "common/JsonWriter.h"

#include "sst/Runtime/sst_json.h"

#include <cmath>

namespace sst {

void JsonWriter::separate() {
  if (comma)
    std::fputc(',', stream);
  comma = true;
}

JsonWriter &JsonWriter::open(char bracket) {
  separate();
  std::fputc(bracket, stream);
  comma = false;
  return *this;
}

JsonWriter &JsonWriter::close(char bracket) {
  std::fputc(bracket, stream);
  comma = true;
  return *this;
}

JsonWriter &JsonWriter::key(const std::string &name) {
  separate();
  sst_json_print_string(stream, name.c_str());
  std::fputc(':', stream);
  comma = false;
  return *this;
}

JsonWriter &JsonWriter::string(const std::string &text) {
  separate();
  sst_json_print_string(stream, text.c_str());
  return *this;
}

JsonWriter &JsonWriter::number(double value) {
  if (!std::isfinite(value))
    return null();
  separate();
  bool whole = value == std::floor(value) && std::fabs(value) < 1e15;
  std::fprintf(stream, whole ? "%.0f" : "%.9g", value);
  return *this;
}

JsonWriter &JsonWriter::integer(uint64_t value) {
  separate();
  std::fprintf(stream, "%llu", static_cast<unsigned long long>(value));
  return *this;
}

JsonWriter &JsonWriter::null() {
  separate();
  std::fputs("null", stream);
  return *this;
}

} // namespace sst
