//===- Archive.cpp - an object as a static library --------------------------------------------------------------===//

#include "sst/Compiler/Artifact.h"
#include "sst/Compiler/Check.h"

#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace sst;

std::string sst::makeArchive(llvm::StringRef name, llvm::ArrayRef<char> object) {
  std::string memberName = (name + ".o").str();
  llvm::NewArchiveMember member(llvm::MemoryBufferRef({object.data(), object.size()}, memberName));
  auto archive = llvm::writeArchiveToBuffer(member, llvm::SymtabWritingMode::NormalSymtab, llvm::object::Archive::K_GNU,
                                            /*Deterministic=*/true, /*Thin=*/false);
  // Only an object that is none can fail, and this one was just made.
  if (!archive)
    llvm::report_fatal_error(llvm::Twine("internal error: archive: ") + llvm::toString(archive.takeError()));
  return (*archive)->getBuffer().str();
}
