//===- LinkShared.cpp - an object as a shared library -----------------------------------------------------------===//
//
// A linker of the system does it. The library needs no other: the memcpy-class functions that it uses are those of the
// process that loads it. It has no name of its own (DT_SONAME), so that it can be renamed.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Driver.h"

#include "sst/Compiler/Artifact.h"

#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"

using namespace sst;
using llvm::SmallString;
using llvm::StringRef;
namespace fs = llvm::sys::fs;

static constexpr llvm::StringLiteral linkers[] = {"ld.lld-22", "ld.lld", "ld"};

static std::string findLinker() {
  for (StringRef name : linkers)
    if (auto path = llvm::sys::findProgramByName(name))
      return *path;
  return "";
}

namespace {
/// A file in the system's temporary folder, removed at the end.
class TemporaryFile {
public:
  ~TemporaryFile() {
    if (path.empty())
      return;
    fs::remove(path);
    llvm::sys::DontRemoveFileOnSignal(path);
  }
  bool create(StringRef suffix, Report &report) {
    if (std::error_code error = fs::createTemporaryFile("sst-compile", suffix, path)) {
      report.add("temporary folder", "", "cannot be written: " + error.message(), "set TMPDIR to a folder that can");
      return false;
    }
    llvm::sys::RemoveFileOnSignal(path);
    return true;
  }
  llvm::ErrorOr<std::string> read() const {
    auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
    if (!buffer)
      return buffer.getError();
    return (*buffer)->getBuffer().str();
  }

  SmallString<128> path;
};
} // namespace

/// Whether `bytes` are a whole shared library that exports what the runtime looks for.
static bool isArtefact(StringRef bytes) {
  if (llvm::identify_magic(bytes) != llvm::file_magic::elf_shared_object)
    return false;
  auto library = llvm::object::ObjectFile::createELFObjectFile(llvm::MemoryBufferRef(bytes, "library"));
  if (!library) {
    llvm::consumeError(library.takeError());
    return false;
  }
  auto *elf = llvm::dyn_cast<llvm::object::ELFObjectFileBase>(library->get());
  return elf && llvm::any_of(elf->getDynamicSymbolIterators(), [](const llvm::object::ELFSymbolRef &symbol) {
           llvm::Expected<StringRef> name = symbol.getName();
           if (name)
             return *name == "sst_artefact";
           llvm::consumeError(name.takeError());
           return false;
         });
}

std::optional<std::string> sst::linkSharedLibrary(llvm::ArrayRef<char> object, Report &report) {
  std::string linker = findLinker();
  if (linker.empty()) {
    report.add("--emit=shared", "", "needs a linker, but there is no ld.lld-22, ld.lld or ld in the search path",
               "install the package lld-22, or use --emit=obj and link it yourself");
    return std::nullopt;
  }
  TemporaryFile input, output, messages;
  if (!input.create("o", report) || !output.create("so", report) || !messages.create("txt", report))
    return std::nullopt;
  if (!writeFile(input.path, {object.data(), object.size()}, report))
    return std::nullopt;
  StringRef arguments[] = {linker,
                           "-shared",
                           "--build-id=none",
                           "--hash-style=gnu",
                           "--eh-frame-hdr",
                           "-z",
                           "relro",
                           "-z",
                           "now",
                           "-z",
                           "noexecstack",
                           "-z",
                           "text",
                           "-o",
                           output.path,
                           input.path};
  std::optional<StringRef> redirects[] = {StringRef(), messages.path.str(), messages.path.str()};
  std::string failure;
  int code = llvm::sys::ExecuteAndWait(linker, arguments, /*Env=*/std::nullopt, redirects, /*SecondsToWait=*/0,
                                       /*MemoryLimit=*/0, &failure);
  llvm::ErrorOr<std::string> printed = messages.read();
  std::string said = failure + (printed ? *printed : "");
  if (code == 0) {
    llvm::ErrorOr<std::string> library = output.read();
    if (library && isArtefact(*library))
      return std::move(*library);
    said = library ? "it ended without an error, but what it wrote is no shared library"
                   : "what it wrote cannot be read: " + library.getError().message();
  }
  report.add(linker, "", "failed to link the shared library: " + StringRef(said).split('\n').first,
             "install the package lld-22, or use --emit=obj and link it yourself");
  return std::nullopt;
}
