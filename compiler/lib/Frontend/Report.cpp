//===- Report.cpp - all problems of one compilation -------------------------------------------------------------===//

#include "sst/Compiler/Report.h"

#include "sst/Runtime/sst_report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace sst;
using llvm::ArrayRef;
using llvm::StringRef;
using llvm::Twine;

void Report::add(const Twine &file, const Twine &place, const Twine &what, const Twine &remedy) {
  problems.push_back({file.str(), place.str(), what.str(), remedy.str(), /*usage=*/false});
}

void Report::addUsage(const Twine &place, const Twine &what, const Twine &remedy) {
  problems.push_back({"command line", place.str(), what.str(), remedy.str(), /*usage=*/true});
}

void Report::addNote(const Twine &file, const Twine &what) { notes.push_back((file + ": " + what).str()); }

/// Splits the runtime library's `<file>: <what>` or `<file>:<line>:<column>: <what>`.
static Problem splitMessage(StringRef file, StringRef message) {
  Problem problem;
  problem.file = file.str();
  problem.what = message.str();
  if (file.empty() || !message.starts_with(file))
    return problem;
  size_t colon = message.find(": ", file.size());
  StringRef position = message.slice(file.size(), colon);
  if (colon == StringRef::npos || position.find_first_not_of("0123456789:") != StringRef::npos)
    return problem;
  problem.file = message.take_front(colon).str();
  problem.what = message.drop_front(colon + 2).str();
  return problem;
}

void Report::add(const Twine &file, const ::sst_report &report) {
  std::string name = file.str();
  for (size_t i = 0; i < report.kept; ++i)
    problems.push_back(splitMessage(name, sst_report_message(&report, i)));
  if (report.count > report.kept)
    add(name, "", "has " + Twine(report.count - report.kept) + " further problems");
}

void Report::add(const Twine &file, const ::sst_error &error) {
  problems.push_back(splitMessage(file.str(), error.message));
}

int Report::getExitCode() const {
  if (problems.empty())
    return 0;
  return llvm::all_of(problems, [](const Problem &problem) { return problem.usage; }) ? 2 : 1;
}

/// Writes `text` without anything that could end the line or drive a terminal.
static void printLine(llvm::raw_ostream &stream, StringRef text) {
  while (!text.empty()) {
    size_t length = sst_printable_length(text.data(), text.size());
    auto byte = static_cast<unsigned char>(text.front());
    if (length > 0)
      stream << text.take_front(length);
    else
      stream << "\\x" << llvm::hexdigit(byte >> 4, /*LowerCase=*/true) << llvm::hexdigit(byte & 15, true);
    text = text.drop_front(std::max<size_t>(length, 1));
  }
}

void Report::print(llvm::raw_ostream &stream, StringRef tool) const {
  for (const std::string &note : notes) {
    stream << tool << ": note: ";
    printLine(stream, note);
    stream << '\n';
  }
  for (const Problem &problem : problems) {
    stream << tool << ": error: ";
    printLine(stream, problem.file);
    if (!problem.place.empty()) {
      stream << ": ";
      printLine(stream, problem.place);
    }
    stream << ": ";
    printLine(stream, problem.what);
    if (!problem.remedy.empty()) {
      stream << "; ";
      printLine(stream, problem.remedy);
    }
    stream << '\n';
  }
  if (problems.size() > 1)
    stream << tool << ": " << problems.size() << " problems\n";
}

std::string Report::str(StringRef tool) const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  print(stream, tool);
  return text;
}

std::string sst::quote(StringRef text) {
  char buffer[128];
  return sst_quote(buffer, sizeof buffer, text.data(), text.size());
}

StringRef sst::findNearest(StringRef text, ArrayRef<StringRef> candidates) {
  // A third of the letters may be wrong.
  unsigned best = std::max<unsigned>(1, static_cast<unsigned>(text.size()) / 3);
  StringRef nearest;
  for (StringRef candidate : candidates) {
    // edit_distance gives best + 1 as soon as it is more than `best`.
    unsigned distance = text.edit_distance(candidate, /*AllowReplacements=*/true, /*MaxEditDistance=*/best);
    if (distance > best || (distance == best && !nearest.empty()))
      continue;
    best = distance;
    nearest = candidate;
    if (best == 0)
      break;
  }
  return nearest;
}
