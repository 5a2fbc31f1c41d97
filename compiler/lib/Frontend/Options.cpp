//===- Options.cpp - values of options --------------------------------------------------------------------------===//

#include "sst/Compiler/Options.h"

#include "sst/Compiler/Check.h"
#include "sst/Compiler/Family.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cstdio>

using namespace sst;
using llvm::StringRef;
using llvm::Twine;

static std::optional<OptionValue> parseSize(const OptionInfo &info, StringRef text) {
  OptionValue value;
  bool digits = !text.empty() && text.find_first_not_of("0123456789") == StringRef::npos;
  if (!digits || text.getAsInteger(10, value.integer) || !isValid(info, value))
    return std::nullopt;
  return value;
}

static std::optional<OptionValue> parseNumber(const OptionInfo &info, StringRef text) {
  OptionValue value;
  // Excludes what getAsDouble reads besides: nan, inf, hexadecimal.
  bool decimal = !text.empty() && text.size() <= 64 && text.find_first_not_of("0123456789.eE+-") == StringRef::npos;
  if (!decimal || text.getAsDouble(value.number) || !isValid(info, value))
    return std::nullopt;
  if (value.number == 0)
    value.number = 0; // no -0
  return value;
}

std::optional<OptionValue> sst::parseOption(const OptionInfo &info, StringRef text) {
  switch (info.kind) {
  case OptionKind::Size:
    return parseSize(info, text);
  case OptionKind::Number:
    return parseNumber(info, text);
  case OptionKind::Choice:
    break;
  }
  const auto *choice = llvm::find(info.choices, text);
  if (choice == info.choices.end())
    return std::nullopt;
  return OptionValue{choice - info.choices.begin(), 0};
}

/// The shortest text that reads back as `value`.
static std::string formatNumber(double value) {
  char buffer[40];
  for (int digits = 1; digits <= 17; ++digits) {
    snprintf(buffer, sizeof buffer, "%.*g", digits, value);
    double back;
    if (!StringRef(buffer).getAsDouble(back) && back == value)
      break;
  }
  return buffer;
}

std::string sst::stringifyOption(const OptionInfo &info, OptionValue value) {
  switch (info.kind) {
  case OptionKind::Size:
    return llvm::itostr(value.integer);
  case OptionKind::Number:
    return formatNumber(value.number);
  case OptionKind::Choice:
    break;
  }
  return info.choices[static_cast<size_t>(value.integer)].str();
}

std::string sst::describeValues(const OptionInfo &info) {
  switch (info.kind) {
  case OptionKind::Size:
    return "an integer from 1 to " + llvm::itostr(info.limit);
  case OptionKind::Number:
    return "a number in [0, " + llvm::itostr(info.limit) + ")";
  case OptionKind::Choice:
    break;
  }
  return llvm::join(info.choices, " or ");
}

bool sst::isValid(const OptionInfo &info, OptionValue value) {
  switch (info.kind) {
  case OptionKind::Size:
    return value.integer >= 1 && value.integer <= info.limit;
  case OptionKind::Number:
    return value.number >= 0 && value.number < static_cast<double>(info.limit);
  case OptionKind::Choice:
    break;
  }
  return value.integer >= 0 && static_cast<size_t>(value.integer) < info.choices.size();
}

OptionValues::OptionValues(const Family &family) : family(&family) {
  for (const OptionInfo &info : family.getOptions())
    values.push_back(parseOption(info, info.defaultText).value_or(OptionValue()));
}

const Family &OptionValues::getFamily() const {
  SST_CHECK(family, "these options belong to no family");
  return *family;
}

size_t OptionValues::getIndex(StringRef name) const {
  return static_cast<size_t>(&getOption(getFamily(), name) - family->getOptions().begin());
}

size_t OptionValues::getIndex(StringRef name, OptionKind kind) const {
  size_t index = getIndex(name);
  SST_CHECK(family->getOptions()[index].kind == kind, "option " + name + " is of another kind");
  return index;
}

int64_t OptionValues::getSize(StringRef name) const { return values[getIndex(name, OptionKind::Size)].integer; }

double OptionValues::getNumber(StringRef name) const { return values[getIndex(name, OptionKind::Number)].number; }

StringRef OptionValues::getChoice(StringRef name) const {
  size_t index = getIndex(name, OptionKind::Choice);
  return family->getOptions()[index].choices[static_cast<size_t>(values[index].integer)];
}

OptionValue OptionValues::get(StringRef name) const { return values[getIndex(name)]; }

std::string OptionValues::getText(StringRef name) const {
  size_t index = getIndex(name);
  return stringifyOption(family->getOptions()[index], values[index]);
}

void OptionValues::setSize(StringRef name, int64_t size) { values[getIndex(name, OptionKind::Size)].integer = size; }

void OptionValues::setNumber(StringRef name, double number) {
  values[getIndex(name, OptionKind::Number)].number = number;
}

void OptionValues::setChoice(StringRef name, StringRef word) {
  size_t index = getIndex(name, OptionKind::Choice);
  std::optional<OptionValue> value = parseOption(family->getOptions()[index], word);
  SST_CHECK(value, "option " + name + " has no choice " + word);
  values[index] = *value;
}

void OptionValues::set(StringRef name, OptionValue value) { values[getIndex(name)] = value; }

const StatedOption *StatedOptions::find(StringRef name) const {
  auto option = options.find(name);
  return option != options.end() && option->second ? &*option->second : nullptr;
}

void sst::applyStatedOptions(const StatedOptions &stated, OptionValues &options) {
  for (const OptionInfo &info : stated.getFamily().getOptions())
    if (const StatedOption *option = stated.find(info.name))
      options.set(info.name, option->value);
}

OptionValues sst::mergeOptions(const StatedOptions &stated, Report &report) {
  for (const OptionInfo &info : stated.getFamily().getOptions())
    if (info.defaultText.empty() && !stated.isMentioned(info.name))
      report.addUsage("--" + info.flag, "is missing and has no default",
                      "give --" + info.flag + "=N, or \"" + info.name + "\" in the file of --options");
  OptionValues options(stated.getFamily());
  applyStatedOptions(stated, options);
  return options;
}
