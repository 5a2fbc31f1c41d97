//===- ProgramBuilder.cpp - values, types and weights of random programs ----------------------------------------===//

#include "Generator.h"

#include "sst/Compiler/WeightData.h"

#include "llvm/ADT/bit.h"

#include <cmath>

using namespace mlir;
using namespace sst;

/// Around the widths of vectors and panels, and primes.
static const int64_t allSizes[] = {1, 1, 2, 3, 5, 7, 8, 13, 15, 16, 17, 31, 32, 33};

ProgramBuilder::ProgramBuilder(MLIRContext &context, uint64_t seed)
    : random(seed), weightRandom(random.next()), builder(&context), weightBuilder(&context),
      loc(builder.getUnknownLoc()) {
  program.module = ModuleOp::create(builder, loc);
  builder.setInsertionPointToStart(program.module->getBody());
  for (int64_t count = random.oneOf({2, 2, 3, 4}); count > 0; --count)
    sizes.push_back(random.pick(ArrayRef(allSizes)));
  isShared = random.oneOf({0.1, 0.4, 0.8});
  isBF16 = random.chance(0.15);
  if (isBF16)
    (*program.module)->setAttr("sst.weight_storage", builder.getStringAttr("bf16"));
}

//===------------------------------------------------------------------------------------------------------------===//
// Types and values
//===------------------------------------------------------------------------------------------------------------===//

static ArrayRef<int64_t> shapeOf(Value value) { return cast<RankedTensorType>(value.getType()).getShape(); }
int64_t ProgramBuilder::batchOf(Value value) { return shapeOf(value).front(); }
int64_t ProgramBuilder::rowsOf(Value value) { return shapeOf(value)[1]; }
int64_t ProgramBuilder::channelsOf(Value value) { return shapeOf(value).back(); }

bool ProgramBuilder::fits(Value a, Value b) { return batchOf(a) == batchOf(b) && rowsOf(a) == rowsOf(b); }

RankedTensorType ProgramBuilder::type(ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, builder.getF32Type());
}

RankedTensorType ProgramBuilder::withChannels(Value rows, int64_t channels) {
  return type({batchOf(rows), rowsOf(rows), channels});
}

int64_t ProgramBuilder::spellBatch() { return random.chance(isStatic) ? program.batch : ShapedType::kDynamic; }

int64_t ProgramBuilder::divisor(int64_t number) {
  SmallVector<int64_t> divisors;
  for (int64_t i = 1; i <= number; ++i)
    if (number % i == 0)
      divisors.push_back(i);
  return random.pick(ArrayRef(divisors));
}

Activation ProgramBuilder::activation() {
  return static_cast<Activation>(random.below(getMaxEnumValForActivation() + 1));
}

/// One of the values that pass; half of the time one of the last three.
std::optional<ProgramBuilder::Rows> ProgramBuilder::pick(Filter filter) {
  SmallVector<Rows> found;
  for (const Rows &rows : values)
    if (filter(rows))
      found.push_back(rows);
  bool recent = random.chance(0.5);
  if (found.empty())
    return std::nullopt;
  return random.pick(recent ? ArrayRef(found).take_back(3) : ArrayRef(found));
}

ProgramBuilder::Rows ProgramBuilder::pickAny() { return *pick(anyRows); }

ProgramBuilder::Rows ProgramBuilder::pickSame(const Rows &other) {
  return pick([&](const Rows &r) { return r.value.getType() == other.value.getType() && r.rows == other.rows; })
      .value_or(other);
}

std::optional<Value> ProgramBuilder::pickState(int64_t batch, int64_t channels) {
  SmallVector<Value> found;
  for (Value state : states)
    if (state.getType() == type({batch, channels}))
      found.push_back(state);
  if (!found.empty() && random.chance(0.7))
    return random.pick(ArrayRef(found));
  if (timeRows == kTimeRows)
    return std::nullopt;
  return addArgument(type({batch, channels}), 1);
}

ProgramBuilder::Rows ProgramBuilder::add(Value value, int64_t rows) {
  values.push_back({value, rows});
  return values.back();
}

/// Keeps a value from later ops, so that it has no further use.
void ProgramBuilder::hide(Value value) {
  if (values.size() > 1)
    llvm::erase_if(values, [&](const Rows &rows) { return rows.value == value; });
}

Value ProgramBuilder::addArgument(RankedTensorType type, int64_t rows) {
  Value argument = function.getBody().front().addArgument(type, loc);
  argumentRows.push_back(rows);
  if (type.getRank() == 3)
    add(argument, rows);
  else if (type.getRank() == 2 && (type.isDynamicDim(0) || type.getDimSize(0) == program.batch))
    states.push_back(argument);
  return argument;
}

//===------------------------------------------------------------------------------------------------------------===//
// Weights
//===------------------------------------------------------------------------------------------------------------===//

static float roundToBF16(float value) { return llvm::bit_cast<float>(llvm::bit_cast<uint32_t>(value) & 0xffff0000u); }

