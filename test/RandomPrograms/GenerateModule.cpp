//===- GenerateModule.cpp - modules of any functions, for passes and the interpreter ----------------------------===//

#include "Generator.h"

using namespace mlir;
using namespace sst;

namespace {
class ModuleBuilder final : public ProgramBuilder {
public:
  using ProgramBuilder::ProgramBuilder;
  RandomProgram build();

private:
  void addFunction(StringRef name);
};
} // namespace

void ModuleBuilder::addFunction(StringRef name) {
  beginFunction(name, random.chance(0.3));
  hasStates = random.oneOf({0.0, 0.0, 0.4, 0.8});
  isArgument = random.oneOf({0.0, 0.0, 0.0, 0.2});
  hasCalls = random.chance(0.5);
  for (int64_t count = random.oneOf({1, 1, 1, 2, 3}); count > 0; --count) {
    int64_t rows = random.chance(0.25) ? 1 : timeRows;
    bool spellsRows = rows == 1 || random.chance(isStatic);
    int64_t batch = spellBatch(), channels = size();
    addArgument(type({batch, spellsRows ? rows : ShapedType::kDynamic, channels}), rows);
  }
  addOps(random.oneOf({1, 2, 3, 4, 6, 9, 14}));
  SmallVector<Value> results;
  SmallVector<int64_t> resultRows;
  for (int64_t count = random.oneOf({1, 1, 1, 2, 3}); count > 0; --count) {
    Rows result = pickAny();
    results.push_back(result.value);
    resultRows.push_back(result.rows);
  }
  if (!states.empty() && random.chance(0.5)) {
    results.push_back(random.pick(ArrayRef(states)));
    resultRows.push_back(1);
  }
  endFunction(results, resultRows);
}

RandomProgram ModuleBuilder::build() {
  program.batch = random.oneOf({1, 2, 3});
  program.rows = timeRows = random.oneOf({1, 2, 3, 5, 6});
  isStatic = random.oneOf({0.0, 0.0, 0.0, 0.2, 0.5, 1.0});
  areWeightsLast = random.chance(0.3);
  int64_t functions = random.oneOf({1, 1, 2, 3});
  for (int64_t i = 0; i < functions; ++i)
    addFunction("f" + std::to_string(i));
  if (random.chance(0.2))
    declareWeight("unused", {2});
  return std::move(program);
}

RandomProgram sst::generateModule(MLIRContext &context, uint64_t seed) { return ModuleBuilder(context, seed).build(); }
