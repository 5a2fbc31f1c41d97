//===- ResolveOptions.cpp - options of a model out of its weights' shapes ---------------------------------------===//
//
// Every size of a model shows in several tensors. Each of them votes, and the majority is what the file says: one
// mis-shaped tensor then is reported as such, not as a contradiction of all others. An option that was stated is
// compared with the file's; one that was not is taken from it. The number of heads and their size show only as a
// product, so they must be stated.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "ResolveOptions.h"

#include "sst/Compiler/Weights.h"
#include "sst/Dialect/SSTOps.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

#include <map>
#include <set>

using namespace sst;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::StringRef;
using llvm::Twine;

namespace {
/// A tensor in whose shape a size shows.
struct Clue {
  /// Without the block's prefix.
  llvm::StringLiteral name;
  unsigned rank;
  unsigned dimension;
};

/// What the tensors say about a size.
struct Finding {
  int64_t size;
  /// A tensor that shows it.
  std::string tensor;
  SmallVector<int64_t, 3> shape;
  unsigned dimension;
};

class Resolver {
public:
  Resolver(const TensorTable &table, StringRef path, const StatedOptions &stated, Report &report)
      : table(table), path(path.str()), stated(stated), report(report) {}

  std::optional<ResolvedOptions> run();

private:
  void collectBlocks();
  void resolveLayers();
  void requireLayerNorm();
  std::optional<Finding> find(ArrayRef<Clue> clues);
  void resolveSize(Option option, const std::optional<Finding> &finding);
  void resolveExpandFactor();
  void resolveAttention();
  void requireAttentionOptions(const std::optional<Finding> &finding);
  void resolveEmbedDim();
  void resolveProjection(const sst_tensor_t &kernel);
  void contradict(const Twine &option, const Finding &finding, int64_t expected, const Twine &remedy);

  const sst_tensor_t *getTensor(const Twine &name) const { return table.find(name.str()); }
  /// "tensor 'backbone.final_norm.gamma'".
  std::string describeTensor(const Twine &name) const { return "tensor '" + table.getFileName(name) + "'"; }
  /// "option 'num_layers' (num_layers = 6 in the metadata)".
  std::string describe(Option option) const {
    std::string text = ("option '" + getOptionInfo(option).name + "'").str();
    return stated[option] ? text + " (" + stated[option]->source + ")" : text;
  }
  /// The stated value, else the default.
  int64_t getStated(Option option) const {
    return stated[option] ? stated[option]->integer : getInteger(ModelOptions(), option);
  }

  const TensorTable &table;
  std::string path;
  const StatedOptions &stated;
  Report &report;
  /// Blocks that the file has tensors of.
  std::set<int64_t> blocks;
  /// How many there are at least, by the dropouts between them.
  int64_t leastLayers = 0;
  ResolvedOptions result;
};
} // namespace

static constexpr Clue hiddenSizeClues[] = {
    {"final_norm.gamma", 1, 0},   {"final_norm.beta", 1, 0}, {"norm.gamma", 1, 0},         {"norm.beta", 1, 0},
    {"ffn_norm.gamma", 1, 0},     {"ffn_norm.beta", 1, 0},   {"gate_proj.bias", 1, 0},     {"ssm_out_proj.bias", 1, 0},
    {"attn_out_proj.bias", 1, 0}, {"ffn_down.bias", 1, 0},   {"ssm_in_proj.kernel", 2, 0}, {"attn_q.kernel", 2, 0},
    {"ssm_out_proj.kernel", 2, 1}};
static constexpr Clue innerSizeClues[] = {{"ssm_conv.bias", 1, 0},       {"ssm_dt_proj.bias", 1, 0},
                                          {"ssm_conv.kernel", 3, 2},     {"ssm_dt_proj.kernel", 2, 1},
                                          {"ssm_out_proj.kernel", 2, 0}, {"ssm_b_proj.kernel", 2, 0},
                                          {"ssm_c_proj.kernel", 2, 0}};
static constexpr Clue stateSizeClues[] = {
    {"ssm_b_proj.kernel", 2, 1}, {"ssm_b_proj.bias", 1, 0}, {"ssm_c_proj.kernel", 2, 1}, {"ssm_c_proj.bias", 1, 0}};
