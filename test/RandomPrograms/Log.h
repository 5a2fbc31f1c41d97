//===- Log.h - what a process that checks modules tells the one that started it -----------------------------*- C++
//-*-===//
//
// Lines of text over a pipe, so that what was said before a crash is not lost.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_TEST_RANDOMPROGRAMS_LOG_H
#define SST_TEST_RANDOMPROGRAMS_LOG_H

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <cstdint>
#include <map>
#include <string>

namespace sst {

/// How often something was generated or done.
using Counts = std::map<std::string, uint64_t>;

/// The writing end, in the process that checks.
class Log {
public:
  /// Findings go to files in `folder`, which exists; empty for nowhere.
  Log(int descriptor, std::string folder) : descriptor(descriptor), folder(std::move(folder)) {}

  /// Starts a module, with as many seconds of CPU time as it may take, and 30 times as many on the clock, for when it
  /// waits for something: then SIGPROF or SIGALRM ends the process.
  void begin(uint64_t module, unsigned seconds);
  /// Keeps the program in the folder, as kCurrentFile, until the module ends: so that it is there after a crash.
  void keep(mlir::ModuleOp module);
  /// Says what is done next, for when it crashes.
  void doing(const llvm::Twine &what);
  void count(llvm::StringRef what, uint64_t times = 1) { counts[what.str()] += times; }
  /// Something is wrong. `what` is what was done, e.g. the passes; `module` is what it was done to.
  void finding(llvm::StringRef kind, llvm::StringRef what, llvm::StringRef text, mlir::ModuleOp module);
  /// Ends the module.
  void end();

private:
  std::string path(const llvm::Twine &name) const { return (folder + "/" + name).str(); }
  void send(llvm::StringRef tag, llvm::StringRef text);

  int descriptor;
  std::string folder;
  uint64_t number = 0;
  Counts counts;
};

/// The file of the program that is being checked.
inline constexpr llvm::StringLiteral kCurrentFile = "current.mlir";

/// The module's text.
std::string printModuleText(mlir::ModuleOp module);
/// `text` without line breaks.
std::string onOneLine(llvm::StringRef text);

} // namespace sst

#endif // SST_TEST_RANDOMPROGRAMS_LOG_H
