//===- FunctionConverter.h - one scheduled function to loops over phases ------------------------------*- C++ -*-===//
//
// Rewrites a function over tensors into one over six buffers that calls one function per phase. ConvertPhases.cpp
// emits these: who computes which rows, channels or heads; ConvertOps.cpp emits, inside of them, one call of a kernel
// per stage. Phases that differ only in the weights and places they use, like those of equal blocks, are one function
// that reads these from a table. Private to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_CPU_FUNCTIONCONVERTER_H
#define SST_COMPILER_LIB_CPU_FUNCTIONCONVERTER_H

#include "Kernels.h"
#include "Stages.h"
#include "States.h"

#include <unordered_map>

namespace sst {

/// The functions of phases of a module, by a hash of their bodies.
struct PhaseFunctions {
  std::unordered_map<size_t, llvm::SmallVector<mlir::func::FuncOp, 1>> byHash;
  size_t count = 0;
};

/// What the states of a stream are, one after the other; empty until a function with states comes.
using StateLayout = llvm::SmallVector<std::string>;

/// An error on what has the name of a function of sst_entry.h that generated code calls: that cannot be renamed.
llvm::LogicalResult checkCalledNames(mlir::ModuleOp module);

class FunctionConverter {
public:
  /// `weightOffsets` are byte offsets in the weight blob; `phaseFunctions` grows; `stateLayout` is that of
  /// the functions before.
  FunctionConverter(mlir::func::FuncOp source, KernelLibrary &kernels, SymbolNames &names,
                    const llvm::StringMap<int64_t> &weightOffsets, PhaseFunctions &phaseFunctions,
                    StateLayout &stateLayout)
      : source(source), kernels(kernels), names(names), weightOffsets(weightOffsets), phaseFunctions(phaseFunctions),
        stateLayout(stateLayout), b(source.getLoc(), mlir::OpBuilder(source)) {}
  /// Replaces the function. Failures are diagnostics on the op.
  llvm::LogicalResult convert();

private:
  /// Part of a range of rows, channels, items: [begin, end).
  struct Range {
    mlir::Value begin, end;
  };
  /// Stages of one phase that are divided alike.
  struct Section {
    Partition partition;
    llvm::SmallVector<size_t> steps;
  };
  /// A piece of one of the buffers, from an offset in bytes on.
  struct Piece {
    mlir::Value buffer, offset;
  };
  /// An activation at run time: its type and memory, and how many rows the memory has.
  struct Rows {
    RowsType type;
    Piece memory;
    mlir::Value count;
  };
  /// Arguments of a kernel in the making: pieces of buffers, and values, which have no offset.
  struct Arguments {
    llvm::SmallVector<Piece> pieces;
    Arguments &add(Piece piece) {
      pieces.push_back(piece);
      return *this;
    }
    Arguments &add(mlir::Value value) { return add(Piece{value, {}}); }
  };

  // ConvertFunction.cpp
  llvm::LogicalResult checkSignature();
  llvm::LogicalResult checkStates();
  llvm::LogicalResult checkReturn(mlir::func::ReturnOp op);
  mlir::ArrayAttr describeStates();
  void createFunction();
  void createTable();

  // ConvertPhases.cpp
  void divideRows();
  llvm::SmallVector<Section> getSections(llvm::ArrayRef<size_t> phase);
  mlir::Value countUnits(const Section &section, size_t sections);
  mlir::Value countParts(const Step &step);
  llvm::LogicalResult emitPhase(llvm::ArrayRef<size_t> phase);
  mlir::func::FuncOp beginPhaseFunction();
  mlir::func::FuncOp finishPhaseFunction(mlir::func::FuncOp function);
  mlir::Value phaseNumber(int64_t value);
  llvm::LogicalResult emitUnits(llvm::ArrayRef<size_t> phase);
  llvm::LogicalResult emitUnit(const Section &section, mlir::Value unit, mlir::Value units);
  llvm::LogicalResult emitBlocks(const Section &section, mlir::Value unit);
  llvm::LogicalResult emitSteps(const Section &section);
  mlir::Value nextUnit(mlir::Value units, mlir::Value previous);
  void mark(size_t step);

