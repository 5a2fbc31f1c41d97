//===- Log.cpp - what a process that checks modules tells the one that started it -------------------------------===//

#include "Log.h"

#include "llvm/Support/raw_ostream.h"

#include <sys/time.h>
#include <unistd.h>

using namespace sst;

std::string sst::printModuleText(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text + "\n";
}

std::string sst::onOneLine(llvm::StringRef text) {
  std::string line = text.rtrim().str();
  for (char &c : line)
    if (c == '\n' || c == '\t')
      c = ' ';
  return line;
}

void Log::send(llvm::StringRef tag, llvm::StringRef text) {
  std::string line = (tag + "\t" + onOneLine(text).substr(0, 3000) + "\n").str();
  for (size_t done = 0; done < line.size();) {
    ssize_t written = write(descriptor, line.data() + done, line.size() - done);
    if (written <= 0)
      _exit(1); // nobody listens
    done += static_cast<size_t>(written);
  }
}

/// Time on the clock alone would find fault with a program because the machine is busy.
static void setTimers(unsigned seconds) {
  itimerval timer = {};
  timer.it_value.tv_sec = seconds;
  setitimer(ITIMER_PROF, &timer, nullptr);
  alarm(30 * seconds);
}

void Log::begin(uint64_t module, unsigned seconds) {
  number = module;
  send("begin", std::to_string(module));
  setTimers(seconds);
}

void Log::keep(mlir::ModuleOp module) {
  if (folder.empty())
    return;
  std::error_code error;
  llvm::raw_fd_ostream stream(path(kCurrentFile), error);
  if (!error)
    stream << printModuleText(module);
}

void Log::doing(const llvm::Twine &what) { send("doing", what.str()); }

void Log::finding(llvm::StringRef kind, llvm::StringRef what, llvm::StringRef text, mlir::ModuleOp module) {
  std::string file;
  if (!folder.empty()) {
    file = path(kind + "-" + llvm::Twine(number) + ".mlir");
    std::error_code error;
    llvm::raw_fd_ostream stream(file, error);
    if (!error)
      stream << "// " << kind << ": " << onOneLine(what) << "\n// " << onOneLine(text) << "\n"
             << printModuleText(module);
  }
  send("finding", (kind + ": " + what + ": " + text + (file.empty() ? "" : " [" + file + "]")).str());
}

void Log::end() {
  setTimers(0);
  for (auto &[what, times] : counts)
    send("count", std::to_string(times) + " " + what);
  counts.clear();
  if (!folder.empty())
    unlink(path(kCurrentFile).c_str());
  send("end", "");
}
