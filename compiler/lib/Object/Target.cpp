//===- Target.cpp - the architectures that objects can be for ---------------------------------------------------===//

#include "Target.h"

#include "sst/Compiler/Check.h"

#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"

using namespace sst;

static constexpr unsigned char kX86EntryCode[] = {
#include "entry.x86_64.bc.inc"
};
static constexpr unsigned char kAArch64EntryCode[] = {
#include "entry.aarch64.bc.inc"
};

static constexpr ModuleFlag kX86Protection[] = {{"cf-protection-branch", 1}, {"cf-protection-return", 1}};

// To processors without these, their instructions do nothing. 2: functions have the attributes.
static constexpr ModuleFlag kAArch64Protection[] = {
    {"branch-target-enforcement", 2}, {"guarded-control-stack", 2}, {"sign-return-address", 2}};
static constexpr FunctionAttribute kAArch64FunctionProtection[] = {{"branch-target-enforcement", ""},
                                                                   {"guarded-control-stack", ""},
                                                                   {"sign-return-address", "non-leaf"},
                                                                   {"sign-return-address-key", "a_key"}};

static void initializeX86() {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMInitializeX86AsmParser();
}

static void initializeAArch64() {
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64Target();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64AsmPrinter();
  LLVMInitializeAArch64AsmParser();
}

/// In the order of Architecture.
static constexpr Target kTargets[] = {
    {"x86_64-unknown-linux-gnu", "x86-64", kX86EntryCode, kX86Protection, {}, initializeX86},
    {"aarch64-unknown-linux-gnu", "generic", kAArch64EntryCode, kAArch64Protection, kAArch64FunctionProtection,
     initializeAArch64},
};

const Target &sst::getTarget(Architecture architecture) { return kTargets[static_cast<size_t>(architecture)]; }

const Target &sst::getTarget(const llvm::Module &module) {
  for (const Target &target : kTargets)
    if (module.getTargetTriple() == llvm::Triple(target.triple))
      return target;
  SST_CHECK(false, "a module is for an unknown target: " + module.getTargetTriple().str());
}

std::unique_ptr<llvm::TargetMachine> sst::createTargetMachine(const Target &target) {
  static const bool initialized = [] {
    for (const Target &each : kTargets)
      each.initialize();
    return true;
  }();
  (void)initialized;
  llvm::Triple triple(target.triple);
  std::string error;
  const llvm::Target *backend = llvm::TargetRegistry::lookupTarget(triple, error);
  SST_CHECK(backend, error);
  llvm::TargetOptions options;
  // A product and a sum are one operation only where the program says so. Level Less gives code as fast as Aggressive
  // does, in less time (README).
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  // So that a program which calls some of the functions can drop the others (--gc-sections).
  options.FunctionSections = options.DataSections = true;
  return std::unique_ptr<llvm::TargetMachine>(backend->createTargetMachine(
      triple, target.baseline, "", options, llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Less));
}
