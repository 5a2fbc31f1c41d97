//===- CheckText.cpp - bounds on the text of a module -----------------------------------------------------------===//
//
// What MLIR's parser cannot take is refused before it sees it: it recurses into brackets and into affine expressions,
// takes quadratic time over long expressions, lists of dimensions and numbers, and has a slot for every result up to
// the one that a use names. The scanner divides the text into tokens exactly as MLIR's lexer does, so that neither a
// comment nor a string hides anything, and counts operators wherever they stand.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Driver.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace sst;

/// What the compiler itself writes stays below 20.
static constexpr size_t maxDepth = 256;
/// Letters of an affine map or set.
static constexpr size_t maxAffineText = 4096;
/// Operators between two tokens that no affine expression has, outside of what is known to be one.
static constexpr size_t maxOperators = 512;
/// Letters of a number, and of a list of sizes without spaces.
static constexpr size_t maxNumberText = 1024;
/// Numbers of results, and bits of integer types, that a text may name.
static constexpr uint64_t maxResultNumber = 1u << 20, maxBits = 4096;
/// The sum of the largest numbers of results that are named, over the names of each region.
static constexpr uint64_t maxResultNumbers = 1u << 22;

namespace {
/// Follows the tokens of a text.
class TextScanner {
public:
  TextScanner(StringRef text, StringRef file, Report &report) : text(text), file(file), report(report) {}
  bool run();

private:
  enum class Kind { End, String, Word, Number, Name, Arrow, Sign };
  struct Token {
    Kind kind = Kind::End;
    StringRef text;
  };
  Token next();
  void skipSpace();
  size_t findStringEnd() const;
  size_t findNumberEnd() const;
  size_t findNameEnd() const;
  bool check(Token token);
  bool checkBracket(char bracket);
  bool checkResultNumber(StringRef name, StringRef digits);
  bool checkWord(StringRef word);
  void close(char bracket);
  bool startsValue() const;
  size_t getRegion() const { return regions.empty() ? 0 : regions.back(); }
  bool reject(const llvm::Twine &what);
  char at(size_t index) const { return index < text.size() ? text[index] : '\0'; }
  size_t skipWhile(size_t index, bool (*holds)(char)) const {
    while (index < text.size() && holds(text[index]))
      ++index;
    return index;
  }

  StringRef text, file;
  Report &report;
  size_t position = 0;
  Token previous;
  /// Open brackets, where the innermost region or dictionary around each starts, and where the first bracket of an
  /// affine map or set is.
  SmallVector<char> brackets;
  SmallVector<size_t> regions;
  size_t affineDepth = 0, affineStart = 0;
  /// The largest number of a result that is named, by region and name, and their sum.
  llvm::DenseMap<std::pair<size_t, StringRef>, uint64_t> resultNumbers;
  uint64_t sumOfResultNumbers = 0;
  /// Operators since the last token that no affine expression has.
  size_t operators = 0;
};
} // namespace

bool TextScanner::reject(const llvm::Twine &what) {
  size_t line = text.take_front(position).count('\n') + 1;
  report.add(file + ":" + llvm::Twine(line), "", what, "compile a module that sst-compile or sst-opt wrote");
  return false;
}

//===------------------------------------------------------------------------------------------------------------===//
// Tokens
//===------------------------------------------------------------------------------------------------------------===//

static bool isDigit(char c) { return llvm::isDigit(c); }
static bool isHexDigit(char c) { return llvm::isHexDigit(c); }
static bool isWordPart(char c) { return llvm::isAlnum(c) || c == '_' || c == '$' || c == '.'; }
static bool isNamePart(char c) { return isWordPart(c) || c == '-'; }

void TextScanner::skipSpace() {
  while (position < text.size()) {
    char c = text[position];
    if (c == '/' && at(position + 1) == '/')
      // A carriage return ends a comment, too.
      position = std::min(text.size(), text.find_first_of("\n\r", position));
    else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0')
      ++position;
    else
      return;
  }
}

/// The end of the string that starts here; where a letter that no string has is, parsing ends with an error.
size_t TextScanner::findStringEnd() const {
  for (size_t i = position + 1; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return i + 1;
    else if (text[i] == '\n' || text[i] == '\v' || text[i] == '\f')
      return i;
  }
  return text.size();
}

size_t TextScanner::findNumberEnd() const {
  if (text[position] == '0' && at(position + 1) == 'x' && isHexDigit(at(position + 2)))
    return skipWhile(position + 2, isHexDigit);
  size_t end = skipWhile(position, isDigit);
  if (at(end) != '.')
    return end;
  end = skipWhile(end + 1, isDigit);
  size_t exponent = end + 1 + (at(end + 1) == '+' || at(end + 1) == '-');
  if ((at(end) == 'e' || at(end) == 'E') && isDigit(at(exponent)))
    return skipWhile(exponent, isDigit);
  return end;
}

/// The end of `%value`, `#alias`, `!type`, `^block` or `@symbol`.
size_t TextScanner::findNameEnd() const {
  if (isDigit(at(position + 1)))
    return skipWhile(position + 1, isDigit);
  return skipWhile(position + 1, text[position] == '@' ? isWordPart : isNamePart);
}

