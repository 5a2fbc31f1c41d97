//===- SSTInterfaces.td - what passes and backends ask of an op --------*- tablegen -*-===//
//
// What an op means to everything that is not the op: its states, the rows and the weights it reads, what can become
// part of it, what it is made of. No method has a default implementation: an op that forgets one does not compile. What the answers
// consist of, and functions that answer for any op, are in SSTInterfaces.h.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_SSTINTERFACES_TD
#define SST_DIALECT_SSTINTERFACES_TD

include "mlir/IR/Interfaces.td"

def SST_StatefulOpInterface : OpInterface<"StatefulOpInterface"> {
  let cppNamespace = "::sst";
  let description = [{
    An op that can start from a state and hand one on, so that a sequence may come in pieces.
  }];
  let methods = [
    InterfaceMethod<[{
      All states that the op can carry, in the order of its results, whether or not it has them as operand and result.
    }], "::llvm::SmallVector<::sst::StateSlot>", "getStates">,
  ];
}

def SST_RowOpInterface : OpInterface<"RowOpInterface"> {
  let cppNamespace = "::sst";
  let description = [{
    An op on `batch x rows x channels` that says which rows of its operands a row of its results needs. Results that are
    final states are not rows.
  }];
  let methods = [
    InterfaceMethod<[{
      Which rows of `operand`, one of this op, a row of the results needs.
    }], "::sst::RowUse", "getRowUse", (ins "::mlir::OpOperand &":$operand)>,
    InterfaceMethod<[{
      Whether the op can compute the last row of `result` without its other rows: from the last rows of the operands of
      which it needs the same row, and all of the others. If not, `whyNot` says why ("the last row of a convolution needs
      earlier rows"); left empty, it is said that the op cannot be sliced.
    }], "::llvm::LogicalResult", "canComputeOnlyLastRow", (ins "::mlir::OpResult":$result, "::std::string &":$whyNot)>,
    InterfaceMethod<[{
      Changes the op, for which that has been asked, so that all its results but final states have only their last rows.
      `lastRowOf` gives the last row of a value.
    }], "void", "computeOnlyLastRow", (ins "::llvm::function_ref<::mlir::Value(::mlir::Value)>":$lastRowOf)>,
  ];
}

def SST_WeightUserOpInterface : OpInterface<"WeightUserOpInterface"> {
  let cppNamespace = "::sst";
  let description = [{
    An op that reads weights, and says how: how they are stored and rounded follows from it.
  }];
  let methods = [
    InterfaceMethod<[{
      How the op uses `operand`, one of its own; nothing if it is no weight.
    }], "::std::optional<::sst::WeightUse>", "getWeightUse", (ins "::mlir::OpOperand &":$operand)>,
  ];
}

def SST_EpilogueOpInterface : OpInterface<"EpilogueOpInterface"> {
  let cppNamespace = "::sst";
  let description = [{
    An op that can compute more with a result while it has it at hand, in the same order of operations: passes ask
    whether it takes what a consumer does, and then hand that over.
  }];
  let methods = [
    InterfaceMethod<[{
      Whether the op, as it is, can compute `epilogue` on top of `result`. If not, `whyNot`, a string literal, says what
      is in the way; left empty, an op of this kind never does.
    }], "::llvm::LogicalResult", "canAbsorb",
        (ins "::mlir::OpResult":$result, "::sst::Epilogue":$epilogue, "::llvm::StringRef &":$whyNot)>,
    InterfaceMethod<[{
      Applies activations to the results, one for each; `none` leaves a result as it is. For all at once: there may be
      thousands of results. What is not `none` has been asked for.
    }], "void", "absorbActivations", (ins "::llvm::ArrayRef<::sst::Activation>":$activations)>,
    InterfaceMethod<[{
      Computes `epilogue`, which is no activation and has been asked for, with `operands` on top of the first result.
    }], "void", "absorb", (ins "::sst::Epilogue":$epilogue, "::mlir::ValueRange":$operands)>,
  ];
}

def SST_PathOpInterface : OpInterface<"PathOpInterface"> {
  let cppNamespace = "::sst";
  let description = [{
    A composite: a formula over other ops, which reads its weights by names that begin alike. It stays one op as long as
    a model is to be readable, and is decomposed before anything is computed.
  }];
  let methods = [
    InterfaceMethod<[{
      The weights that the op reads: names, in full, and shapes.
    }], "::llvm::SmallVector<::std::pair<::std::string, ::llvm::SmallVector<int64_t>>>", "getWeightShapes">,
    InterfaceMethod<[{
      Creates the ops that the op stands for at the insertion point, and returns what its results become. The op has been
      verified and stays. The location of each op is named after the layer that it is (`"sst_block_1_ssm_conv"`).
    }], "::llvm::SmallVector<::mlir::Value>", "decompose",
        (ins "::mlir::OpBuilder &":$builder, "::mlir::SymbolTableCollection &":$symbolTables)>,
  ];
}

#endif // SST_DIALECT_SSTINTERFACES_TD
