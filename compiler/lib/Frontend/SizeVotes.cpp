//===- SizeVotes.cpp - the size that most tensors show ----------------------------------------------------------===//
//
// Every size of a model shows in several tensors. Each of them votes, and the majority is what the file says: one
// mis-shaped tensor then is reported as such, not as a contradiction of all others.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "SizeVotes.h"

#include <map>

using namespace sst;

llvm::SmallVector<int64_t, 3> sst::getFileShape(const sst_tensor_t &tensor) {
  return llvm::SmallVector<int64_t, 3>(tensor.shape, tensor.shape + tensor.rank);
}

std::optional<SizeFinding> sst::findSize(const TensorTable &table, llvm::ArrayRef<SizeClue> clues, int64_t layers) {
  std::map<int64_t, unsigned> votes;
  std::map<int64_t, SizeFinding> findings;
  auto look = [&](const std::string &name, const SizeClue &clue) {
    const sst_tensor_t *tensor = table.find(name);
    if (!tensor || tensor->rank != clue.rank)
      return;
    auto size = static_cast<int64_t>(tensor->shape[clue.dimension]);
    ++votes[size];
    findings.try_emplace(size, SizeFinding{size, table.getFileName(name), getFileShape(*tensor), clue.dimension});
  };
  int64_t first = table.getFamily().getNames().firstLayer;
  for (const SizeClue &clue : clues) {
    if (!clue.ofLayer)
      look(clue.weight.str(), clue);
    else
      for (int64_t layer = first; layer < first + layers; ++layer)
        look(getLayerPrefix(table.getFamily(), layer) + clue.weight.str(), clue);
  }
  unsigned best = 0, times = 0;
  int64_t winner = 0;
  for (auto [size, count] : votes) {
    times = count > best ? 1 : times + (count == best);
    winner = count > best ? size : winner;
    best = std::max(best, count);
  }
  if (times != 1)
    return std::nullopt;
  return findings.at(winner);
}
