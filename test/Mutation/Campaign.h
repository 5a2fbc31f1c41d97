//===- Campaign.h - mutants through the compiler ------------------------------------------------------*- C++ -*-===//
//
// Compiles damaged modules in child processes, a batch in each, and says which of them the compiler neither refused
// with a report nor compiled.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_TEST_MUTATION_CAMPAIGN_H
#define SST_TEST_MUTATION_CAMPAIGN_H

#include "TextMutator.h"

#include "sst/Compiler/Compile.h"

#include <map>
#include <string>
#include <vector>

namespace sst {

/// What the compiler made of a mutant.
enum class Verdict { Pending, Accepted, Refused, Crashed, Unclear, Hung, BadRun };
const char *describe(Verdict verdict);
inline bool isFinding(Verdict verdict) { return verdict > Verdict::Refused; }

/// What happened to one mutant, in memory that parent and child share.
struct Outcome {
  Verdict verdict;
  /// The report's first line, cut off.
  char text[240];
};

struct CampaignOptions {
  uint64_t seed = 1, count = 100;
  /// The mutants that are made: all below `count`, or only this one.
  int64_t only = -1;
  /// Seconds and bytes of address space that a mutant may take.
  double seconds = 30;
  uint64_t memory = uint64_t(6) << 30;
  /// Every how many-th mutant goes on to machine code; the others stop before.
  uint64_t objectEvery = 10;
  /// Where mutants that are findings are kept; not empty.
  std::string folder;
  /// sst-run and its input, to run what comes of a mutant that could be compiled; empty for not.
  std::string runner, input;
  /// Makes findings smaller while they stay findings of their kind.
  bool minimize = false;
};

class Campaign {
public:
  explicit Campaign(CampaignOptions options) : options(std::move(options)) {}

  /// Runs the mutants of one module; prints findings as they come.
  void run(const std::string &name, Stage stage, const TextMutator &mutator);

  /// How often there was which verdict.
  std::map<Verdict, uint64_t> counts;

private:
  void runBatch(Stage stage, const std::vector<std::string> &texts, uint64_t first, std::vector<Outcome> &outcomes);
  void judge(Stage stage, const std::string &text, uint64_t number, Outcome &outcome) const;
  bool runArtefact(const std::string &library) const;
  void keep(const std::string &name, Stage stage, uint64_t number, const std::string &text, const Outcome &outcome);
  std::string shrink(Stage stage, std::string text, uint64_t number, Verdict verdict);

  CampaignOptions options;
  /// Findings by what they say, so that one fault is kept a few times only.
  std::map<std::string, int> kept;
};

} // namespace sst

#endif // SST_TEST_MUTATION_CAMPAIGN_H
