//===- Probes.h - looking at values inside of a run ---------------------------------------------------*- C++ -*-===//

#ifndef SST_TOOLS_SST_INTERPRET_PROBES_H
#define SST_TOOLS_SST_INTERPRET_PROBES_H

#include "Options.h"
#include "Tensors.h"

#include "sst/Compiler/Interpreter.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <optional>

struct sst_safetensors;

namespace sst {

/// Prints and saves the values that --probe selects.
class ProbePrinter {
public:
  /// A pattern that is none is reported.
  ProbePrinter(const InterpretOptions &options, llvm::raw_ostream &stream, Report &report);
  void operator()(const ProbePoint &point);
  /// Reports patterns that nothing matched.
  void finish();

private:
  struct Selection {
    std::string text;
    /// Each may be absent. Without '@' in the text, one of the two must match.
    std::optional<llvm::GlobPattern> kind, name;
    bool both = false;
    bool used = false;
  };
  std::optional<llvm::GlobPattern> parseGlob(llvm::StringRef text);
  bool matches(const ProbePoint &point);
  void save(const ProbePoint &point);

  const InterpretOptions &options;
  llvm::raw_ostream &stream;
  Report &report;
  std::vector<Selection> selections;
  uint64_t saved = 0;
};

/// Compares values with the tensors `tap.*` of a file, which belong to the first layer and to what is outside of
/// layers.
class TapComparison {
public:
  /// Loads the file, if --taps names one.
  TapComparison(const InterpretOptions &options, Report &report);
  void operator()(const ProbePoint &point);
  /// Prints one line per tap. False if one is beyond the tolerance; it is an error if none was compared.
  bool finish(llvm::raw_ostream &stream);

private:
  struct Tap {
    HostTensor want;
    std::optional<Difference> difference;
  };
  const InterpretOptions &options;
  Report &report;
  /// By name without `tap.`.
  std::map<std::string, Tap> taps;
};

} // namespace sst

#endif // SST_TOOLS_SST_INTERPRET_PROBES_H
