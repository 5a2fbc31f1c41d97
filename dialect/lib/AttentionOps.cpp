//===- AttentionOps.cpp - causal attention ----------------------------------------------------------------------===//

#include "Verify.h"

#include "sst/Dialect/SSTOps.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace sst;

void CausalAttentionOp::build(OpBuilder &builder, OperationState &state, Type output, Type presentKey,
                              Type presentValue, Value query, Value key, Value value, Value pastKey, Value pastValue,
                              int64_t numHeads, llvm::APFloat scale, IntegerAttr window) {
  SmallVector<Type> present;
  if (presentKey)
    present = {presentKey, presentValue};
  build(builder, state, output, present, query, key, value, pastKey, pastValue, numHeads, std::move(scale), window);
}

/// C3, C4: a pair of keys and values of the same shape, that of `key` but for the rows, which are `rows`.
static LogicalResult verifyPair(CausalAttentionOp op, StringRef keyName, Type keyType, StringRef valueName,
                                Type valueType, int64_t rows) {
  auto reference = cast<RankedTensorType>(op.getKey().getType());
  auto type = cast<RankedTensorType>(keyType);
  if (failed(verifyShape(op, keyName, type, {reference.getDimSize(0), rows, reference.getDimSize(2)})))
    return failure();
  return verifyShape(op, valueName, cast<ShapedType>(valueType), type.getShape());
}

/// C1: whether there certainly are as many keys as queries: a call has one number of rows or, after sst.last_row, one.
static bool hasAtLeast(int64_t keys, int64_t queries) {
  if (ShapedType::isDynamic(keys))
    return ShapedType::isDynamic(queries) || queries <= 1;
  return !ShapedType::isDynamic(queries) && queries <= keys;
}

LogicalResult CausalAttentionOp::verify() {
  auto query = cast<RankedTensorType>(getQuery().getType());
  auto key = cast<RankedTensorType>(getKey().getType());
  // C1
  if (failed(verifyShape(*this, "key", key, {query.getDimSize(0), key.getDimSize(1), query.getDimSize(2)})) ||
      failed(verifyShape(*this, "value", cast<ShapedType>(getValue().getType()), key.getShape())))
    return failure();
  if (!hasAtLeast(key.getDimSize(1), query.getDimSize(1)))
    return emitOpError("expects at least as many rows in 'key' as in 'query', but got ")
           << formatShape(key.getDimSize(1)) << " vs " << formatShape(query.getDimSize(1));
  // C2
  int64_t heads = static_cast<int64_t>(getNumHeads()), channels = query.getDimSize(2);
  if (heads <= 0 || channels % heads != 0)
    return emitOpError("expects 'num_heads' to be positive and to divide the channels, but got ")
           << heads << " vs " << channels;
  // C5
  if (!getScale().isFinite())
    return emitOpError("expects 'scale' to be finite, but got ") << getScale().convertToDouble();
  // C6
  int64_t window = static_cast<int64_t>(getWindow().value_or(1));
  if (window < 1 || window > kLargestSize)
    return emitOpError("expects 'window' to be in [1, ") << kLargestSize << "], but got " << window;
  // C3
  if (static_cast<bool>(getPastKey()) != static_cast<bool>(getPastValue()))
    return emitOpError("expects 'past_key' and 'past_value' together, but got only '")
           << (getPastKey() ? "past_key" : "past_value") << "'";
  int64_t past = getPastKey() ? cast<RankedTensorType>(getPastKey().getType()).getDimSize(1) : 0;
  if (getPastKey() &&
      failed(verifyPair(*this, "past_key", getPastKey().getType(), "past_value", getPastValue().getType(), past)))
    return failure();
  // C4
  if (getPresent().empty())
    return success();
  if (getPresent().size() != 2)
    return emitOpError("expects 'present' to be 0 or 2 tensors, but got ") << getPresent().size();
  return verifyPair(*this, "present[0]", getPresentKey().getType(), "present[1]", getPresentValue().getType(),
                    addSizes(past, key.getDimSize(1)));
}

SmallVector<StateSlot> CausalAttentionOp::getStates() {
  std::optional<int64_t> window;
  if (getWindow())
    window = static_cast<int64_t>(*getWindow());
  OpResult keys, values;
  if (!getPresent().empty())
    keys = cast<OpResult>(getPresent()[0]), values = cast<OpResult>(getPresent()[1]);
  return {makeState(getPastKeyMutable(), keys, StateKind::AllRows, getKeyMutable(), window),
          makeState(getPastValueMutable(), values, StateKind::AllRows, getValueMutable(), window)};
}

RowUse CausalAttentionOp::getRowUse(OpOperand &operand) {
  if (&operand == &getQueryMutable())
    return RowUse::SameRow;
  bool isRows = &operand == &getKeyMutable() || &operand == &getValueMutable();
  return isRows ? RowUse::EarlierRows : RowUse::NoRows;
}

LogicalResult CausalAttentionOp::canComputeOnlyLastRow(OpResult result, std::string &whyNot) {
  return success(result == getOutput());
}

void CausalAttentionOp::computeOnlyLastRow(function_ref<Value(Value)> lastRowOf) { cutToLastRow(*this, lastRowOf); }