static constexpr Clue convSizeClues[] = {{"ssm_conv.kernel", 3, 0}};
static constexpr Clue attentionSizeClues[] = {
    {"attn_q.kernel", 2, 1}, {"attn_k.kernel", 2, 1}, {"attn_v.kernel", 2, 1},       {"attn_q.bias", 1, 0},
    {"attn_k.bias", 1, 0},   {"attn_v.bias", 1, 0},   {"attn_out_proj.kernel", 2, 0}};

SmallVector<int64_t, 3> sst::getFileShape(const sst_tensor_t &tensor) {
  return SmallVector<int64_t, 3>(tensor.shape, tensor.shape + tensor.rank);
}

void Resolver::collectBlocks() {
  for (auto [name, tensor] : table.getEntries())
    if (auto parts = splitBlockName(name); parts && isWeightName(name))
      blocks.insert(parts->first);
    else if (std::optional<int64_t> index = getDropoutIndex(name);
             index && *index < getOptionInfo(Option::NumLayers).limit) // a larger number is no block's
      leastLayers = std::max(leastLayers, *index + 1);
}

/// "blocks 1, 2, 5", cut off when it gets long.
static std::string listBlocks(const std::set<int64_t> &blocks) {
  if (blocks.empty())
    return "no block";
  std::string list;
  for (int64_t block : blocks) {
    if (list.size() > 100)
      return list + ", ...";
    list += (list.empty() ? "blocks " : ", ") + llvm::itostr(block);
  }
  return list;
}

void Resolver::resolveLayers() {
  int64_t inFile = 0, limit = getOptionInfo(Option::NumLayers).limit;
  while (blocks.count(inFile + 1))
    ++inFile;
  result.options.numLayers = result.fileOptions.numLayers = std::min(inFile, limit);
  bool contiguous = static_cast<int64_t>(blocks.size()) == inFile;
  if (contiguous && inFile > limit) {
    report.add(path, "option 'num_layers'",
               "expects at most " + Twine(limit) + " blocks, but the file has " + Twine(inFile),
               "give a model of fewer blocks");
    return;
  }
  // A part of a model without metadata may still show how many blocks there are.
  int64_t wanted = stated[Option::NumLayers] ? stated[Option::NumLayers]->integer : std::max(inFile, leastLayers);
  if (contiguous && wanted == inFile && inFile > 0)
    return;
  if (inFile == 0 && !blocks.empty())
    wanted = std::max(wanted, *blocks.rbegin());
  // Never: state what the file has. A part of a model is no smaller model.
  std::string remedy = "export the model again with all of its blocks, numbered from 1";
  if (contiguous && wanted < inFile)
    remedy = "state " + llvm::itostr(inFile) + ", or give the weights that belong to these options";
  else if (contiguous || (inFile == 0 && !blocks.count(0)))
    remedy = "block " + llvm::itostr(inFile + 1) +
             " is missing: give all of the model, of a checkpoint in shards its "
             "index, or the weights that belong to these options";
  report.add(path, describe(Option::NumLayers),
             "expects blocks 1 to " + (wanted > 0 ? llvm::itostr(wanted) : std::string("N")) +
                 ", but the file has tensors of " + listBlocks(blocks),
             remedy);
}

