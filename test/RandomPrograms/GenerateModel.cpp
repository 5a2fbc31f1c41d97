//===- GenerateModel.cpp - modules that sst-compile takes -------------------------------------------------------===//
//
// Half of them have two functions, `window` and `sequence`, with bodies of their own, which take last rows anywhere.
// The others have one body, in the five versions that make streams: in layers of a convolution, a scan and an
// attention, or a block, with row-local ops between them.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Generator.h"

#include "sst/Compiler/Families.h"
#include "sst/Compiler/Import.h"
#include "sst/Compiler/Weights.h"

using namespace mlir;
using namespace sst;

/// States of a layer: of its convolution and scan, keys and values.
static constexpr size_t statesPerLayer = 4;

namespace {
class ModelGenerator final : public ProgramBuilder {
public:
  using ProgramBuilder::ProgramBuilder;
  RandomProgram build();

private:
  /// Channels inside the state-space path, and of queries, keys and values.
  int64_t getInnerSize() const { return get("hidden_size") * get("expand_factor"); }
  int64_t getAttentionSize() const { return get("num_heads") * get("head_dim"); }
  int64_t get(StringRef option) const { return model.options.getSize(option); }
  LayerNormFlavor getFlavor() const {
    return model.options.getChoice("layer_norm") == "axon-0.8.0" ? LayerNormFlavor::Axon080 : LayerNormFlavor::Axon081;
  }
  void chooseOptions();
  void setAttributes();
  Rows toChannels(int64_t channels);
  Value finish(bool wantsOneRow);
  void addSimpleFunction(StringRef name);
  void addLayeredFunction(StringRef name, uint64_t seed);
  void addLayer(int64_t index, ValueRange initial, MutableArrayRef<Value> finals);
  void addLayerBlock(int64_t index, ValueRange initial, MutableArrayRef<Value> finals);
  void addCarryingConv(ValueRange initial, MutableArrayRef<Value> finals);
  void addCarryingScan(ValueRange initial, MutableArrayRef<Value> finals);
  void addCarryingAttention(ValueRange initial, MutableArrayRef<Value> finals);

  Model model;
};
} // namespace

void ModelGenerator::chooseOptions() {
  model.options = OptionValues(*findFamily(getFamilies(), "edifice"));
  OptionValues &options = model.options;
  options.setSize("embed_dim", size());
  options.setSize("hidden_size", size());
  options.setSize("state_size", random.between(1, 3));
  options.setSize("num_layers", random.oneOf({1, 1, 2}));
  options.setSize("num_heads", random.between(1, 3));
  options.setSize("head_dim", random.oneOf({1, 2, 5, 16, 17}));
  options.setSize("expand_factor", random.between(1, 2));
  options.setSize("conv_size", random.between(1, 5));
  options.setSize("window_size", random.between(1, 40));
  options.setChoice("layer_norm", random.chance(0.4) ? "axon-0.8.0" : "axon-0.8.1");
  model.stream.maxRows = random.between(1, 40);
  model.stream.rollback = random.chance(0.5) ? 0 : random.between(0, std::min<int64_t>(7, model.stream.maxRows));
  model.stream.cold = random.oneOf({Cold::Short, Cold::Short, Cold::First, Cold::Zero});
  if (random.chance(0.25))
    model.stream.attentionWindow = random.oneOf({1, 2, 3, 17, 30});
  model.name = "random";
  model.weightsDigest = std::string(64, '0');
  if (isBF16)
    model.weightStorage = Storage::BF16;
}

/// Those that an imported model of these options has.
void ModelGenerator::setAttributes() {
  OwningOpRef<ModuleOp> imported = importModel(*builder.getContext(), model);
  (*program.module)->setAttrs((*imported)->getAttrDictionary());
}

ProgramBuilder::Rows ModelGenerator::toChannels(int64_t channels) {
  auto found = pick([&](const Rows &r) { return r.rows == kTimeRows && channelsOf(r.value) == channels; });
  if (found && !isa<BlockArgument>(found->value))
    return *found;
  return dense(*pick([](const Rows &r) { return r.rows == kTimeRows; }), channels);
}