std::vector<float> ProgramBuilder::weightValues(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t dim : shape)
    count *= dim;
  // Projections neither grow nor shrink what they are given, so that values stay in the range of f32.
  double scale =
      shape.size() == 2 ? weightRandom.oneOf({0.5, 1.0, 2.0}) / std::sqrt(static_cast<double>(shape[0])) : 1.0;
  std::vector<float> result(count);
  for (float &value : result)
    value = static_cast<float>(weightRandom.uniform(-scale, scale));
  if (isBF16)
    llvm::transform(result, result.begin(), roundToBF16);
  return result;
}

/// Names like those of models and those that passes make up.
std::string ProgramBuilder::weightName() {
  StringRef stem = weightRandom.oneOf<StringRef>({"a", "b", "w", "blk_1", "x.y", "odd name"});
  StringRef suffix = weightRandom.oneOf<StringRef>({".kernel", ".kernel", ".bias", "", "_q.kernel", "_0.kernel",
                                                    "_1.kernel", "_scaled", "_scaled.kernel", ".gamma"});
  std::string name = (stem + suffix).str();
  // Every third one has no number of its own, if that is free.
  if (weightRandom.chance(0.67) || program.module->lookupSymbol(name))
    name = (stem + Twine(weights.size()) + suffix).str();
  while (program.module->lookupSymbol(name))
    name += "_";
  return name;
}

std::string ProgramBuilder::declareWeight(StringRef name, ArrayRef<int64_t> shape) {
  RankedTensorType weightType = type(shape);
  if (areWeightsLast)
    weightBuilder.setInsertionPointToEnd(program.module->getBody());
  else
    weightBuilder.setInsertionPointToStart(program.module->getBody());
  double kind = weightRandom.uniform(0, 1);
  std::vector<float> numbers = weightValues(shape);
  if (kind < 0.4) {
    createWeight(weightBuilder, loc, name, weightType, std::move(numbers));
  } else {
    if (kind < 0.6)
      numbers = {weightRandom.chance(0.1) ? 0.0f : numbers[0]};
    WeightOp::create(weightBuilder, loc, weightBuilder.getStringAttr(name), TypeAttr::get(weightType),
                     cast<ElementsAttr>(Attribute(DenseElementsAttr::get(weightType, ArrayRef<float>(numbers)))));
  }
  weights.push_back({name.str(), llvm::to_vector(shape)});
  return name.str();
}

Value ProgramBuilder::getWeight(StringRef symbol) {
  Value &known = gotten[symbol];
  if (!known || random.chance(0.5)) {
    auto declaration = program.module->lookupSymbol<WeightOp>(symbol);
    known = GetWeightOp::create(builder, loc, declaration.getType(), symbol);
  }
  return known;
}

/// The weight that a replayed body used here, or one that is there or new.
std::string ProgramBuilder::chooseWeight(ArrayRef<int64_t> shape) {
  if (replayed < chosen.size())
    return chosen[replayed++];
  SmallVector<StringRef> same;
  for (const Declared &declared : weights)
    if (ArrayRef(declared.shape) == shape)
      same.push_back(declared.name);
  bool shares = weightRandom.chance(isShared);
  chosen.push_back(shares && !same.empty() ? weightRandom.pick(ArrayRef(same)).str()
                                           : declareWeight(weightName(), shape));
  ++replayed;
  return chosen.back();
}

Value ProgramBuilder::weight(ArrayRef<int64_t> shape) {
  if (!random.chance(isArgument))
    return getWeight(chooseWeight(shape));
  for (Value argument : function.getBody().front().getArguments())
    if (argument.getType() == type(shape) && random.chance(0.5))
      return argument;
  Value argument = function.getBody().front().addArgument(type(shape), loc);
  argumentRows.push_back(1);
  return argument;
}

//===------------------------------------------------------------------------------------------------------------===//
// Functions
//===------------------------------------------------------------------------------------------------------------===//

void ProgramBuilder::beginFunction(StringRef name, bool isPrivate) {
  builder.setInsertionPointToEnd(program.module->getBody());
  function = func::FuncOp::create(builder, loc, name, builder.getFunctionType({}, {}));
  if (isPrivate)
    function.setPrivate();
  builder.setInsertionPointToEnd(function.addEntryBlock());
  values.clear();
  states.clear();
  argumentRows.clear();
  gotten.clear();
}

void ProgramBuilder::endFunction(ArrayRef<Value> results, ArrayRef<int64_t> resultRows) {
  func::ReturnOp::create(builder, loc, results);
  RandomFunction made;
  made.name = function.getName().str();
  made.argumentRows = argumentRows;
  made.resultRows.assign(resultRows.begin(), resultRows.end());
  Block &body = function.getBody().front();
  llvm::append_range(made.argumentTypes, body.getArgumentTypes());
  llvm::append_range(made.resultTypes, ValueRange(results).getTypes());
  function.setFunctionType(builder.getFunctionType(made.argumentTypes, made.resultTypes));
  for (auto [argumentType, rows] : llvm::zip_equal(made.argumentTypes, argumentRows)) {
    SmallVector<int64_t> shape = llvm::to_vector(cast<RankedTensorType>(argumentType).getShape());
    if (ShapedType::isDynamic(shape[0]))
      shape[0] = program.batch;
    if (shape.size() == 3 && ShapedType::isDynamic(shape[1]))
      shape[1] = rows == kTimeRows ? program.rows : rows;
    made.inputShapes.push_back(std::move(shape));
  }
  program.functions.push_back(std::move(made));
}
