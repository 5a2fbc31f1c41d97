/*
 * Model.cpp - weights with Edifice's names from a safetensors file.
 */
#include "Model.h"

#include "Harness.h"

#include <cstdlib>
#include <cstring>

namespace peers {

namespace {

struct Reader {
  sst_safetensors_t *file = nullptr;

  explicit Reader(const std::string &path) {
    sst_report_t report{};
    if (sst_safetensors_open(path.c_str(), &file, &report) != SST_STATUS_OK)
      fail(sst_report_message(&report, 0));
  }
  ~Reader() { sst_safetensors_free(file); }
  Reader(const Reader &) = delete;
  Reader &operator=(const Reader &) = delete;

  bool has(const std::string &name) const { return sst_safetensors_find(file, name.c_str()); }

  const sst_tensor_t &find(const std::string &name) const {
    const sst_tensor_t *tensor = sst_safetensors_find(file, name.c_str());
    if (!tensor)
      fail("no tensor '" + name + "'");
    return *tensor;
  }

  int size(const std::string &name, int dimension) const { return int(find(name).shape[dimension]); }

  std::vector<float> read(const std::string &name) const {
    const sst_tensor_t &tensor = find(name);
    std::vector<float> values(tensor.elements);
    if (sst_tensor_to_f32(&tensor, values.data()) != SST_STATUS_OK)
      fail("'" + name + "' has no floating-point numbers");
    return values;
  }

  Norm norm(const std::string &name) const { return {read(name + ".gamma"), read(name + ".beta")}; }
  Linear::Part part(const std::string &name) const { return {read(name + ".kernel"), read(name + ".bias")}; }
};

/// Half of the columns of a dense layer.
Linear::Part half(const Linear::Part &whole, int inputs, bool second) {
  size_t columns = whole.bias.size() / 2, first = second ? columns : 0;
  Linear::Part part;
  part.bias.assign(whole.bias.begin() + first, whole.bias.begin() + first + columns);
  for (int i = 0; i < inputs; ++i) {
    auto row = whole.kernel.begin() + i * 2 * columns + first;
    part.kernel.insert(part.kernel.end(), row, row + columns);
  }
  return part;
}

void readBlock(const Reader &reader, const std::string &prefix, const Model &model, bool sliced, Block &block) {
  auto part = [&](const char *name) { return reader.part(prefix + name); };
  block.norm = reader.norm(prefix + "norm");
  block.ffnNorm = reader.norm(prefix + "ffn_norm");
  block.conv = reader.read(prefix + "ssm_conv.kernel");
  block.convBias = reader.read(prefix + "ssm_conv.bias");
  Linear::Part in = part("ssm_in_proj");
  std::vector<Linear::Part> always{half(in, model.hidden, false), part("attn_k"), part("attn_v")};
  std::vector<Linear::Part> last{half(in, model.hidden, true), part("attn_q"), part("gate_proj")};
  if (sliced)
    block.slice.make(last, model.hidden);
  else
    always.insert(always.end(), last.begin(), last.end());
  block.wide.make(always, model.hidden);
  block.scan.make({part("ssm_b_proj"), part("ssm_c_proj"), part("ssm_dt_proj")}, model.inner);
  block.ssmOut.make({part("ssm_out_proj")}, model.inner);
  block.attentionOut.make({part("attn_out_proj")}, model.attention);
  block.up.make({part("ffn_up")}, model.hidden);
  block.down.make({part("ffn_down")}, 4 * model.hidden);
}

} // namespace

void Linear::make(const std::vector<Part> &parts, int inputCount) {
  inputs = inputCount;
  for (const Part &part : parts)
    outputs += int(part.bias.size());
  weights = allocate(size_t(inputs) * outputs);
  biases = allocate(outputs);
  size_t column = 0;
  for (const Part &part : parts) {
    size_t width = part.bias.size();
    for (int i = 0; i < inputs; ++i)
      std::memcpy(weights + size_t(i) * outputs + column, part.kernel.data() + i * width, 4 * width);
    std::memcpy(biases + column, part.bias.data(), 4 * width);
    column += width;
  }
}

Model::Model(const std::string &path, bool lastOnly) : lastOnly(lastOnly) {
  Reader reader(path);
  const char *dim = sst_safetensors_metadata_find(reader.file, "head_dim");
  headDim = dim ? std::atoi(dim) : 64;
  std::string first = "sst_block_1_";
  hidden = reader.size(first + "norm.gamma", 0);
  inner = reader.size(first + "ssm_out_proj.kernel", 0);
  state = reader.size(first + "ssm_b_proj.kernel", 1);
  taps = reader.size(first + "ssm_conv.kernel", 0);
  attention = reader.size(first + "attn_q.kernel", 1);
  project = reader.has("input_projection.kernel");
  embed = project ? reader.size("input_projection.kernel", 0) : hidden;
  if (project)
    inputProjection.make({reader.part("input_projection")}, embed);
  while (reader.has("sst_block_" + std::to_string(blocks.size() + 1) + "_norm.gamma"))
    blocks.emplace_back();
  for (size_t i = 0; i < blocks.size(); ++i) {
    bool sliced = lastOnly && i + 1 == blocks.size();
    readBlock(reader, "sst_block_" + std::to_string(i + 1) + "_", *this, sliced, blocks[i]);
  }
  finalNorm = reader.norm("final_norm");
}

} // namespace peers
