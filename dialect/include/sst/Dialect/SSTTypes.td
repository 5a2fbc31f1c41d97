//===- SSTTypes.td - type constraints of sst ---------------------------*- tablegen -*-===//
//
// The shapes that operands and results may have.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_SSTTYPES_TD
#define SST_DIALECT_SSTTYPES_TD

include "mlir/IR/CommonTypeConstraints.td"

/// batch x rows x channels; batch and rows may be dynamic.
def SST_Rows : TensorRankOf<[F32], [3]>;
/// batch x channels.
def SST_State : TensorRankOf<[F32], [2]>;
/// One value per channel.
def SST_Channels : ConfinedType<StaticShapeTensorOf<[F32]>, [HasAnyRankOfPred<[1]>], "statically shaped 1D tensor of 32-bit float values", "::mlir::RankedTensorType">;
/// in x out.
def SST_Matrix : ConfinedType<StaticShapeTensorOf<[F32]>, [HasAnyRankOfPred<[2]>], "statically shaped 2D tensor of 32-bit float values", "::mlir::RankedTensorType">;
/// What a weight can be.
def SST_WeightType : ConfinedType<StaticShapeTensorOf<[F32]>, [HasAnyRankOfPred<[1, 2]>], "statically shaped 1D/2D tensor of 32-bit float values", "::mlir::RankedTensorType">;

#endif // SST_DIALECT_SSTTYPES_TD
