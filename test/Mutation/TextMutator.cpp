//===- TextMutator.cpp - damaged copies of a text ---------------------------------------------------------------===//

#include "TextMutator.h"

#include <algorithm>
#include <cctype>
#include <iterator>

using namespace sst;

/// Numbers at which something ends: of a type, a panel, a tile, a limit.
static constexpr const char *numbers[] = {"0",
                                          "1",
                                          "2",
                                          "3",
                                          "7",
                                          "15",
                                          "16",
                                          "17",
                                          "31",
                                          "32",
                                          "33",
                                          "255",
                                          "257",
                                          "4096",
                                          "?",
                                          "2147483647",
                                          "2147483648",
                                          "4294967296",
                                          "-1",
                                          "-7",
                                          "9223372036854775807",
                                          "0x1",
                                          "1.0",
                                          "1.0e38",
                                          "0x7FC00000",
                                          "4611686018427387904"};

static constexpr const char *words[] = {"f32",    "f64", "bf16", "i1",  "i32",   "i64",   "index", "tensor", "memref",
                                        "vector", "x",   "none", "ptr", "array", "dense", "loc",   "true",   "unit"};

/// What a text of the stage would not have. Each is at the start of a line, where an op may or may not be expected.
static constexpr const char *snippets[] = {
    "module @inner { sst.weight @w : tensor<4x4xf32> = dense<1.0> : tensor<4x4xf32>\n func.func @f(%x: "
    "tensor<?x?x4xf32>) "
    "-> tensor<?x?x4xf32> { %w = sst.get_weight @w : tensor<4x4xf32>\n %y = sst.dense %x, %w : (tensor<?x?x4xf32>, "
    "tensor<4x4xf32>) -> tensor<?x?x4xf32>\n return %y : tensor<?x?x4xf32> } }\n",
    "module {}\n",
    "#map = affine_map/*x*/<(d0) -> (d0)>\n",
    "#m0 = affine_map // <\n<(d0, d1)[s0] -> (d0 mod 4 + s0 floordiv 3 - d1 * -1)>\n",
    "#s0 = affine_set<(d0) : (d0 - 1 >= 0, d0 == 0)>\n",
    "// \r^bb7:\n",
    "^bb90:\n %q1 = arith.addf %q1, %q1 : f32\n cf.br ^bb90\n",
    "^bb91:\n %c1 = sst.last_row %c2 : tensor<?x1x4xf32> -> tensor<?x1x4xf32>\n %c2 = sst.last_row %c1 : "
    "tensor<?x1x4xf32> -> tensor<?x1x4xf32>\n cf.br ^bb91\n",
    "^bb92:\n %v1 = vector.insert %v2, %v1 [0] : vector<16xf32> into vector<2x16xf32>\n %v2 = vector.extract %v1[0] : "
    "vector<16xf32> from vector<2x16xf32>\n cf.br ^bb92\n",
    "sst.weight @splat : tensor<268435456x1xf32> = dense<1.0> : tensor<268435456x1xf32>\n",
    "sst.weight @missing : tensor<2x2xf32> = dense_resource<nowhere> : tensor<2x2xf32>\n",
    "sst.weight @other : tensor<4xf32> = dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>\n",
    "func.func private @external(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32>\n",
    "func.func @extra(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> { %y = arith.addf %x, %x : tensor<?x?x4xf32>\n "
    "return "
    "%y : tensor<?x?x4xf32> }\n",
    "func.func @several(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> { cf.br ^bb1(%x : tensor<?x?x4xf32>)\n^bb1(%y: "
    "tensor<?x?x4xf32>):\n return %y : tensor<?x?x4xf32> }\n",
    "llvm.func @foreign(%x: i64) -> i64 { llvm.return %x : i64\n^bb1:\n %y = llvm.add %y, %y : i64\n llvm.br ^bb1 }\n",
    "llvm.mlir.global internal constant @zeros() : !llvm.array<17179869184 x i8>\n",
    "memref.global \"private\" constant @table : memref<4294967296xf32> = dense<0.0>\n",
    "%a0 = arith.constant dense<1.0> : vector<1000000xf32>\n",
    "%a1 = arith.constant 1.0 : f32\n",
    "%a2 = arith.constant dense<0.0> : tensor<2x3x4xf32>\n",
    "%a3 = math.exp %a3 : f32\n",
    "%a4:2 = sst.dense %x, %w : (tensor<?x?x4xf32>, tensor<4x4xf32>) -> (tensor<?x?x1xf32>, tensor<?x?x3xf32>)\n",
    "return\n",
    "}\n",
    "{\n",
    "<<<<(((([[[[{{{{\n",
    "\"unterminated\n",
    "\xff\xfe\n",
    "loc(fused<\"x\">[\"a\", \"b\"])\n",
    "#loc9 = loc(#loc9)\n",
    "{-# dialect_resources: { builtin: { nowhere: \"0x04000000\" } } #-}\n",
};

TextMutator::TextMutator(std::string contents, const std::vector<std::string> &donors)
    : text(std::move(contents)), donors(donors) {
  findTokens();
  findLines();
}

