//===- FusionOps.cpp - mixing the two paths
//-------------------------------------------------------------------------===//

#include "sst/Dialect/SSTOps.h"

using namespace mlir;
using namespace sst;

RowUse GatedFusionOp::getRowUse(OpOperand &operand) { return RowUse::SameRow; }

LogicalResult GatedFusionOp::canComputeOnlyLastRow(OpResult result, std::string &whyNot) { return success(); }

void GatedFusionOp::computeOnlyLastRow(function_ref<Value(Value)> lastRowOf) { cutToLastRow(*this, lastRowOf); }