  // ConvertOps.cpp
  void numberSteps();
  std::string getStepName(const Step &step);
  llvm::LogicalResult convertStep(const Step &step);
  llvm::LogicalResult convert(DenseOp op);
  llvm::LogicalResult convert(LayerNormOp op);
  llvm::LogicalResult convert(LastRowOp op);
  llvm::LogicalResult convert(CausalConv1DOp op);
  llvm::LogicalResult convertStateRows(CausalConv1DOp op);
  llvm::LogicalResult convertCoefficients(EmaScanOp op);
  llvm::LogicalResult convertStates(EmaScanOp op);
  llvm::LogicalResult convert(CausalAttentionOp op);
  llvm::LogicalResult convertAppend(CausalAttentionOp op);
  llvm::LogicalResult convertFromState(CausalAttentionOp op);
  llvm::LogicalResult convertElementwise(mlir::Operation *op, KernelLibrary::Elementwise kind, Activation activation);
  llvm::LogicalResult checkPlan(mlir::Operation *op);

  /// The rows of a value that the current block has, or all of them where there is no block or `whole` is set.
  llvm::FailureOr<Rows> getRows(mlir::Operation *user, mlir::Value value, bool whole = false);
  Rows locateRows(mlir::Value value, PlaceAttr place, bool whole);
  llvm::FailureOr<Piece> getWeight(mlir::OpOperand &use);
  /// Scratch memory; of the current block if it has a part per row of `perRow` elements.
  Piece getScratch(mlir::Operation *op, unsigned number, int64_t perRow);
  mlir::Value spaceOffset(PlaceAttr place);
  /// What a kernel needs to get at the states of the streams, and where in each of them `result` is.
  void addStates(Arguments &arguments);
  mlir::Value getStateOffset(mlir::Value result);
  /// How many rows each sequence has in a value.
  mlir::Value getRowsPerSequence(mlir::Value rows);
  /// The first and the end row of the current block, or of all.
  Range getBlock();
  void call(mlir::func::FuncOp kernel, const Arguments &arguments);

  mlir::func::FuncOp source, target;
  KernelLibrary &kernels;
  SymbolNames &names;
  const llvm::StringMap<int64_t> &weightOffsets;
  PhaseFunctions &phaseFunctions;
  StateLayout &stateLayout;
  KernelBuilder b;
  ArenaAttr arena;
  StreamOptions streamSizes;
  llvm::SmallVector<CarriedState> states;
  llvm::SmallVector<Step> steps;
  /// Of each step, how many of its kind, itself counted, come before the next; and the phases in which an op has steps.
  llvm::SmallVector<int64_t> stepNumbers;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<int64_t, 2>> phasesOf;
  /// What the target does, one `#sst.work` per step.
  llvm::SmallVector<mlir::Attribute> works;
  /// The functions of sst_entry.h that generated code calls.
  mlir::func::FuncOp nextFunction, markFunction;
  /// What every phase works with. While the function itself is emitted, its own values; inside of a phase, arguments of
  /// the phase's function, and sizes that it reads from the memory where the function has put them: there are too many
  /// for registers.
  struct Common {
    mlir::Value input, output, workspace, weights, firstState, stateAddresses, team;
    /// The memory of the sizes; the table of the numbers in which phases that share a function may differ.
    mlir::Value sizeMemory, numbers;
    mlir::Value batch, rowsPerSequence, thread, threads;
    mlir::Value totalRows;
    /// In how many units of how many rows a stage that is divided by rows is divided.
    mlir::Value rowUnits, rowsPerUnit;
    /// Rows and sequences with the spare ones; where the spaces of sequences and of this thread start, in bytes.
    mlir::Value paddedRows, paddedSequences, sequencesStart, threadStart;

    llvm::SmallVector<mlir::Value *> pointers() {
      return {&input, &output, &workspace, &weights, &firstState, &stateAddresses, &team, &sizeMemory, &numbers};
    }
    llvm::SmallVector<mlir::Value *> sizes() {
      return {&batch,       &rowsPerSequence, &thread,          &threads,        &totalRows,  &rowUnits,
              &rowsPerUnit, &paddedRows,      &paddedSequences, &sequencesStart, &threadStart};
    }
  };
  Common common;
  /// What the table of the function holds, phase after phase.
  llvm::SmallVector<int64_t> phaseNumbers;
  mlir::memref::GetGlobalOp table;
  /// Inside of a phase: where its numbers begin in the table, and how many it has read so far.
  mlir::Value firstNumber;
  int64_t numberCount = 0;
  /// Inside of a phase: its number, and that of its first step.
  mlir::Value phaseIndex, firstStep;
  size_t firstStepIndex = 0;
  int64_t currentPhase = 0;
  /// Rows of the current block, null outside of stages divided by rows.
  Range block;
  /// Channels groups, items of attention or panels of the current unit.
  Range part;
  /// The kernel that the current step called.
  mlir::func::FuncOp calledKernel;
};

} // namespace sst

#endif // SST_COMPILER_LIB_CPU_FUNCTIONCONVERTER_H