/// Letters and digits are tokens of their own outside of names, so that a shape has its sizes.
void TextMutator::findTokens() {
  auto isNamePart = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '$' || c == '.'; };
  for (size_t i = 0; i < text.size();) {
    unsigned char c = text[i];
    size_t begin = i++;
    Kind kind = Kind::Sign;
    auto skip = [&](auto holds) {
      while (i < text.size() && holds(static_cast<unsigned char>(text[i])))
        ++i;
    };
    if (std::isspace(c))
      continue;
    if (c == '"') {
      kind = Kind::String;
      skip([](unsigned char d) { return d != '"' && d != '\n'; });
      i = std::min(text.size(), i + 1);
    } else if (std::isdigit(c)) {
      kind = Kind::Number;
      skip([](unsigned char d) { return std::isdigit(d); });
    } else if (std::isalpha(c) || c == '_') {
      kind = Kind::Word;
      skip([](unsigned char d) { return std::isalpha(d) || d == '_' || d == '.'; });
    } else if (std::string_view("%#@^!").find(static_cast<char>(c)) != std::string_view::npos) {
      kind = Kind::Name;
      skip(isNamePart);
    }
    tokens.push_back({begin, i, kind});
  }
}

void TextMutator::findLines() {
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    lines.push_back({begin, end});
    begin = end;
  }
}

TextMutator::Span TextMutator::pickLike(Span like, Random &random) const {
  for (int i = 0; i < 20; ++i)
    if (Span span = pickToken(random); span.kind == like.kind)
      return span;
  return like;
}

TextMutator::Span TextMutator::pickNumber(Random &random) const { return pickLike({0, 0, Kind::Number}, random); }

TextMutator::Edits TextMutator::changeTokens(Random &random) const {
  Span token = pickToken(random), other = pickLike(token, random);
  std::string copy(get(token));
  switch (random.below(6)) {
  case 0: // swap
    if (token.begin == other.begin)
      return {};
    return {{token.begin, token.end, std::string(get(other))}, {other.begin, other.end, copy}};
  case 1: // delete
    return {{token.begin, token.end, ""}};
  case 2: // twice
    return {{token.end, token.end, " " + copy}};
  case 3: // another word
    if (token.kind == Kind::Word)
      return {{token.begin, token.end, words[random.below(std::size(words))]}};
    [[fallthrough]];
  case 4: // one of the same kind
    return {{token.begin, token.end, std::string(get(other))}};
  default: // everything from here on
    if (random.below(8) != 0)
      return {{token.begin, token.end, std::string(get(pickToken(random)))}};
    return {{token.begin, text.size(), ""}};
  }
}

TextMutator::Edits TextMutator::changeLines(Random &random) const {
  Span line = pickLine(random), other = pickLine(random);
  std::string copy(get(line));
  switch (random.below(5)) {
  case 0: // delete
    return {{line.begin, line.end, ""}};
  case 1: // twice
    return {{line.end, line.end, copy}};
  case 2: // swap
    if (line.begin == other.begin)
      return {};
    return {{line.begin, line.end, std::string(get(other))}, {other.begin, other.end, copy}};
  case 3: // somewhere else, too
    return {{other.begin, other.begin, copy}};
  default: // of another text
    return {{line.begin, line.begin, donors[random.below(donors.size())]}};
  }
}

TextMutator::Edits TextMutator::changeNumber(Random &random) const {
  Span number = pickNumber(random);
  return {{number.begin, number.end, numbers[random.below(std::size(numbers))]}};
}

/// Lets everything of one name have another.
TextMutator::Edits TextMutator::renameAll(Random &random) const {
  Span from = pickLike({0, 0, Kind::Name}, random), to = pickLike(from, random);
  if (from.end == from.begin || get(from) == get(to))
    return {};
  Edits edits;
  for (Span token : tokens)
    if (token.kind == Kind::Name && get(token) == get(from))
      edits.push_back({token.begin, token.end, std::string(get(to))});
  return edits;
}

/// Removes `name = value`, up to the comma or bracket behind it.
TextMutator::Edits TextMutator::removeAttribute(Random &random) const {
  size_t start = random.below(tokens.size());
  for (size_t i = std::max<size_t>(start, 1); i < std::min(tokens.size(), start + 200); ++i) {
    if (get(tokens[i]) != "=")
      continue;
    size_t end = i;
    while (end + 1 < tokens.size() && get(tokens[end]) != "," && get(tokens[end]) != "}")
      ++end;
    size_t behind = get(tokens[end]) == "," ? tokens[end].end : tokens[end].begin;
    return {{tokens[i - 1].begin, behind, ""}};
  }
  return {};
}

TextMutator::Edits TextMutator::insertSnippet(Random &random) const {
  // Often right before the end of something: a function, a module.
  Span line = pickLine(random);
  for (int i = 0; i < 10 && random.below(2) == 0 && get(line).find('}') == std::string_view::npos; ++i)
    line = pickLine(random);
  return {{line.begin, line.begin, snippets[random.below(std::size(snippets))]}};
}

TextMutator::Edits TextMutator::change(Random &random) const {
  switch (random.below(12)) {
  case 0:
  case 1:
  case 2:
    return changeTokens(random);
  case 3:
  case 4:
    return changeLines(random);
  case 5:
  case 6:
  case 7:
    return changeNumber(random);
  case 8:
    return renameAll(random);
  case 9:
    return removeAttribute(random);
  default:
    return insertSnippet(random);
  }
}

std::string TextMutator::mutate(Random &random) const {
  Edits edits;
  for (size_t count = 1 + random.below(3); count > 0; --count)
    for (Edit &edit : change(random))
      edits.push_back(std::move(edit));
  std::stable_sort(edits.begin(), edits.end(), [](const Edit &a, const Edit &b) { return a.begin < b.begin; });
  std::string result;
  size_t done = 0;
  for (const Edit &edit : edits) {
    if (edit.begin < done) // overlaps the one before
      continue;
    result.append(text, done, edit.begin - done);
    result += edit.replacement;
    done = edit.end;
  }
  return result.append(text, done, std::string::npos);
}
