//===- ForgottenMethods.cpp - ops that do not say what an interface asks ----------------------------------------===//
//
// Each op leaves out one method of an interface, unless COMPLETE is defined: then this compiles.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "sst/Dialect/SSTOps.h"

using namespace mlir;
using namespace sst;

template <typename OpTy, template <typename> class... Traits>
struct Base : Op<OpTy, Traits...> {
  using Op<OpTy, Traits...>::Op;
  static StringRef getOperationName() { return "test.op"; }
  static ArrayRef<StringRef> getAttributeNames() { return {}; }
};

#define GET_STATES                                                                                                     \
  SmallVector<StateSlot> getStates() { return {}; }
#define GET_ROW_USE                                                                                                    \
  RowUse getRowUse(OpOperand &) { return RowUse::SameRow; }
#define CAN_COMPUTE_ONLY_LAST_ROW                                                                                      \
  LogicalResult canComputeOnlyLastRow(OpResult, std::string &) { return success(); }
#define COMPUTE_ONLY_LAST_ROW                                                                                          \
  void computeOnlyLastRow(function_ref<Value(Value)>) {}
#define GET_WEIGHT_USE                                                                                                 \
  std::optional<WeightUse> getWeightUse(OpOperand &) { return std::nullopt; }
#define CAN_ABSORB                                                                                                     \
  LogicalResult canAbsorb(OpResult, Epilogue, StringRef &) { return success(); }
#define ABSORB_ACTIVATIONS                                                                                             \
  void absorbActivations(ArrayRef<Activation>) {}
#define ABSORB                                                                                                         \
  void absorb(Epilogue, ValueRange) {}
#define GET_WEIGHT_SHAPES                                                                                              \
  SmallVector<std::pair<std::string, SmallVector<int64_t>>> getWeightShapes() { return {}; }
#define DECOMPOSE                                                                                                      \
  SmallVector<Value> decompose(OpBuilder &, SymbolTableCollection &) { return {}; }
#ifdef COMPLETE
#define FORGOTTEN(method) method
#else
#define FORGOTTEN(method)
#endif

struct Stateful : Base<Stateful, StatefulOpInterface::Trait> {
  using Base::Base;
  FORGOTTEN(GET_STATES)
};
struct RowsA : Base<RowsA, RowOpInterface::Trait> {
  using Base::Base;
  FORGOTTEN(GET_ROW_USE)
  CAN_COMPUTE_ONLY_LAST_ROW
  COMPUTE_ONLY_LAST_ROW
};
struct RowsB : Base<RowsB, RowOpInterface::Trait> {
  using Base::Base;
  GET_ROW_USE
  FORGOTTEN(CAN_COMPUTE_ONLY_LAST_ROW)
  COMPUTE_ONLY_LAST_ROW
};
struct RowsC : Base<RowsC, RowOpInterface::Trait> {
  using Base::Base;
  GET_ROW_USE
  CAN_COMPUTE_ONLY_LAST_ROW
  FORGOTTEN(COMPUTE_ONLY_LAST_ROW)
};
struct WeightUser : Base<WeightUser, WeightUserOpInterface::Trait> {
  using Base::Base;
  FORGOTTEN(GET_WEIGHT_USE)
};
struct EpilogueA : Base<EpilogueA, EpilogueOpInterface::Trait> {
  using Base::Base;
  FORGOTTEN(CAN_ABSORB)
  ABSORB_ACTIVATIONS
  ABSORB
};
struct EpilogueB : Base<EpilogueB, EpilogueOpInterface::Trait> {
  using Base::Base;
  CAN_ABSORB
  FORGOTTEN(ABSORB_ACTIVATIONS)
  ABSORB
};
struct EpilogueC : Base<EpilogueC, EpilogueOpInterface::Trait> {
  using Base::Base;
  CAN_ABSORB
  ABSORB_ACTIVATIONS
  FORGOTTEN(ABSORB)
};
struct PathA : Base<PathA, PathOpInterface::Trait> {
  using Base::Base;
  FORGOTTEN(GET_WEIGHT_SHAPES)
  DECOMPOSE
};
struct PathB : Base<PathB, PathOpInterface::Trait> {
  using Base::Base;
  GET_WEIGHT_SHAPES
  FORGOTTEN(DECOMPOSE)
};

class TestDialect final : public Dialect {
public:
  explicit TestDialect(MLIRContext *context) : Dialect("test", context, TypeID::get<TestDialect>()) {
    addOperations<Stateful, RowsA, RowsB, RowsC, WeightUser, EpilogueA, EpilogueB, EpilogueC, PathA, PathB>();
  }
};
