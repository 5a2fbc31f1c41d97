//===- FunctionConverter.h - one scheduled function to loops over phases ------------------------------*- C++ -*-===//
//
// Rewrites a function over tensors into one over six buffers that calls one function per phase. ConvertPhases.cpp
// emits these: who computes which rows or items; ConvertSteps.cpp has, inside of them, each stage emitted by its op
// (CpuOp.h). Phases that differ only in the weights and places they use, like those of equal blocks, are one function
// that reads these from a table. Private to this library.
//
//===------------------------------------------------------------------------------------------------------------===//

#ifndef SST_COMPILER_LIB_CPU_FUNCTIONCONVERTER_H
#define SST_COMPILER_LIB_CPU_FUNCTIONCONVERTER_H

#include "sst/Compiler/CpuOp.h"
#include "sst/Compiler/StageGraph.h"
#include "sst/Compiler/States.h"

#include <unordered_map>

namespace sst {

/// The functions of phases of a module, by a hash of their bodies.
struct PhaseFunctions {
  std::unordered_map<size_t, llvm::SmallVector<mlir::func::FuncOp, 1>> byHash;
  size_t count = 0;
};

/// What the states of a stream are, one after the other; empty until a function with states comes.
using StateTexts = llvm::SmallVector<std::string>;

/// An error on what has the name of a function of sst_entry.h that generated code calls: that cannot be renamed.
llvm::LogicalResult checkCalledNames(mlir::ModuleOp module);

class FunctionConverter {
public:
  /// `weightOffsets` are byte offsets in the weight blob; `phaseFunctions` grows; `stateTexts` are those of
  /// the functions before.
  FunctionConverter(mlir::func::FuncOp source, const CpuOps &ops, KernelLibrary &kernels, SymbolNames &names,
                    const llvm::StringMap<int64_t> &weightOffsets, PhaseFunctions &phaseFunctions,
                    StateTexts &stateTexts)
      : source(source), ops(ops), kernels(kernels), names(names), weightOffsets(weightOffsets),
        phaseFunctions(phaseFunctions), stateTexts(stateTexts), b(source.getLoc(), mlir::OpBuilder(source)) {}
  /// Replaces the function. Failures are diagnostics on the op.
  llvm::LogicalResult convert();

private:
  friend class StageEmitter;

  /// Stages of one phase that are divided alike.
  struct Section {
    Partition partition;
    llvm::SmallVector<size_t> steps;
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
  llvm::FailureOr<mlir::Value> countUnits(const Section &section, size_t sections);
  llvm::FailureOr<mlir::Value> countItems(const Step &step);
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

  // ConvertSteps.cpp
  void numberSteps();
  std::string getStepName(const Step &step);
  llvm::LogicalResult convertStep(const Step &step);
  llvm::LogicalResult checkPlan(mlir::Operation *op);

  mlir::func::FuncOp source, target;
  const CpuOps &ops;
  KernelLibrary &kernels;
  SymbolNames &names;
  const llvm::StringMap<int64_t> &weightOffsets;
  PhaseFunctions &phaseFunctions;
  StateTexts &stateTexts;
  KernelBuilder b;
  ArenaAttr arena;
  StreamSizes streamSizes;
  llvm::SmallVector<CarriedState> states;
  StageGraph graph;
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
  /// Rows of the current block, null outside of stages divided by rows.
  Span block;
  /// Items of the current unit.
  Span part;
};

} // namespace sst

#endif // SST_COMPILER_LIB_CPU_FUNCTIONCONVERTER_H
