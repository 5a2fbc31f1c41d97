//===- Signature.cpp - the arguments of kernels -----------------------------------------------------------------===//

#include "sst/Compiler/Signature.h"

#include "sst/Compiler/KernelBuilder.h"
#include "sst/Runtime/sst_entry.h"

using namespace mlir;
using namespace sst;

MemRefType sst::getFlatMemRef(Type element) { return MemRefType::get({kUnknownLength}, element); }

MemRefType sst::getWeightMemRef(MLIRContext *context, Storage storage) {
  return getFlatMemRef(storage == Storage::BF16 ? Type(IntegerType::get(context, 16))
                                                : Type(Float32Type::get(context)));
}

void sst::passPointers(func::FuncOp function) {
  function->setAttr("llvm.bareptr", UnitAttr::get(function.getContext()));
}

MemRefType RowsType::memref(MLIRContext *context) const {
  return MemRefType::get({kUnknownLength, stride}, Float32Type::get(context));
}

std::string RowsType::text() const {
  return padded() ? std::to_string(channels) : std::to_string(channels) + "of" + std::to_string(stride);
}

/// From the first state to that of `sequence`, in bytes. A memref is a base and an offset, and the states may be
/// anywhere; so the base is the first state, the offset may be any number, also a negative one.
Value StreamStates::distance(KernelBuilder &b, Value sequence) const {
  auto address = [&](Value index) -> Value { return memref::LoadOp::create(b, addresses.value, ValueRange{index}); };
  Value bytes = arith::SubIOp::create(b, address(sequence), address(b.index(0)));
  return arith::IndexCastOp::create(b, b.getIndexType(), bytes);
}

Value StreamStates::position(KernelBuilder &b, Value sequence) const {
  Value offset = b.add(distance(b, sequence), static_cast<int64_t>(offsetof(sst_state_header_t, position)));
  auto type = MemRefType::get({1}, b.getI64Type());
  Value view = memref::ViewOp::create(b, type, first.value, offset, ValueRange());
  Value rows = memref::LoadOp::create(b, view, ValueRange{b.index(0)});
  return arith::IndexCastOp::create(b, b.getIndexType(), rows);
}

Value StreamStates::values(KernelBuilder &b, Value sequence, Value offset) const {
  return memref::ViewOp::create(b, getFlatMemRef(b.getF32Type()), first.value, b.add(distance(b, sequence), offset),
                                ValueRange());
}

void Signature::add(Value &number) {
  if (number)
    entries.push_back({&number, nullptr});
}

void Signature::add(Memory &memory) {
  if (memory)
    entries.push_back({nullptr, &memory});
}

void Signature::add(StreamStates &states) {
  add(states.first);
  add(states.addresses);
}

SmallVector<Type> Signature::getTypes() const {
  return llvm::map_to_vector(
      entries, [](const Entry &entry) { return entry.memory ? Type(entry.memory->type) : entry.number->getType(); });
}

SmallVector<Value> Signature::getValues(KernelBuilder &b) const {
  return llvm::map_to_vector(entries, [&](const Entry &entry) -> Value {
    if (!entry.memory)
      return *entry.number;
    const Memory &memory = *entry.memory;
    return memory.offset ? Value(memref::ViewOp::create(b, memory.type, memory.value, memory.offset, ValueRange()))
                         : memory.value;
  });
}

void Signature::withArguments(ValueRange arguments, function_ref<void()> emit) {
  SmallVector<Memory> bound;
  for (auto [entry, argument] : llvm::zip_equal(entries, arguments)) {
    if (entry.memory) {
      bound.push_back(*entry.memory);
      *entry.memory = {argument, {}, entry.memory->type};
    } else {
      bound.push_back({*entry.number, {}, {}});
      *entry.number = argument;
    }
  }
  emit();
  for (auto [entry, before] : llvm::zip_equal(entries, bound)) {
    if (entry.memory)
      *entry.memory = before;
    else
      *entry.number = before.value;
  }
}
