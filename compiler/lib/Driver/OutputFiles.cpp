//===- OutputFiles.cpp - all files of a compilation, or none ----------------------------------------------------===//
//
// The runtime library writes them (sst_files_write), after it has removed what a killed compiler left.
//
//===------------------------------------------------------------------------------------------------------------===//

#include "Driver.h"

#include "sst/Runtime/sst_runtime.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace sst;
using llvm::StringRef;
namespace fs = llvm::sys::fs;

bool sst::isSpecialFile(StringRef path) {
  fs::file_status status;
  return !fs::status(path, status) && status.type() != fs::file_type::regular_file &&
         status.type() != fs::file_type::directory_file;
}

/// Writes standard output.
static bool writeStandardOutput(StringRef contents, Report &report) {
  llvm::raw_fd_ostream stream(/*fd=*/1, /*shouldClose=*/false, /*unbuffered=*/true);
  stream << contents;
  std::error_code error = stream.error();
  stream.clear_error();
  if (error)
    report.add("standard output", "", "cannot be written: " + error.message());
  return !error;
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

/// Adds the messages of the runtime library, each of which starts with the path of a file.
static void addProblems(llvm::ArrayRef<OutputFiles::File> files, const sst_report_t &problems, Report &report) {
  for (size_t i = 0; i < problems.kept; ++i) {
    StringRef message = sst_report_message(&problems, i);
    const auto *file =
        llvm::find_if(files, [&](const OutputFiles::File &f) { return message.starts_with(f.path + ": "); });
    if (file == files.end())
      report.add("output", "", message);
    else
      report.add(file->path, "", message.drop_front(file->path.size() + 2));
  }
}

bool OutputFiles::commit(Report &report) {
  std::vector<sst_span_t> spans;
  std::vector<sst_output_t> outputs;
  spans.reserve(files.size());
  for (const File &file : files) {
    if (file.path == "-") {
      if (!writeStandardOutput(file.contents, report))
        return false;
      continue;
    }
    sst_files_remove_abandoned(file.path.c_str());
    spans.push_back({file.contents.data(), file.contents.size()});
    outputs.push_back({file.path.c_str(), &spans.back(), 1, file.executable});
  }
  sst_report_t problems = {};
  bool good = sst_files_write(outputs.data(), outputs.size(), &problems) == SST_STATUS_OK;
  addProblems(files, problems, report);
  sst_report_free(&problems);
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
