/*
 * Cases.cpp - the product of the lists of the command line.
 */
#include "Cases.h"

#include "common/Arguments.h"

#include <regex.h>
#include <set>

namespace sst {

namespace {

/// The last `parts` parts of a path.
std::string lastParts(const std::string &path, size_t parts) {
  size_t begin = path.size();
  for (; parts > 0 && begin > 0; --parts)
    if ((begin = path.rfind('/', begin - 1)) == std::string::npos)
      return path;
  return begin == path.size() ? path : path.substr(begin + 1);
}

/// What --filter asks for.
class Filter {
public:
  explicit Filter(const std::string &text) : all(text.empty()) {
    // The options were checked: the expression is good.
    if (!all)
      all = regcomp(&expression, text.c_str(), REG_EXTENDED | REG_NOSUB) != 0;
    owner = !text.empty() && !all;
  }
  ~Filter() {
    if (owner)
      regfree(&expression);
  }
  Filter(const Filter &) = delete;
  Filter &operator=(const Filter &) = delete;
  bool matches(const std::string &name) const { return all || regexec(&expression, name.c_str(), 0, nullptr, 0) == 0; }

private:
  bool all, owner = false;
  regex_t expression;
};

/// Most rows of a stream in this mode. One with an attention window has no end, but ahead of time it ends with that.
size_t mostStreamRows(const sst_info_t &info, Mode mode) {
  if (info.attention_window == 0)
    return info.max_rows;
  return mode == Mode::Ahead ? info.attention_window : SIZE_MAX;
}

/// Whether the model has streams of that many rows.
bool checkStreams(const Case &item, sst_report_t *report) {
  size_t most = item.info().max_rows, window = item.info().attention_window;
  if (!item.streams())
    return true;
  if (item.info().state_bytes == 0)
    sst_report_add(report, SST_STATUS_UNSUPPORTED, "%s: the model has no streams; measure --mode=window,sequence",
                   item.name().c_str());
  else if (item.rows <= mostStreamRows(item.info(), item.mode))
    return true;
  else if (window > 0)
    sst_report_add(report, SST_STATUS_CAPACITY_EXCEEDED,
                   "%s: expects at most %zu rows ahead of time (attention_window of the model), but got %zu; a stream "
                   "with more is not what window computes",
                   item.name().c_str(), window, item.rows);
  else
    sst_report_add(report, SST_STATUS_CAPACITY_EXCEEDED,
                   "%s: expects at most %zu rows in a stream (max_rows of the model), but got %zu; compile the model "
                   "with --max-rows=%zu",
                   item.name().c_str(), most, item.rows, item.rows);
  return false;
}

/// Whether the memory that a case needs is a number that makes sense.
bool checkSizes(const Case &item, sst_report_t *report) {
  size_t floats, bytes;
  size_t channels = std::max(item.info().embed_dim, item.info().hidden_size);
  if (sst_mul_size(item.batch, item.rows, &floats) && sst_mul_size(floats, channels, &floats) &&
      sst_mul_size(floats, sizeof(float), &bytes)) {
    sst_status_t status = item.functions().workspace_bytes(item.batch, item.rows, item.threads, &bytes);
    if (status == SST_STATUS_OK)
      return true;
    sst_report_add(report, status, "%s: no workspace for this size: %s", item.name().c_str(), sst_status_text(status));
  } else {
    sst_report_add(report, SST_STATUS_SIZE_OVERFLOW, "%s: the input and the output would be too large",
                   item.name().c_str());
  }
  return false;
}

/// The window size, or what fits into a stream.
std::vector<size_t> defaultRows(const sst_info_t &info, Mode mode) {
  size_t rows = std::max<size_t>(1, info.window_size);
  return {addsRow(mode) && info.max_rows > 0 ? std::min<size_t>(rows, mostStreamRows(info, mode)) : rows};
}

} // namespace

std::string Case::name() const {
  return model->label + "/" + modeName(mode) + "/batch:" + std::to_string(batch) + "/rows:" + std::to_string(rows) +
         "/threads:" + std::to_string(threads) + "/" + sst_variant_name(variant);
}

sst_run_fn Case::entry() const {
  switch (mode) {
  case Mode::Window:
    return functions().window;
  case Mode::Sequence:
    return functions().sequence;
  case Mode::Prefill: // --mode refuses it
    break;
  case Mode::Step:
    return functions().step;
  case Mode::Ahead:
    return functions().ahead_finish;
  }
  return nullptr;
}

std::vector<std::string> shortLabels(const std::vector<std::string> &paths) {
  size_t longest = 1;
  for (const std::string &path : paths)
    longest = std::max(longest, path.size());
  std::vector<std::string> labels;
  for (size_t parts = 1; parts <= longest; ++parts) {
    labels.clear();
    for (const std::string &path : paths)
      labels.push_back(lastParts(path, parts));
    if (std::set<std::string>(labels.begin(), labels.end()).size() == labels.size())
      break;
  }
  return labels;
}

bool loadModels(const BenchmarkOptions &options, std::vector<BenchmarkModel> &models, sst_report_t *report) {
  std::vector<std::string> labels = shortLabels(options.artefacts);
  models.resize(options.artefacts.size());
  bool good = true;
  for (size_t i = 0; i < models.size(); ++i) {
    models[i].label = labels[i];
    good &= loadArtefact(options.artefacts[i], models[i].artefact, report);
  }
  return good;
}

std::vector<Case> makeCases(const BenchmarkOptions &options, const std::vector<BenchmarkModel> &models,
                            sst_report_t *report) {
  Filter filter(options.filter);
  std::vector<Case> cases;
  size_t before = sst_report_count(report);
  for (const BenchmarkModel &model : models) {
    std::set<sst_variant_t> variants;
    for (sst_variant_t wanted : options.variants)
      variants.insert(chooseVariant(model.artefact, wanted, report));
    variants.erase(SST_VARIANT_AUTO);
    for (sst_variant_t variant : variants)
      for (Mode mode : options.modes)
        for (size_t batch : options.batches)
          for (size_t rows : options.rows.empty() ? defaultRows(model.artefact.info, mode) : options.rows)
            for (size_t threads : options.threads) {
              Case item{&model, variant, mode, batch, rows, threads};
              if (filter.matches(item.name()) && checkStreams(item, report) && checkSizes(item, report))
                cases.push_back(item);
            }
  }
  if (cases.empty() && sst_report_count(report) == before)
    sst_report_add(report, SST_STATUS_INVALID_ARGUMENT, "--filter: no combination's name matches %s",
                   quoted(options.filter).c_str());
  return cases;
}

} // namespace sst