/// A result of the function: a value of hidden_size channels that an op computes.
Value ModelGenerator::finish(bool wantsOneRow) {
  int64_t hidden = get("hidden_size");
  bool takesExisting = random.chance(0.7);
  auto isResult = [&](const Rows &r) {
    return channelsOf(r.value) == hidden && ShapedType::isDynamic(batchOf(r.value)) && !isa<BlockArgument>(r.value) &&
           (wantsOneRow ? r.rows == 1 && rowsOf(r.value) == 1
                        : r.rows == kTimeRows && ShapedType::isDynamic(rowsOf(r.value)));
  };
  if (auto found = pick(isResult); found && takesExisting)
    return found->value;
  if (!wantsOneRow)
    return dense(*pick([](const Rows &r) { return r.rows == kTimeRows; }), hidden).value;
  Rows whole = toChannels(hidden);
  Value last = LastRowOp::create(builder, loc, type({ShapedType::kDynamic, 1, hidden}), whole.value).getOutput();
  return add(last, 1).value;
}

void ModelGenerator::addSimpleFunction(StringRef name) {
  bool isWindow = name == "window";
  beginFunction(name, /*isPrivate=*/false);
  attentionWindow = isWindow ? std::nullopt : model.stream.attentionWindow;
  constexpr int64_t any = ShapedType::kDynamic;
  addArgument(type({any, any, get("embed_dim")}), kTimeRows);
  addOps(random.oneOf({1, 2, 3, 5, 8, 12}));
  Value result = finish(isWindow);
  if (random.chance(0.3))
    addOps(2); // that may read the result
  endFunction({result}, {isWindow ? 1 : kTimeRows});
}

//===------------------------------------------------------------------------------------------------------------===//
// Bodies of which streams are made
//===------------------------------------------------------------------------------------------------------------===//

/// The type of a final state, or none in a function without states.
static Type getFinalType(ValueRange initial, size_t number) {
  return initial.empty() ? Type() : initial[number].getType();
}
static Value getInitial(ValueRange initial, size_t number) { return initial.empty() ? Value() : initial[number]; }

void ModelGenerator::addLayerBlock(int64_t index, ValueRange initial, MutableArrayRef<Value> finals) {
  Rows input = toChannels(get("hidden_size"));
  IntegerAttr window = attentionWindow ? builder.getI64IntegerAttr(*attentionWindow) : IntegerAttr();
  auto op = BlockOp::create(builder, loc, input.value.getType(), initial.getTypes(), input.value, initial,
                            "sst_block_" + std::to_string(index + 1), get("state_size"), get("num_heads"),
                            get("head_dim"), get("expand_factor"), get("conv_size"), getFlavor(), window);
  declareBlockWeights(op);
  llvm::copy(op.getFinalStates(), finals.begin());
  add(op.getOutput(), kTimeRows);
}

void ModelGenerator::addCarryingConv(ValueRange initial, MutableArrayRef<Value> finals) {
  int64_t channels = getInnerSize();
  Rows input = toChannels(channels);
  Value kernel = weight({get("conv_size"), channels}), bias;
  if (random.chance(0.5))
    bias = weight({channels});
  Activation kind = random.chance(0.4) ? activation() : Activation::None;
  auto op = CausalConv1DOp::create(builder, loc, input.value.getType(), getFinalType(initial, 0), input.value, kernel,
                                   bias, getInitial(initial, 0), kind);
  finals[0] = op.getFinalState();
  add(op.getOutput(), kTimeRows);
}

void ModelGenerator::addCarryingScan(ValueRange initial, MutableArrayRef<Value> finals) {
  int64_t channels = getInnerSize(), stateSize = size();
  Rows input = toChannels(channels), delta = pickAny(), b = toChannels(stateSize), c = toChannels(stateSize);
  Value gate;
  if (random.chance(0.4))
    gate = toChannels(channels).value;
  auto op = EmaScanOp::create(builder, loc, input.value.getType(), getFinalType(initial, 1), input.value, delta.value,
                              b.value, c.value, getInitial(initial, 1), gate, /*last_row=*/false);
  finals[1] = op.getFinalState();
  add(op.getOutput(), kTimeRows);
}

