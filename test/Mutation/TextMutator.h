//===- TextMutator.h - damaged copies of a text -------------------------------------------------------*- C++ -*-===//
//
// Knows tokens and lines of MLIR's syntax, nothing of its meaning. The same seed gives the same copy.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_TEST_MUTATION_TEXTMUTATOR_H
#define SST_TEST_MUTATION_TEXTMUTATOR_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sst {

/// SplitMix64.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next() {
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// A number below `end`, which is not 0.
  size_t below(size_t end) { return next() % end; }

private:
  uint64_t state;
};

/// Makes damaged copies of one text.
class TextMutator {
public:
  /// `donors` are lines of other texts; they live as long as this.
  TextMutator(std::string text, const std::vector<std::string> &donors);

  /// A copy with one to three changes.
  std::string mutate(Random &random) const;
  const std::string &getText() const { return text; }

private:
  enum class Kind { Word, Number, Name, String, Sign };
  struct Span {
    size_t begin, end;
    Kind kind = Kind::Sign;
  };
  /// Text instead of [begin, end).
  struct Edit {
    size_t begin, end;
    std::string replacement;
  };
  using Edits = std::vector<Edit>;

  void findTokens();
  void findLines();
  std::string_view get(Span span) const { return std::string_view(text).substr(span.begin, span.end - span.begin); }
  Span pickToken(Random &random) const { return tokens[random.below(tokens.size())]; }
  Span pickLine(Random &random) const { return lines[random.below(lines.size())]; }
  /// A token of the same kind as `like`, or `like` if chance finds none.
  Span pickLike(Span like, Random &random) const;
  Span pickNumber(Random &random) const;

  Edits change(Random &random) const;
  Edits changeTokens(Random &random) const;
  Edits changeLines(Random &random) const;
  Edits changeNumber(Random &random) const;
  Edits renameAll(Random &random) const;
  Edits removeAttribute(Random &random) const;
  Edits insertSnippet(Random &random) const;

  std::string text;
  const std::vector<std::string> &donors;
  std::vector<Span> tokens, lines;
};

} // namespace sst

#endif // SST_TEST_MUTATION_TEXTMUTATOR_H
