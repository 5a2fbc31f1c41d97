//===- Probes.cpp - looking at values inside of a run -----------------------------------------------------------===//

#include "Probes.h"

#include "sst/Runtime/sst_runtime.h"

#include "llvm/ADT/StringExtras.h"

using namespace sst;
using llvm::StringRef;

//===------------------------------------------------------------------------------------------------------------===//
// --probe
//===------------------------------------------------------------------------------------------------------------===//

std::optional<llvm::GlobPattern> ProbePrinter::parseGlob(StringRef text) {
  llvm::Expected<llvm::GlobPattern> pattern = llvm::GlobPattern::create(text);
  if (pattern)
    return std::move(*pattern);
  report.addUsage("--probe", llvm::toString(pattern.takeError()) + " in " + quote(text));
  return std::nullopt;
}

ProbePrinter::ProbePrinter(const InterpretOptions &options, llvm::raw_ostream &stream, Report &report)
    : options(options), stream(stream), report(report) {
  for (StringRef text : options.probes) {
    Selection selection;
    selection.text = text.str();
    selection.both = text.contains('@');
    auto [kind, name] = text.split('@');
    selection.kind = parseGlob(kind);
    selection.name = selection.both ? parseGlob(name) : selection.kind;
    selections.push_back(std::move(selection));
  }
}

bool ProbePrinter::matches(const ProbePoint &point) {
  bool any = false;
  for (Selection &selection : selections) {
    bool kind = selection.kind && selection.kind->match(point.kind);
    bool name = selection.name && selection.name->match(point.name);
    bool match = selection.both ? kind && name : kind || name;
    selection.used |= match;
    any |= match;
  }
  return any;
}

void ProbePrinter::save(const ProbePoint &point) {
  std::string file = std::to_string(saved++);
  file.insert(0, file.size() < 4 ? 4 - file.size() : 0, '0');
  for (StringRef part : {point.kind, point.name}) {
    file += '-';
    // Names come from a file: nothing of them may lead out of the folder.
    for (char c : part.take_front(100))
      file += llvm::isAlnum(c) || c == '_' || c == '.' ? c : '_';
  }
  saveTensor(options.probeOutput + "/" + file + "-" + std::to_string(point.result) + ".npy", point.value,
             /*single=*/false, report);
}

void ProbePrinter::operator()(const ProbePoint &point) {
  if (!matches(point))
    return;
  stream << "probe " << point.kind;
  if (!point.name.empty())
    stream << " " << quote(point.name);
  stream << " #" << point.result << ": ";
  summarize(point.value, options.values, stream);
  if (!options.probeOutput.empty())
    save(point);
}

void ProbePrinter::finish() {
  for (const Selection &selection : selections)
    if (!selection.used)
      report.add(options.frontend.inputFile, "--probe",
                 "nothing that was computed has the op or name " + quote(selection.text),
                 "--probe='*' shows what there is");
}

//===------------------------------------------------------------------------------------------------------------===//
// --taps
//===------------------------------------------------------------------------------------------------------------===//

static constexpr llvm::StringLiteral tapPrefix = "tap.";

TapComparison::TapComparison(const InterpretOptions &options, Report &report) : options(options), report(report) {
  if (options.taps.empty())
    return;
  sst_safetensors_t *file;
  sst_report_t problems = {};
  if (sst_safetensors_open(options.taps.c_str(), &file, &problems) != SST_STATUS_OK) {
    report.add(options.taps, problems);
    sst_report_free(&problems);
    return;
  }
  for (size_t i = 0; i < sst_safetensors_count(file); ++i) {
    const sst_tensor_t *tensor = sst_safetensors_tensor(file, i);
    StringRef name = tensor->name;
    if (!name.consume_front(tapPrefix))
      continue;
    Tap tap;
    tap.want.shape.assign(tensor->shape, tensor->shape + tensor->rank);
    tap.want.data.resize(tensor->elements);
    if (sst_tensor_to_f64(tensor, tap.want.data.data()) != SST_STATUS_OK)
      report.add(options.taps, quote(tensor->name),
                 "expects float values, but got " + llvm::Twine(sst_dtype_name(tensor->dtype)));
    taps.emplace(name.str(), std::move(tap));
  }
  sst_safetensors_free(file);
  if (taps.empty())
    report.add(options.taps, "", "has no tensor whose name starts with 'tap.'");
}

void TapComparison::operator()(const ProbePoint &point) {
  StringRef name = point.name;
  for (const Family *family : options.frontend.families)
    if (name.consume_front(getLayerPrefix(*family, family->getNames().firstLayer)))
      break;
  auto it = taps.find(name.str());
  if (it == taps.end() || point.kind == "sst.get_weight")
    return;
  // A pass may have cut the value down to its last row: then it is not what the tap holds.
  if (point.value.shape != it->second.want.shape)
    return;
  it->second.difference = compareTensors(point.value, it->second.want, options.atol, options.rtol);
}

bool TapComparison::finish(llvm::raw_ostream &stream) {
  bool equal = true, any = taps.empty();
  for (auto &[name, tap] : taps) {
    stream << "tap " << quote(name) << ": ";
    if (!tap.difference) {
      stream << "not computed in this shape\n";
      continue;
    }
    describe(*tap.difference, options.atol, options.rtol, stream);
    equal &= tap.difference->beyond == 0;
    any = true;
  }
  if (!any)
    report.add(options.taps, "", "expects a value with the name and shape of a tap, but none was computed",
               "try --function=sequence without --passes");
  return equal;
}