/// The size that most tensors show; empty without tensors and in a tie.
std::optional<Finding> Resolver::find(ArrayRef<Clue> clues) {
  std::map<int64_t, unsigned> votes;
  std::map<int64_t, Finding> findings;
  auto look = [&](const Twine &name, const Clue &clue) {
    const sst_tensor_t *tensor = getTensor(name);
    if (!tensor || tensor->rank != clue.rank)
      return;
    auto size = static_cast<int64_t>(tensor->shape[clue.dimension]);
    ++votes[size];
    findings.try_emplace(size, Finding{size, table.getFileName(name), getFileShape(*tensor), clue.dimension});
  };
  for (const Clue &clue : clues) {
    if (clue.name.starts_with("final_norm."))
      look(clue.name, clue);
    else
      for (int64_t block = 1; block <= result.fileOptions.numLayers; ++block)
        look("sst_block_" + Twine(block) + "_" + clue.name, clue);
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

void Resolver::contradict(const Twine &option, const Finding &finding, int64_t expected, const Twine &remedy) {
  SmallVector<int64_t, 3> shape = finding.shape;
  shape[finding.dimension] = expected;
  report.add(path, option,
             "expects tensor '" + Twine(finding.tensor) + "' of shape " + formatSizes(shape) + ", but got " +
                 formatSizes(finding.shape),
             remedy);
}

void Resolver::resolveSize(Option option, const std::optional<Finding> &finding) {
  const OptionInfo &info = getOptionInfo(option);
  int64_t value = getStated(option);
  setInteger(result.options, option, value);
  setInteger(result.fileOptions, option, value);
  if (!finding)
    return;
  if (finding->size < 1 || finding->size > info.limit) {
    report.add(path, "tensor '" + Twine(finding->tensor) + "'",
               "expects " + info.name + " from 1 to " + Twine(info.limit) + ", but its shape is " +
                   formatSizes(finding->shape),
               "export the model again");
    return;
  }
  setInteger(result.fileOptions, option, finding->size);
  if (!stated[option])
    setInteger(result.options, option, finding->size);
  else if (value != finding->size)
    contradict(describe(option), *finding, value,
               "state " + Twine(finding->size) + ", or give the weights that belong to these options");
}

void Resolver::resolveExpandFactor() {
  std::optional<Finding> finding = find(innerSizeClues);
  int64_t hidden = result.fileOptions.hiddenSize;
  int64_t value = getStated(Option::ExpandFactor);
  result.options.expandFactor = result.fileOptions.expandFactor = value;
  if (!finding || hidden < 1)
    return;
  int64_t factor = finding->size / hidden;
  bool divides = factor >= 1 && factor <= getOptionInfo(Option::ExpandFactor).limit && finding->size % hidden == 0;
  if (!stated[Option::ExpandFactor] && !divides) {
    report.add(path, "tensor '" + Twine(finding->tensor) + "'",
               "expects a multiple of hidden_size = " + Twine(hidden) + " inner channels, but its shape is " +
                   formatSizes(finding->shape),
               "export the model again");
    return;
  }
  if (divides)
    result.fileOptions.expandFactor = factor;
  if (!stated[Option::ExpandFactor])
    result.options.expandFactor = factor;
  else if (value * hidden != finding->size)
    contradict(describe(Option::ExpandFactor), *finding, value * hidden,
               divides ? "state " + llvm::itostr(factor) + ", or give the weights that belong to these options"
                       : std::string("export the model again"));
}

void Resolver::requireAttentionOptions(const std::optional<Finding> &finding) {
  for (auto [option, other] :
       {std::pair(Option::NumHeads, Option::HeadDim), std::pair(Option::HeadDim, Option::NumHeads)}) {
    if (stated.isMentioned(option))
      continue;
    const OptionInfo &info = getOptionInfo(option);
    std::string what = "is not stated, and the shapes give only num_heads * head_dim";
    if (finding)
      what += " = " + llvm::itostr(finding->size) + " (tensor '" + finding->tensor + "')";
    std::string remedy =
        ("give --" + info.flag + "=N, or \"" + info.name + "\" in the file of --options or the metadata").str();
    if (finding && stated[other] && finding->size % stated[other]->integer == 0)
      remedy +=
          "; with " + stated[other]->source + " it would be " + llvm::itostr(finding->size / stated[other]->integer);
    report.add(path, describe(option), what, remedy);
  }
}

void Resolver::requireLayerNorm() {
  if (!stated.isMentioned(Option::LayerNorm))
    report.add(path, describe(Option::LayerNorm), "is not stated, and no shape shows it",
               "give the one of the release of Axon that trained the model (in its mix.lock), --layer-norm=axon-0.8.0 "
               "or --layer-norm=axon-0.8.1, or \"axon_version\" or \"layer_norm\" in the file of --options or the "
               "metadata");
}

void Resolver::resolveAttention() {
  std::optional<Finding> finding = find(attentionSizeClues);
  requireAttentionOptions(finding);
  int64_t heads = getStated(Option::NumHeads), dim = getStated(Option::HeadDim);
  result.options.numHeads = heads;
  result.options.headDim = dim;
  result.fileOptions.numHeads = 1;
  result.fileOptions.headDim = finding ? finding->size : heads * dim;
  const std::optional<StatedOption> &statedHeads = stated[Option::NumHeads], &statedDim = stated[Option::HeadDim];
  if (finding && statedHeads && statedDim && heads * dim != finding->size)
    contradict("options 'num_heads' and 'head_dim' (" + Twine(statedHeads->source) + ", " + statedDim->source + ")",
               *finding, heads * dim,
               "state numbers whose product is " + Twine(finding->size) +
                   ", or give the weights that belong to these options");
}

/// The file has an input projection; its kernel shows the width of the input.
void Resolver::resolveProjection(const sst_tensor_t &kernel) {
  SmallVector<int64_t, 3> shape = getFileShape(kernel);
  int64_t hidden = result.fileOptions.hiddenSize;
  if (shape.size() != 2) {
    report.add(path, describeTensor("input_projection.kernel"),
               "expects shape [embed_dim, " + Twine(hidden) + "], but got " + formatSizes(shape),
               "export the model again");
    result.reported.insert("input_projection.kernel");
    return;
  }
  resolveSize(Option::EmbedDim, Finding{shape[0], table.getFileName("input_projection.kernel"), shape, 0});
  if (shape[0] != hidden)
    return;
  // Edifice builds such a model from an embed_dim that is no size at all.
  report.add(path, describeTensor("input_projection.kernel"),
             "expects no input projection when the input has hidden_size = " + Twine(hidden) + " channels, but got one",
             "build the model with the true embed_dim");
  result.reported.insert("input_projection.kernel");
  result.reported.insert("input_projection.bias");
}

void Resolver::resolveEmbedDim() {
  ModelOptions &fileOptions = result.fileOptions;
  const std::optional<StatedOption> &wanted = stated[Option::EmbedDim];
  result.options.embedDim = wanted ? wanted->integer : result.options.hiddenSize;
  fileOptions.embedDim = wanted ? wanted->integer : fileOptions.hiddenSize;
  if (const sst_tensor_t *kernel = getTensor("input_projection.kernel")) {
    resolveProjection(*kernel);
    return;
  }
  bool hasBias = getTensor("input_projection.bias") != nullptr;
  // Every other projection is missed like any tensor.
  if (hasBias && fileOptions.hasInputProjection())
    return;
  if (hasBias) {
    report.add(path, describeTensor("input_projection.kernel"),
               "is missing; expects shape [embed_dim, " + Twine(fileOptions.hiddenSize) + "]",
               "export the model again");
    result.reported.insert("input_projection.bias");
    return;
  }
  if (wanted && wanted->integer != fileOptions.hiddenSize)
    report.add(path, describe(Option::EmbedDim),
               "expects " + describeTensor("input_projection.kernel") + " of shape " +
                   formatSizes({wanted->integer, fileOptions.hiddenSize}) + ", but the file has none",
               "state " + Twine(fileOptions.hiddenSize) + ", or give the weights that belong to these options");
  fileOptions.embedDim = fileOptions.hiddenSize;
}

std::optional<ResolvedOptions> Resolver::run() {
  collectBlocks();
  applyStatedOptions(stated, result.options);
  resolveLayers();
  requireLayerNorm();
  // Without the first block there is nothing to compare with.
  if (!blocks.count(1))
    return std::nullopt;
  resolveSize(Option::HiddenSize, find(hiddenSizeClues));
  resolveSize(Option::StateSize, find(stateSizeClues));
  resolveSize(Option::ConvSize, find(convSizeClues));
  resolveExpandFactor();
  resolveAttention();
  resolveEmbedDim();
  return std::move(result);
}

std::optional<ResolvedOptions> sst::resolveOptions(const TensorTable &table, StringRef path,
                                                   const StatedOptions &stated, Report &report) {
  return Resolver(table, path, stated, report).run();
}
