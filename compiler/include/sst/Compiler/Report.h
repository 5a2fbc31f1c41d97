//===- Report.h - all problems of one compilation -----------------------------------------------------*- C++ -*-===//
//
// How the front end and the driver say what is wrong with their input: they collect problems, and the tool prints them
// once, at the end. What is not here: MLIR diagnostics, and broken invariants (Check.h).
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_REPORT_H
#define SST_COMPILER_REPORT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <string>
#include <vector>

struct sst_error;
struct sst_report;

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace sst {

/// One thing that is wrong.
struct Problem {
  /// The input it is in: a path as the user gave it, `options.json:3:7`, or `command line`.
  std::string file;
  /// What in it: `tensor 'final_norm.gamma'`, `--num-heads`; empty for the whole input.
  std::string place;
  /// What is wrong: `expects shape [32], but got [33]`. Lower case, no full stop.
  std::string what;
  /// What the user can do: `export the model again`; empty if `what` says it.
  std::string remedy;
  /// The command line is wrong, not a file.
  bool usage = false;
};

/// The problems of one compilation, in the order in which they were found. Not thread-safe.
class Report {
public:
  /// Adds a problem of an input file.
  void add(const llvm::Twine &file, const llvm::Twine &place, const llvm::Twine &what, const llvm::Twine &remedy = "");
  /// Adds a problem of the command line; `place` is the flag, e.g. `--num-heads`.
  void addUsage(const llvm::Twine &place, const llvm::Twine &what, const llvm::Twine &remedy = "");
  /// Adds something that is not wrong but that the user should know: what was decided about an input file.
  void addNote(const llvm::Twine &file, const llvm::Twine &what);
  /// Adds what a function of the runtime library reported about `file`.
  void add(const llvm::Twine &file, const ::sst_report &report);
  void add(const llvm::Twine &file, const ::sst_error &error);

  /// Whether there is no problem; notes are none.
  bool empty() const { return problems.empty(); }
  size_t size() const { return problems.size(); }
  llvm::ArrayRef<Problem> getProblems() const { return problems; }

  /// The exit code that the problems call for: 0 without any, 2 if all are wrong usage, else 1.
  int getExitCode() const;

  /// Writes `<tool>: error: <file>: <place>: <what>; <remedy>`, one line per problem, and if there are several a last
  /// line `<tool>: <count> problems`. Notes come first, `<tool>: note: <file>: <what>`.
  void print(llvm::raw_ostream &stream, llvm::StringRef tool = "sst-compile") const;
  /// What `print` writes.
  std::string str(llvm::StringRef tool = "sst-compile") const;

private:
  std::vector<Problem> problems;
  /// `<file>: <what>`.
  std::vector<std::string> notes;
};

/// `text` in single quotes and shortened, with everything that is not printable written as `\xNN`: for text that comes
/// from a file.
std::string quote(llvm::StringRef text);

/// The candidate that `text` is probably a misspelling of; empty if none is near.
llvm::StringRef findNearest(llvm::StringRef text, llvm::ArrayRef<llvm::StringRef> candidates);

} // namespace sst

#endif // SST_COMPILER_REPORT_H
