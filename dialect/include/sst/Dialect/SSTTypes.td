//===- SSTTypes.td - type constraints of sst ---------------------------*- tablegen -*-===//
//
// The shapes that operands and results may have.
//
//===----------------------------------------------------------------------------------===//

#ifndef SST_DIALECT_SSTTYPES_TD
#define SST_DIALECT_SSTTYPES_TD

include "mlir/IR/CommonTypeConstraints.td"

/// An activation: f32, the given ranks, a static number of channels, no encoding. The limit on sizes keeps every
/// product of two of them within 64 bits.
class SST_ActivationTensor<list<int> ranks, string text> : ConfinedType<
    TensorRankOf<[F32], ranks>,
    [CPred<"::sst::isActivationType(::llvm::cast<::mlir::RankedTensorType>($_self))">],
    text # " tensor of 32-bit float values with a static number of channels in [1, 2147483648) and no encoding",
    "::mlir::RankedTensorType">;
/// A parameter: f32, the given ranks, static sizes, no encoding but `#sst.panels`.
class SST_ParameterTensor<list<int> ranks, string text> : ConfinedType<
    TensorRankOf<[F32], ranks>,
    [CPred<"::sst::isParameterType(::llvm::cast<::mlir::RankedTensorType>($_self))">],
    text # " tensor of 32-bit float values with static sizes in [1, 2147483648) and no encoding but '#sst.panels'",
    "::mlir::RankedTensorType">;

/// batch x rows x channels; batch and rows may be dynamic.
def SST_Rows : SST_ActivationTensor<[3], "3D">;
/// batch x channels.
def SST_State : SST_ActivationTensor<[2], "2D">;
/// What a block carries: rows or a state.
def SST_RowsOrState : SST_ActivationTensor<[2, 3], "2D/3D">;
/// One value per channel.
def SST_Channels : SST_ParameterTensor<[1], "1D">;
/// in x out.
def SST_Matrix : SST_ParameterTensor<[2], "2D">;
/// What a weight can be.
def SST_WeightType : SST_ParameterTensor<[1, 2], "1D/2D">;

#endif // SST_DIALECT_SSTTYPES_TD