TextScanner::Token TextScanner::next() {
  skipSpace();
  if (position == text.size())
    return {};
  char c = text[position], following = at(position + 1);
  Kind kind = Kind::Sign;
  size_t end = position + 1;
  if (c == '"') {
    kind = Kind::String;
    end = findStringEnd();
  } else if (isDigit(c)) {
    kind = Kind::Number;
    end = findNumberEnd();
  } else if (llvm::isAlpha(c) || c == '_') {
    kind = Kind::Word;
    end = skipWhile(position, isWordPart);
  } else if (c == '#' && following == '-' && at(position + 2) == '}') { // the end of a section of resources
    position += 2;
    end = position + 1;
  } else if (StringRef("%#!^@").contains(c)) {
    kind = Kind::Name;
    end = findNameEnd();
  } else if (c == '-' && following == '>') {
    kind = Kind::Arrow;
    end = position + 2;
  } else if (c == '{' && following == '-' && at(position + 2) == '#') {
    end = position + 3;
  }
  Token token{kind, text.slice(position, end)};
  position = end;
  return token;
}

//===------------------------------------------------------------------------------------------------------------===//
// Bounds
//===------------------------------------------------------------------------------------------------------------===//

bool TextScanner::checkBracket(char bracket) {
  if (brackets.size() >= maxDepth)
    return reject("expects brackets to be nested at most " + llvm::Twine(maxDepth) + " deep, but there are more");
  if (affineDepth == 0 && bracket == '<' && (previous.text == "affine_map" || previous.text == "affine_set")) {
    affineDepth = brackets.size() + 1;
    affineStart = position;
  }
  brackets.push_back(bracket);
  regions.push_back(bracket == '{' ? position : getRegion());
  return true;
}

void TextScanner::close(char bracket) {
  char opening = bracket == ')' ? '(' : bracket == ']' ? '[' : bracket == '}' ? '{' : '<';
  // A '>' is not always a bracket; the others close what was opened inside them.
  if (bracket == '>' && (brackets.empty() || brackets.back() != '<'))
    return;
  if (!llvm::is_contained(brackets, opening))
    return;
  while (brackets.pop_back_val() != opening)
    ;
  regions.truncate(brackets.size());
  if (brackets.size() < affineDepth)
    affineDepth = 0;
}

/// Whether a '-' here is the sign of what follows it, not a difference.
bool TextScanner::startsValue() const {
  return previous.kind == Kind::Sign && StringRef("([{<,:=").contains(previous.text.back());
}

/// `i8`, `si8`, `ui8`, and the end of a shape such as `x4xi8`.
bool TextScanner::checkWord(StringRef word) {
  StringRef digits = word.take_back(word.size() - (word.find_last_not_of("0123456789") + 1));
  StringRef rest = word.drop_back(digits.size());
  uint64_t bits;
  if (digits.empty() || !rest.consume_back("i") || !(rest.empty() || StringRef("xsu").contains(rest.back())))
    return true;
  if (digits.getAsInteger(10, bits) || bits > maxBits)
    return reject("expects integers of at most " + llvm::Twine(maxBits) + " bits, but got '" + word.take_back(32) +
                  "'");
  return true;
}

/// `%name#digits`. Each name of a region gets slots for all results up to the largest one that is named.
bool TextScanner::checkResultNumber(StringRef name, StringRef digits) {
  uint64_t number;
  if (digits.getAsInteger(10, number) || number > maxResultNumber)
    return reject("expects numbers of results up to " + llvm::Twine(maxResultNumber) + ", but got '#" +
                  digits.take_front(31) + "'");
  uint64_t &largest = resultNumbers[{getRegion(), name}];
  sumOfResultNumbers += std::max(number, largest) - largest;
  largest = std::max(number, largest);
  if (sumOfResultNumbers > maxResultNumbers)
    return reject("expects the largest numbers of results, one for each name, to be at most " +
                  llvm::Twine(maxResultNumbers) + " in sum, but they are more");
  return true;
}

bool TextScanner::check(Token token) {
  char sign = token.kind == Kind::Sign ? token.text.back() : '\0';
  bool isOperator = sign == '+' || (sign == '*' && previous.text != "<") ||
                    (sign == '-' && !(startsValue() && isDigit(at(position)))) || token.text == "mod" ||
                    token.text == "floordiv" || token.text == "ceildiv";
  if (token.kind == Kind::String || token.kind == Kind::Name || sign == '{' || sign == '}')
    operators = 0;
  operators += isOperator;
  if (operators > maxOperators && affineDepth == 0)
    return reject("expects expressions of at most " + llvm::Twine(maxOperators) + " operators");
  if (token.kind == Kind::Number && token.text.size() > maxNumberText)
    return reject("expects numbers of at most " + llvm::Twine(maxNumberText) + " characters");
  // A list of sizes is one word, of which MLIR's parser takes one size and reads the rest again.
  if (token.kind == Kind::Word && token.text[0] == 'x' && token.text.size() > maxNumberText)
    return reject("expects sizes of at most " + llvm::Twine(maxNumberText) + " characters in a row");
  if (token.kind == Kind::Word && !checkWord(token.text))
    return false;
  if (previous.text.starts_with("%") && token.text.size() > 1 && token.text[0] == '#' && isDigit(token.text[1]) &&
      !checkResultNumber(previous.text, token.text.drop_front()))
    return false;
  if (StringRef("([<{").contains(sign) || token.text == "{-#") {
    if (!checkBracket(token.text[0]))
      return false;
  } else if (StringRef(")]}>").contains(sign)) {
    close(sign);
  }
  if (affineDepth != 0 && position - affineStart > maxAffineText)
    return reject("expects an affine map of at most " + llvm::Twine(maxAffineText) + " characters");
  return true;
}

bool TextScanner::run() {
  for (Token token = next(); token.kind != Kind::End; token = next()) {
    if (!check(token))
      return false;
    previous = token;
  }
  return true;
}

bool sst::checkNesting(StringRef text, StringRef file, Report &report) { return TextScanner(text, file, report).run(); }
