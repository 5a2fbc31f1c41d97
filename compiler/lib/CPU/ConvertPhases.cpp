//===- ConvertPhases.cpp - who computes what, and when ----------------------------------------------------------===//
//
// Every thread runs the whole function. In each phase it takes units of work, one after the other, from those that are
// left (sst_team_next in sst_entry.h), until all units of the phase are done. With one thread these are plain loops.
//
// Stages divided by rows go depth-first: a unit is a range of rows, taken in blocks that go through all stages of the
// phase. The division is the same in every phase, so that a thread gets the rows that it has in its cache.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "FunctionConverter.h"

#include "sst/Runtime/sst_entry.h"

#include "mlir/IR/OperationSupport.h"

using namespace mlir;
using namespace sst;

/// Most units of a section that has a phase to itself.
static constexpr int64_t kMaxUnits = SST_MAX_UNITS;
/// Most units by rows in any phase, to leave some for the other sections.
static constexpr int64_t kMaxRowUnits = kMaxUnits / 2;
/// Most parts of a phase.
static constexpr size_t kMaxSections = 32;
static_assert(kMaxSections <= kMaxUnits - kMaxRowUnits, "every section needs a unit");

size_t CpuOps::getMaxParts() const { return kMaxSections; }

/// As many units as fill every thread with blocks of at most kBlockRows rows; all of about the same size.
void FunctionConverter::divideRows() {
  Value most = b.index(kMaxRowUnits);
  Value multiple = b.sub(most, b.rem(most, common.threads));
  Value limit = arith::SelectOp::create(b, b.less(most, common.threads), most, multiple);
  Value blocks = b.ceilDiv(common.totalRows, kBlockRows);
  Value units = b.mul(b.ceilDiv(blocks, common.threads), common.threads);
  units = b.min(b.min(units, limit), common.totalRows);
  common.rowsPerUnit = b.ceilDiv(common.totalRows, units);
  common.rowUnits = b.ceilDiv(common.totalRows, common.rowsPerUnit);
}

SmallVector<FunctionConverter::Section> FunctionConverter::getSections(ArrayRef<size_t> phase) {
  SmallVector<Section> sections;
  for (size_t index : phase) {
    Partition partition = steps[index].partition;
    bool joins = partition != Partition::Items;
    auto existing = llvm::find_if(sections, [&](const Section &s) { return joins && s.partition == partition; });
    if (existing == sections.end())
      sections.push_back({partition, {index}});
    else
      existing->steps.push_back(index);
  }
  // By rows first: their units are the same ones in every phase.
  llvm::stable_sort(sections, [](const Section &x, const Section &y) {
    return (x.partition == Partition::Rows) > (y.partition == Partition::Rows);
  });
  return sections;
}

/// Into how many parts the work of a step can be divided.
FailureOr<Value> FunctionConverter::countItems(const Step &step) {
  if (step.partition != Partition::Items)
    return b.index(1);
  StageEmitter emitter(*this, step);
  if (Value items = ops.find(step.op)->countItems(emitter, step.op, step.stage))
    return items;
  return step.op->emitOpError("has a code generator whose countItems() does not say how many items stage ")
         << step.stage << " has";
}

FailureOr<Value> FunctionConverter::countUnits(const Section &section, size_t sections) {
  if (section.partition == Partition::Rows)
    return common.rowUnits;
  if (section.partition == Partition::Whole)
    return b.index(1);
  auto share = static_cast<int64_t>(sections == 1 ? kMaxUnits : (kMaxUnits - kMaxRowUnits) / (sections - 1));
  Value limit = b.index(std::max<int64_t>(share, 1));
  const Step &step = steps[section.steps.front()];
  if (!graph.getStages(step.op)[step.stage].isUneven)
    limit = b.min(limit, common.threads);
  FailureOr<Value> items = countItems(step);
  if (failed(items))
    return failure();
  return b.min(*items, limit);
}

/// A number in which phases that share a function may differ. It is read where it is used: kept in a register, it would
/// displace what changes.
Value FunctionConverter::phaseNumber(int64_t value) {
  phaseNumbers.push_back(value);
  Value number = memref::LoadOp::create(b, common.numbers, ValueRange{b.add(firstNumber, numberCount++)});
  return arith::IndexCastOp::create(b, b.getIndexType(), number);
}

Value FunctionConverter::nextUnit(Value units, Value previous) {
  return func::CallOp::create(b, nextFunction, ValueRange{common.team, phaseIndex, units, previous}).getResult(0);
}

void FunctionConverter::mark(size_t step) {
  Value number = b.add(firstStep, static_cast<int64_t>(step - firstStepIndex));
  func::CallOp::create(b, markFunction, ValueRange{common.team, number});
}

/// A new function at the end of the module whose arguments replace the values in `common`.
func::FuncOp FunctionConverter::beginPhaseFunction() {
  SmallVector<Type> types;
  for (Value *value : common.pointers())
    types.push_back(value->getType());
  types.append(3, b.getIndexType());
  b.setInsertionPointToEnd(source->getParentOfType<ModuleOp>().getBody());
  auto function = func::FuncOp::create(b, "sst_phase", b.getFunctionType(types, {}));
  function.setPrivate();
  passPointers(function);
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  auto next = entry->args_begin();
  for (Value *value : common.pointers())
    *value = *next++;
  for (auto [index, value] : llvm::enumerate(common.sizes())) {
    Value size = memref::LoadOp::create(b, common.sizeMemory, ValueRange{b.index(static_cast<int64_t>(index))});
    *value = arith::IndexCastOp::create(b, b.getIndexType(), size);
  }
  firstNumber = *next++;
  phaseIndex = *next++;
  firstStep = *next;
  return function;
}

