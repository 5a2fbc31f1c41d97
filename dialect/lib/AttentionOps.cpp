//===- AttentionOps.cpp - causal attention ----------------------------------------------------------------------===//

#include "Verify.h"

#include "sst/Dialect/SSTOps.h"

using namespace mlir;
using namespace sst;

/// C3, C4: a pair of keys and values that come together and look like `key` but for the rows.
static LogicalResult verifyPair(CausalAttentionOp op, StringRef keyName, Value key, StringRef valueName, Value value) {
  if (static_cast<bool>(key) != static_cast<bool>(value))
    return op.emitOpError("expects '") << keyName << "' and '" << valueName << "' together, but got only '"
                                       << (key ? keyName : valueName) << "'";
  if (!key)
    return success();
  auto reference = cast<RankedTensorType>(op.getKey().getType());
  auto type = cast<RankedTensorType>(key.getType());
  if (failed(verifyShape(op, keyName, type, {reference.getDimSize(0), type.getDimSize(1), reference.getDimSize(2)})))
    return failure();
  return verifyShape(op, valueName, cast<ShapedType>(value.getType()), type.getShape());
}

LogicalResult CausalAttentionOp::verify() {
  auto query = cast<RankedTensorType>(getQuery().getType());
  auto key = cast<RankedTensorType>(getKey().getType());
  // C1
  if (failed(verifyShape(*this, "key", key, {query.getDimSize(0), key.getDimSize(1), query.getDimSize(2)})) ||
      failed(verifyShape(*this, "value", cast<ShapedType>(getValue().getType()), key.getShape())))
    return failure();
  if (!query.isDynamicDim(1) && !key.isDynamicDim(1) && query.getDimSize(1) > key.getDimSize(1))
    return emitOpError("expects at least as many rows in 'key' as in 'query', but got ")
           << key.getDimSize(1) << " vs " << query.getDimSize(1);
  // C2
  int64_t heads = static_cast<int64_t>(getNumHeads()), channels = query.getDimSize(2);
  if (heads <= 0 || ShapedType::isDynamic(channels) || channels % heads != 0)
    return emitOpError("expects 'num_heads' to be positive and to divide the channels, but got ")
           << heads << " vs " << channels;
  // C5
  if (!getScale().isFinite())
    return emitOpError("expects 'scale' to be finite, but got ") << getScale().convertToDouble();
  if (failed(verifyPair(*this, "past_key", getPastKey(), "past_value", getPastValue())))
    return failure();
  return verifyPair(*this, "present_key", getPresentKey(), "present_value", getPresentValue());
}
