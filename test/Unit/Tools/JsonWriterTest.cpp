//===- JsonWriterTest.cpp - JSON as it is written -----------------------------------------------------------------===//

#include "common/JsonWriter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

using namespace sst;

TEST(JsonWriter, PutsCommasAndEscapes) {
  char *text = nullptr;
  size_t size = 0;
  FILE *stream = open_memstream(&text, &size);
  JsonWriter json(stream);
  json.beginObject().key("a").beginArray().integer(1).number(0.5).null().beginObject().endObject().endArray();
  json.key("n")
      .number(12345678901234)
      .key("b\"")
      .string("x\n")
      .key("c")
      .number(INFINITY)
      .key("d")
      .beginArray()
      .endArray()
      .endObject();
  std::fclose(stream);
  EXPECT_STREQ(text, R"({"a":[1,0.5,null,{}],"n":12345678901234,"b\"":"x\u000a","c":null,"d":[]})");
  std::free(text);
}