void ModelGenerator::addCarryingAttention(ValueRange initial, MutableArrayRef<Value> finals) {
  int64_t channels = getAttentionSize(), heads = divisor(channels);
  Rows query = toChannels(channels), key = toChannels(channels), value = toChannels(channels);
  IntegerAttr window = attentionWindow ? builder.getI64IntegerAttr(*attentionWindow) : IntegerAttr();
  float scale = random.oneOf({1.0f, 0.5f, 0.3f, -0.7f});
  auto op = CausalAttentionOp::create(
      builder, loc, query.value.getType(), getFinalType(initial, 2), getFinalType(initial, 3), query.value, key.value,
      value.value, getInitial(initial, 2), getInitial(initial, 3), heads, llvm::APFloat(scale), window);
  finals[2] = op.getPresentKey();
  finals[3] = op.getPresentValue();
  add(op.getOutput(), kTimeRows);
}

void ModelGenerator::addLayer(int64_t index, ValueRange initial, MutableArrayRef<Value> finals) {
  if (random.chance(0.35))
    return addLayerBlock(index, initial, finals);
  std::vector<void (ModelGenerator::*)(ValueRange, MutableArrayRef<Value>)> parts = {
      &ModelGenerator::addCarryingConv, &ModelGenerator::addCarryingScan, &ModelGenerator::addCarryingAttention};
  random.shuffle(parts);
  for (auto part : parts) {
    (this->*part)(initial, finals);
    for (int64_t count = random.between(0, 2); count > 0; --count)
      addRowLocalOp();
  }
}

/// Replays the body of `seed`: the same for all functions but for states, sizes and the last op.
void ModelGenerator::addLayeredFunction(StringRef name, uint64_t seed) {
  random = Random(seed);
  replayed = 0;
  beginFunction(name, /*isPrivate=*/false);
  attentionWindow = name == "window" ? std::nullopt : model.stream.attentionWindow;
  FunctionType wanted = getFunctionType(*builder.getContext(), model.options, name);
  for (Type argument : wanted.getInputs()) {
    function.getBody().front().addArgument(argument, loc);
    argumentRows.push_back(kTimeRows);
  }
  Block &body = function.getBody().front();
  add(body.getArgument(0), kTimeRows);
  SmallVector<Value> initial(body.getArguments().drop_front()), results(1);
  // The rows of keys and values that a stream has already, for the interpreter.
  int64_t past = random.between(0, 3);
  for (size_t i = 0; i < initial.size(); ++i)
    argumentRows[i + 1] = i % statesPerLayer == 0 ? get("conv_size") - 1 : past;
  for (int64_t i = 0; i < get("num_layers"); ++i) {
    SmallVector<Value> finals(statesPerLayer);
    addLayer(i, initial.empty() ? ValueRange() : ValueRange(initial).slice(i * statesPerLayer, statesPerLayer), finals);
    if (!initial.empty())
      llvm::append_range(results, finals);
  }
  for (int64_t count = random.between(0, 3); count > 0; --count)
    addRowLocalOp();
  Value whole = toChannels(get("hidden_size")).value;
  results[0] = whole;
  if (whole.getType() != wanted.getResult(0))
    results[0] = LastRowOp::create(builder, loc, wanted.getResult(0), whole).getOutput();
  SmallVector<int64_t> resultRows(results.size(), kTimeRows);
  endFunction(results, resultRows);
  if (name == "step")
    program.functions.back().inputShapes[0][1] = 1;
}

RandomProgram ModelGenerator::build() {
  program.batch = random.oneOf({1, 2, 3});
  program.rows = random.oneOf({1, 2, 3, 5, 17, 40, 75});
  chooseOptions();
  setAttributes();
  areWeightsLast = random.chance(0.3);
  program.hasStreams = random.chance(0.5);
  if (!program.hasStreams) {
    for (StringRef name : {"window", "sequence"})
      addSimpleFunction(name);
    return std::move(program);
  }
  hasLastRows = false;
  uint64_t seed = random.next();
  for (StringRef name : getFunctionNames())
    addLayeredFunction(name, seed);
  return std::move(program);
}

RandomProgram sst::generateModel(MLIRContext &context, uint64_t seed) { return ModelGenerator(context, seed).build(); }
