//===- LinkShared.cpp - an object as a shared library -----------------------------------------------------------===//
//
// A linker of the system does it. The library needs no other: the memcpy-class functions that it uses are those of the
// process that loads it. It has no name of its own (DT_SONAME), so that it can be renamed.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Driver.h"

#include "sst/Compiler/Artifact.h"
#include "sst/Compiler/Check.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/BinaryFormat/Magic.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"
#include "llvm/TargetParser/Host.h"

#include <cstdlib>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace sst;
using llvm::SmallString;
using llvm::StringRef;
namespace fs = llvm::sys::fs;

/// GNU ld comes last: it links for one architecture only.
static constexpr llvm::StringLiteral linkers[] = {"ld.lld-22", "ld.lld", "ld"};

/// Whether an object is for another architecture than this program.
static bool isForeign(llvm::ArrayRef<char> object) {
  auto file = llvm::object::ObjectFile::createELFObjectFile({llvm::toStringRef(object), "object"});
  SST_CHECK(static_cast<bool>(file), llvm::toString(file.takeError()));
  return (*file)->getArch() != llvm::Triple(llvm::sys::getProcessTriple()).getArch();
}

static std::string findLinker(llvm::ArrayRef<llvm::StringLiteral> names) {
  for (StringRef name : names)
    if (auto path = llvm::sys::findProgramByName(name))
      return *path;
  return "";
}

namespace {
/// A folder for the linker's files in the system's folder for temporary ones, removed at the end. It is locked for as
/// long as this process lives: so the next one knows what a killed one has left.
class LinkFolder {
public:
  ~LinkFolder();
  bool create(Report &report);
  /// The path of a file in it, which an interrupt removes.
  SmallString<128> file(StringRef name);

private:
  SmallString<128> path;
  std::vector<SmallString<128>> files;
  int lock = -1;
};
} // namespace

static constexpr llvm::StringLiteral folderPrefix = "sst-link-";

/// Opens and locks a folder; -1 if it is not this user's, or somebody has locked it.
static int lockFolder(StringRef path) {
  int descriptor = open(path.str().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0)
    return -1;
  struct stat opened, named;
  // Its name may have gone meanwhile, or be another's.
  if (fstat(descriptor, &opened) == 0 && opened.st_uid == geteuid() && flock(descriptor, LOCK_EX | LOCK_NB) == 0 &&
      lstat(path.str().c_str(), &named) == 0 && opened.st_ino == named.st_ino)
    return descriptor;
  close(descriptor);
  return -1;
}

static void removeAbandonedFolders(StringRef parent) {
  std::error_code error;
  for (fs::directory_iterator entry(parent, error), end; entry != end && !error; entry.increment(error)) {
    if (!llvm::sys::path::filename(entry->path()).starts_with(folderPrefix))
      continue;
    if (int descriptor = lockFolder(entry->path()); descriptor >= 0) {
      fs::remove_directories(entry->path());
      close(descriptor);
    }
  }
}

bool LinkFolder::create(Report &report) {
  SmallString<128> parent;
  llvm::sys::path::system_temp_directory(/*erasedOnReboot=*/true, parent);
  removeAbandonedFolders(parent);
  // Where folders cannot be locked, one attempt is as good as another.
  for (int attempt = 0; attempt < 10 && lock < 0; ++attempt) {
    std::string name = (parent + "/" + folderPrefix + "XXXXXX").str();
    if (!mkdtemp(name.data())) {
      report.add(parent, "", "cannot be written: " + llvm::sys::StrError(), "set TMPDIR to a folder that can");
      return false;
    }
    if (!path.empty())
      fs::remove(path);
    path = name;
    lock = lockFolder(path);
  }
  return true;
}

SmallString<128> LinkFolder::file(StringRef name) {
  SmallString<128> result(path);
  llvm::sys::path::append(result, name);
  llvm::sys::RemoveFileOnSignal(result);
  files.push_back(result);
  return result;
}

LinkFolder::~LinkFolder() {
  for (const auto &file : files)
    llvm::sys::DontRemoveFileOnSignal(file);
  if (!path.empty())
    fs::remove_directories(path);
  if (lock >= 0)
    close(lock);
}

/// What a file has in it.
static llvm::ErrorOr<std::string> readFile(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return buffer.getError();
  return (*buffer)->getBuffer().str();
}

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
  bool foreign = isForeign(object);
  std::string linker = findLinker(llvm::ArrayRef(linkers).drop_back(foreign ? 1 : 0));
  if (linker.empty()) {
    report.add("--emit=shared", "",
               foreign
                   ? "needs a linker for another architecture, but there is no ld.lld-22 or ld.lld in the search path"
                   : "needs a linker, but there is no ld.lld-22, ld.lld or ld in the search path",
               "install the package lld-22, or use --emit=obj and link the object into the program");
    return std::nullopt;
  }
  LinkFolder folder;
  if (!folder.create(report))
    return std::nullopt;
  SmallString<128> input = folder.file("model.o"), output = folder.file("model.so"), messages = folder.file("said.txt");
  if (!writeFile(input, {object.data(), object.size()}, report))
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
                           output,
                           input};
  std::optional<StringRef> redirects[] = {StringRef(), messages.str(), messages.str()};
  std::string failure;
  int code = llvm::sys::ExecuteAndWait(linker, arguments, /*Env=*/std::nullopt, redirects, /*SecondsToWait=*/0,
                                       /*MemoryLimit=*/0, &failure);
  llvm::ErrorOr<std::string> printed = readFile(messages);
  std::string said = failure + (printed ? *printed : "");
  if (code == 0) {
    llvm::ErrorOr<std::string> library = readFile(output);
    if (library && isArtefact(*library))
      return std::move(*library);
    said = library ? "it ended without an error, but what it wrote is no shared library"
                   : "what it wrote cannot be read: " + library.getError().message();
  }
  if (code < 0)
    report.add(linker, "", "cannot be started: " + StringRef(said).split('\n').first,
               "raise the limit that keeps it from that, or use --emit=obj and link the object into the program");
  else
    report.add(linker, "",
               "failed to link the shared library: " +
                   (said.empty() ? "it did not say why" : StringRef(said).split('\n').first),
               "install the package lld-22, or use --emit=obj and link the object into the program");
  return std::nullopt;
}
