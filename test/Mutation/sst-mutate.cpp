//===- sst-mutate.cpp - damaged modules for the compiler --------------------------------------------------------===//

#include "Campaign.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <sstream>

using namespace sst;
namespace cl = llvm::cl;

static cl::list<std::string> files(cl::Positional, cl::OneOrMore, cl::desc("NAME.STAGE.mlir..."));
static cl::opt<uint64_t> seed("seed", cl::init(1), cl::desc("seed of the damage"));
static cl::opt<uint64_t> count("count", cl::init(100), cl::desc("mutants of each file"));
static cl::opt<int64_t> only("only", cl::init(-1), cl::desc("make only the mutant of this number"));
static cl::opt<std::string> stageName("stage", cl::desc("take only files of this stage"));
static cl::opt<double> seconds("seconds", cl::init(30), cl::desc("time that one mutant may take"));
static cl::opt<uint64_t> memory("memory", cl::init(6), cl::desc("GiB of address space that one may take"));
static cl::opt<uint64_t> objectEvery("object-every", cl::init(10),
                                     cl::desc("how many mutants there are for one that "
                                              "goes on to machine code"));
static cl::opt<std::string> keepFolder("keep", cl::Required, cl::desc("folder for findings"));
static cl::opt<std::string> runner("run", cl::desc("path of sst-run, to run what could be compiled"));
static cl::opt<std::string> input("input", cl::desc("its input"));
static cl::opt<bool> minimize("minimize", cl::desc("make findings small"));

static std::string readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    llvm::errs() << "sst-mutate: error: " << path << ": " << buffer.getError().message() << "\n";
    exit(1);
  }
  return (*buffer)->getBuffer().str();
}

/// Lines of all files; a line of weights is no donor.
static std::vector<std::string> collectDonors() {
  std::vector<std::string> donors;
  for (const std::string &file : files) {
    std::istringstream stream(readFile(file));
    for (std::string line; std::getline(stream, line);)
      if (!line.empty() && line.size() < 1000)
        donors.push_back(line + "\n");
  }
  return donors;
}

int main(int argc, char **argv) {
  cl::ParseCommandLineOptions(argc, argv, "Compiles damaged copies of modules, and reports crashes and hangs\n");
  CampaignOptions options;
  options.seed = seed;
  options.count = count;
  options.only = only;
  options.seconds = seconds;
  options.memory = memory << 30;
  options.objectEvery = std::max<uint64_t>(objectEvery, 1);
  options.folder = keepFolder;
  options.runner = runner;
  options.input = input;
  options.minimize = minimize;
  std::vector<std::string> donors = collectDonors();
  Campaign campaign(options);
  llvm::outs() << "seed " << seed << "\n";
  for (const std::string &file : files) {
    auto [name, stageText] = llvm::sys::path::stem(file).rsplit('.');
    std::optional<Stage> stage = parseStage(stageText);
    if (!stage) {
      llvm::errs() << "sst-mutate: error: " << file << ": expects a name like model.fuse.mlir\n";
      return 2;
    }
    if (stageName.empty() || stageText == stageName)
      campaign.run(name.str(), *stage, TextMutator(readFile(file), donors));
  }
  uint64_t good = 0, bad = 0;
  for (auto [verdict, number] : campaign.counts) {
    llvm::outs() << describe(verdict) << ": " << number << "\n";
    (isFinding(verdict) ? bad : good) += number;
  }
  llvm::outs() << good << " passed, " << bad << " failed\n";
  return bad == 0 ? 0 : 1;
}