/// Completes a function of a phase, and replaces it by an equal one if there is one.
func::FuncOp FunctionConverter::finishPhaseFunction(func::FuncOp function) {
  func::ReturnOp::create(b);
  llvm::hash_code hash(0);
  function.walk([&](Operation *op) {
    if (op != function)
      hash = llvm::hash_combine(hash, OperationEquivalence::computeHash(op, OperationEquivalence::ignoreHashValue,
                                                                        OperationEquivalence::ignoreHashValue,
                                                                        OperationEquivalence::IgnoreLocations));
  });
  SmallVector<func::FuncOp, 1> &alike = phaseFunctions.byHash[static_cast<size_t>(hash)];
  for (func::FuncOp existing : alike)
    if (OperationEquivalence::isRegionEquivalentTo(&existing.getBody(), &function.getBody(),
                                                   OperationEquivalence::IgnoreLocations)) {
      function.erase();
      return existing;
    }
  alike.push_back(function);
  function.setName(names.make("sst_phase_" + Twine(++phaseFunctions.count)));
  return function;
}

LogicalResult FunctionConverter::emitPhase(ArrayRef<size_t> phase) {
  OpBuilder::InsertPoint caller = b.saveInsertionPoint();
  Common callerValues = common;
  auto tableStart = static_cast<int64_t>(phaseNumbers.size());
  numberCount = 0;
  firstStepIndex = phase.front();
  func::FuncOp function = beginPhaseFunction();
  LogicalResult result = emitUnits(phase);
  common = callerValues;
  if (failed(result))
    return failure();
  function = finishPhaseFunction(function);
  b.restoreInsertionPoint(caller);
  SmallVector<Value> arguments;
  for (Value *value : common.pointers())
    arguments.push_back(*value);
  arguments.append(
      {b.index(tableStart), b.index(steps[phase.front()].phase), b.index(static_cast<int64_t>(phase.front()))});
  func::CallOp::create(b, function, arguments);
  return success();
}

/// while (there is a unit) compute it, in whichever section it is.
LogicalResult FunctionConverter::emitUnits(ArrayRef<size_t> phase) {
  SmallVector<Section> sections = getSections(phase);
  if (sections.size() > kMaxSections)
    return steps[phase.front()].op->emitOpError("expects at most ")
           << kMaxSections << " parts in its phase, but got " << sections.size() << "; run --sst-plan-phases again";
  SmallVector<Value> counts, ends;
  for (const Section &section : sections) {
    FailureOr<Value> count = countUnits(section, sections.size());
    if (failed(count))
      return failure();
    counts.push_back(*count);
    ends.push_back(ends.empty() ? counts.back() : b.add(ends.back(), counts.back()));
  }
  Value units = ends.back(), first = nextUnit(units, b.index(-1));
  auto loop = scf::WhileOp::create(b, TypeRange{b.getIndexType()}, ValueRange{first});
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&loop.getBefore(), {}, {b.getIndexType()}, {b.getLoc()});
  Value candidate = before->getArgument(0);
  Value isUnit = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, candidate, b.index(0));
  scf::ConditionOp::create(b, isUnit, ValueRange{candidate});
  Block *body = b.createBlock(&loop.getAfter(), {}, {b.getIndexType()}, {b.getLoc()});
  Value unit = body->getArgument(0);
  LogicalResult result = success();
  for (auto [index, section] : llvm::enumerate(sections)) {
    Value within = index == 0 ? unit : b.sub(unit, ends[index - 1]);
    auto emit = [&] { result = success(succeeded(result) && succeeded(emitUnit(section, within, counts[index]))); };
    if (sections.size() == 1) {
      emit();
      continue;
    }
    Value isHere = b.less(unit, ends[index]);
    if (index > 0)
      isHere = arith::AndIOp::create(b, isHere, b.less(b.index(-1), within));
    b.when(isHere, emit);
  }
  scf::YieldOp::create(b, nextUnit(units, unit));
  return result;
}

LogicalResult FunctionConverter::emitUnit(const Section &section, Value unit, Value units) {
  block = part = {};
  if (section.partition == Partition::Rows)
    return emitBlocks(section, unit);
  FailureOr<Value> items = countItems(steps[section.steps.front()]);
  if (failed(items))
    return failure();
  part = {b.floorDiv(b.mul(unit, *items), units), b.floorDiv(b.mul(b.add(unit, 1), *items), units)};
  return emitSteps(section);
}

/// All stages of the section, for one block of rows after the other.
LogicalResult FunctionConverter::emitBlocks(const Section &section, Value unit) {
  Value begin = b.mul(unit, common.rowsPerUnit);
  Value end = b.min(b.add(begin, common.rowsPerUnit), common.totalRows);
  Value count = b.sub(end, begin);
  Value rowsPerBlock = b.ceilDiv(count, b.ceilDiv(count, kBlockRows));
  auto loop = scf::ForOp::create(b, begin, end, rowsPerBlock);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value first = loop.getInductionVar();
  block = {first, b.min(b.add(first, rowsPerBlock), end)};
  LogicalResult result = emitSteps(section);
  block = {};
  return result;
}

LogicalResult FunctionConverter::emitSteps(const Section &section) {
  for (size_t index : section.steps) {
    b.setLoc(steps[index].op->getLoc());
    if (failed(convertStep(steps[index])))
      return failure();
    mark(index);
  }
  return success();
}
