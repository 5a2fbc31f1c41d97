//===- StageEmitter.h - what the call of a kernel is made of ------------------------------------------*- C++ -*-===//
//
// Gives the implementation of an op (CpuOp.h) the operands of one of its stages as the code at hand sees them: pieces
// of the workspace, at the places that were planned, of the weights, of the caller's buffers and of the states of
// streams. In a stage divided by rows a piece starts at the first row of the current block, so kernels count rows from
// 0.
//
// What cannot be had is an error on the op. The result is null then, and call() emits nothing.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_STAGEEMITTER_H
#define SST_COMPILER_STAGEEMITTER_H

#include "sst/Compiler/Backend.h"
#include "sst/Compiler/KernelLibrary.h"

namespace sst {

class FunctionConverter;
struct Step;

/// Part of a range of rows or items: [begin, end).
struct Span {
  mlir::Value begin, end;
};

class StageEmitter {
public:
  StageEmitter(FunctionConverter &function, const Step &step);

  /// The rows of a value that the current block has, or all of them where there is no block.
  Rows rows(mlir::Value value) { return locate(value, /*all=*/false); }
  /// All rows of a value.
  Rows allRows(mlir::Value value) { return locate(value, /*all=*/true); }
  Memory weight(mlir::OpOperand &use);
  /// The weight if there is one; null without an error if there is none.
  Memory weight(mlir::MutableOperandRange optional);
  /// Rows if there is a value; null without an error if there is none.
  Rows rowsIfAny(mlir::Value value) { return value ? rows(value) : Rows(); }
  /// Scratch memory (ScheduledOp::getScratch()); of the current block if it has a part of `perRow` elements per row.
  Memory scratch(unsigned number, int64_t perRow = 0);
  /// The states of the streams, and where in each of them, in bytes, a state of the op is (#sst.place<state, ..>).
  StreamStates states();
  mlir::Value stateOffset(mlir::Value finalState);

  mlir::Value batch();
  /// How many rows each sequence has in a value.
  mlir::Value rowsPerSequence(mlir::Value rows);
  /// The first and the end row of the current block, or of all.
  Span block();
  /// The first and the end item, in a stage that is divided by items; elsewhere null.
  Span items();
  const StreamSizes &sizes();

  /// Calls the kernel of this name with these arguments; `emit` makes the kernel, if there is none yet. Tables of ops
  /// name a stage's first kernel.
  llvm::LogicalResult call(llvm::StringRef name, Signature arguments, KernelLibrary::Emit emit);
  /// What the stage called first; null if nothing.
  mlir::func::FuncOp getKernel() { return kernel; }

  /// Where calls go.
  KernelBuilder &b;
  /// For kernels that call others.
  KernelLibrary &library;

private:
  Rows locate(mlir::Value value, bool all);
  Rows locate(mlir::Value value, PlaceAttr place, bool all);
  mlir::Value getOffset(PlaceAttr place);
  mlir::InFlightDiagnostic fail();

  FunctionConverter &function;
  const Step &step;
  bool hasFailed = false;
  mlir::func::FuncOp kernel;
};

} // namespace sst

#endif // SST_COMPILER_STAGEEMITTER_H
