//===- OutputFiles.cpp - all files of a compilation, or none ----------------------------------------------------===//
//
// Everything is written to temporary files beside the final ones first; only when all are complete they are renamed.
// An interrupt removes the temporary files.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Driver.h"

#include "sst/Runtime/sst_runtime.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

using namespace sst;
using llvm::SmallString;
using llvm::StringRef;
using llvm::Twine;
namespace fs = llvm::sys::fs;

namespace {
/// A temporary file and the place it will have.
struct Pending {
  std::string temporary, path;
};
} // namespace

static void addError(StringRef path, const std::error_code &error, Report &report) {
  StringRef remedy = error == std::errc::no_such_file_or_directory ? "make its folder first"
                     : error == std::errc::is_a_directory          ? "name a file in it"
                                                                   : "";
  report.add(path, "", "cannot be written: " + error.message(), remedy);
}

bool sst::isSpecialFile(StringRef path) {
  fs::file_status status;
  return !fs::status(path, status) && status.type() != fs::file_type::regular_file &&
         status.type() != fs::file_type::directory_file;
}

/// Writes everything to an open file and closes it.
static std::error_code writeAndClose(int descriptor, bool close, StringRef contents) {
  llvm::raw_fd_ostream stream(descriptor, close, /*unbuffered=*/true);
  stream << contents;
  if (close)
    stream.close();
  std::error_code error = stream.error();
  stream.clear_error();
  return error;
}

/// Writes standard output or a device.
static bool writeDirectly(const OutputFiles::File &file, Report &report) {
  if (file.path == "-") {
    std::error_code error = writeAndClose(/*descriptor=*/1, /*close=*/false, file.contents);
    if (error)
      addError("standard output", error, report);
    return !error;
  }
  int descriptor;
  std::error_code error = fs::openFileForWrite(file.path, descriptor, fs::CD_OpenExisting);
  if (!error)
    error = writeAndClose(descriptor, /*close=*/true, file.contents);
  if (error)
    addError(file.path, error, report);
  return !error;
}

/// Writes the contents to a temporary file in the folder of the final one.
static std::error_code writeTemporary(const OutputFiles::File &file, Pending &pending) {
  // A link stays a link: what it leads to is replaced.
  fs::file_status status;
  bool exists = !fs::status(file.path, status);
  SmallString<256> target(file.path);
  if (exists) {
    if (status.type() == fs::file_type::directory_file)
      return std::make_error_code(std::errc::is_a_directory);
    if (std::error_code error = fs::access(file.path, fs::AccessMode::Write))
      return error;
    if (std::error_code error = fs::real_path(file.path, target))
      return error;
  }
  int descriptor;
  SmallString<256> temporary;
  unsigned mode = file.executable ? 0777 : 0666;
  if (std::error_code error = fs::createUniqueFile(target + ".%%%%%%%%.tmp", descriptor, temporary, fs::OF_None, mode))
    return error;
  llvm::sys::RemoveFileOnSignal(temporary);
  pending = {temporary.str().str(), target.str().str()};
  if (exists)
    fs::setPermissions(descriptor, status.permissions());
  return writeAndClose(descriptor, /*close=*/true, file.contents);
}

void OutputFiles::add(std::string path, std::string contents, bool executable) {
  files.push_back({std::move(path), std::move(contents), executable});
}

void OutputFiles::check(llvm::ArrayRef<std::string> inputs, Report &report) const {
  for (size_t i = 0; i < files.size(); ++i) {
    for (const std::string &input : inputs)
      if (files[i].path == input || fs::equivalent(files[i].path, input))
        report.addUsage("-o", "expects outputs that replace no input, but " + quote(files[i].path) + " is one",
                        "name another file");
    for (size_t j = 0; j < i; ++j)
      if (files[i].path == files[j].path)
        report.addUsage("-o",
                        "expects a name other than that of its header or JSON file, but got " + quote(files[i].path),
                        "name it for instance policy.o");
  }
}

bool OutputFiles::commit(Report &report) {
  std::vector<Pending> pending;
  bool good = true;
  for (const File &file : files) {
    if (file.path == "-" || isSpecialFile(file.path))
      continue;
    Pending entry;
    std::error_code error = writeTemporary(file, entry);
    if (!entry.temporary.empty())
      pending.push_back(entry);
    if (error) {
      addError(file.path, error, report);
      good = false;
    }
  }
  for (const File &file : files)
    if (good && (file.path == "-" || isSpecialFile(file.path)))
      good = writeDirectly(file, report);
  size_t renamed = 0;
  for (; good && renamed < pending.size(); ++renamed)
    if (std::error_code error = fs::rename(pending[renamed].temporary, pending[renamed].path)) {
      addError(pending[renamed].path, error, report);
      good = false;
      // Better none than some that do not belong together.
      for (size_t i = 0; i < renamed; ++i)
        fs::remove(pending[i].path);
    }
  for (const Pending &entry : pending) {
    if (!good)
      fs::remove(entry.temporary);
    llvm::sys::DontRemoveFileOnSignal(entry.temporary);
  }
  return good;
}

bool sst::writeFile(StringRef path, StringRef contents, Report &report) {
  sst_span_t span = {contents.data(), contents.size()};
  sst_error_t error;
  if (sst_file_write(path.str().c_str(), &span, 1, &error) == SST_STATUS_OK)
    return true;
  report.add(path, error);
  return false;
}
