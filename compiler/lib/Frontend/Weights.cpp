//===- Weights.cpp - weights out of a safetensors file ----------------------------------------------------------===//

#include "sst/Compiler/Weights.h"

#include "SizeVotes.h"
#include "TensorTable.h"
#include "sst/Compiler/Check.h"
#include "sst/Compiler/SizeResolver.h"
#include "sst/Runtime/sst_runtime.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cmath>

using namespace sst;
using llvm::ArrayRef;
using llvm::StringRef;
using llvm::Twine;

/// Whether a tensor may be in the file although no model has it: what training left there, and test tensors.
static bool isIgnored(const Family &family, StringRef name) {
  return name == "output" || name.starts_with("input.") || name.starts_with("tap.") || family.getLeastLayers(name);
}

namespace {
/// Reads the tensors of a file once its options are known.
class WeightReader {
public:
  WeightReader(const TensorTable &table, StringRef path, const ResolvedOptions &resolved, Report &report)
      : table(table), family(table.getFamily()), path(path.str()), resolved(resolved), report(report),
        expected(resolved.fileOptions) {}

  std::vector<Weight> run();

private:
  void checkNames();
  void reportUnknown(ArrayRef<TensorTable::Entry> unknown, ArrayRef<StringRef> missing);
  bool readWeight(const WeightInfo &shape, const sst_tensor_t &tensor, Weight &weight);
  void checkValues(const WeightInfo &shape, const sst_tensor_t &tensor, ArrayRef<float> values);
  /// `weight` is without the prefix.
  void reject(StringRef weight, const Twine &what, const Twine &remedy) {
    report.add(path, "tensor " + quote(table.getFileName(weight)), what, remedy);
  }

  const TensorTable &table;
  const Family &family;
  std::string path;
  const ResolvedOptions &resolved;
  Report &report;
  /// The weights that the file should have.
  WeightTable expected;
};
} // namespace

/// Reports missing and unknown tensors.
void WeightReader::checkNames() {
  std::vector<StringRef> missing;
  for (const WeightInfo &shape : expected.getWeights()) {
    if (table.find(shape.name) || resolved.reported.contains(shape.name))
      continue;
    missing.push_back(shape.name);
    reject(shape.name, "is missing; expects shape " + formatSizes(shape.fileShape), "export the model again with it");
  }
  std::vector<TensorTable::Entry> unknown;
  int64_t firstLayer = family.getNames().firstLayer;
  int64_t endLayer = firstLayer + resolved.fileOptions.getSize(family.getRoles().layerCount);
  for (const TensorTable::Entry &entry : table.getEntries()) {
    StringRef name = entry.name;
    bool isWeight = expected.find(name) && table.find(name) == entry.tensor;
    if (isWeight || isIgnored(family, name) || resolved.reported.contains(name))
      continue;
    // Whole layers too many contradict their number and are reported there.
    auto parts = splitLayerName(family, name);
    if (parts && (parts->first < firstLayer || parts->first >= endLayer) &&
        expected.find(getLayerPrefix(family, firstLayer) + parts->second.str()))
      continue;
    unknown.push_back(entry);
  }
  reportUnknown(unknown, missing);
}

/// The flag that ignores a name and, if it is too long to be shown, those that start alike. For a shell, and with what
/// has a meaning in a pattern, or cannot be shown, replaced.
static std::string makeIgnoreFlag(StringRef name, bool isStart = false) {
  size_t length = std::min<size_t>(name.size(), 100);
  while (length > 0 && length < name.size() && (static_cast<unsigned char>(name[length]) & 0xc0) == 0x80)
    --length;
  std::string pattern;
  bool isPlain = length == name.size() && !isStart;
  for (char c : name.take_front(length)) {
    auto byte = static_cast<unsigned char>(c);
    isPlain &= llvm::isAlnum(c) || StringRef("._-/:").contains(c);
    pattern += byte < 0x20 || byte == 0x7f || StringRef("[]*?\\'").contains(c) ? '?' : c;
  }
  if (isStart || length < name.size())
    pattern += '*';
  return "--ignore=" + (isPlain ? pattern : "'" + pattern + "'");
}

/// Reports tensors that do not belong there, those of whole groups, such as the state of an optimizer, together.
void WeightReader::reportUnknown(ArrayRef<TensorTable::Entry> unknown, ArrayRef<StringRef> missing) {
  std::vector<StringRef> all;
  llvm::StringMap<size_t> groups;
  // Up to the first dot; a group that holds weights cannot be ignored.
  auto getGroup = [](StringRef name) { return name.take_front(name.find('.') + 1); };
  for (const TensorTable::Entry &entry : unknown)
    if (!findWeightPrefix(family, entry.tensor->name))
      ++groups[getGroup(entry.tensor->name)];
  groups.erase("");
  for (const WeightInfo &shape : expected.getWeights()) {
    all.push_back(shape.name);
    groups.erase(getGroup(table.getFileName(shape.name)));
  }
  size_t shown = 0, left = 0;
  for (auto [name, tensor] : unknown) {
    StringRef fileName = tensor->name;
    std::optional<size_t> prefixLength = findWeightPrefix(family, fileName);
    bool isOfAnotherPrefix = prefixLength && fileName.take_front(*prefixLength) != table.getPrefix();
    size_t &size = groups[isOfAnotherPrefix ? "" : getGroup(fileName)];
    if (size == SIZE_MAX) // reported
      continue;
    if (shown == kMaxNamedTensors) {
      ++left;
      continue;
    }
    ++shown;
    if (size > 2) {
      report.add(path, "tensor " + quote(fileName) + " and " + Twine(size - 1) + " others",
                 "are no weights of this model",
                 "remove them, or give " + makeIgnoreFlag(getGroup(fileName), /*isStart=*/true));
      size = SIZE_MAX;
      continue;
    }
    StringRef nearest = findNearest(name, missing);
    if (nearest.empty())
      nearest = findNearest(name, all);
    std::string remedy =
        "remove it, or " + (nearest.empty() ? "give " + makeIgnoreFlag(fileName)
                                            : "did you mean " + quote(table.getFileName(nearest)) + "?");
    if (isOfAnotherPrefix)
      remedy = "export the model again with all weights under one prefix";
    report.add(path, "tensor " + quote(fileName), "is no weight of this model", remedy);
  }
  if (left > 0)
    report.add(path, "", "has " + Twine(left) + " further tensors that are no weights of this model");
}

/// The indices of element `index`: `[3, 0, 7]`.
static std::string formatPosition(ArrayRef<int64_t> shape, int64_t index) {
  llvm::SmallVector<int64_t, 3> position(shape.size());
  for (size_t i = shape.size(); i-- > 0;) {
    position[i] = index % shape[i];
    index /= shape[i];
  }
  return formatSizes(position);
}

/// "2 values are NaN, the first at [0, 1]".
static std::string describeBadValues(StringRef what, size_t count, const std::string &position) {
  if (count == 1)
    return ("has a value that is " + what + ", at " + position).str();
  return ("has " + Twine(count) + " values that are " + what + ", the first at " + position).str();
}

/// Reports NaN, infinity, and what was finite but does not fit.
void WeightReader::checkValues(const WeightInfo &shape, const sst_tensor_t &tensor, ArrayRef<float> values) {
  enum { isNaN, isInfinite, isTooLarge, kinds };
  size_t counts[kinds] = {};
  int64_t first[kinds] = {};
  std::vector<double> wide;
  for (auto [i, value] : llvm::enumerate(values)) {
    if (std::isfinite(value))
      continue;
    if (wide.empty() && tensor.dtype == SST_DTYPE_F64) {
      wide.resize(tensor.elements);
      SST_CHECK(sst_tensor_to_f64(&tensor, wide.data()) == SST_STATUS_OK, "F64 converts to double");
    }
    bool overflows = !wide.empty() && std::isfinite(wide[i]);
    unsigned kind = std::isnan(value) ? isNaN : overflows ? isTooLarge : isInfinite;
    if (counts[kind]++ == 0)
      first[kind] = static_cast<int64_t>(i);
  }
  static constexpr llvm::StringLiteral names[kinds] = {"NaN", "infinite", "too large for 32-bit floats"};
  for (unsigned kind = 0; kind < kinds; ++kind)
    if (counts[kind])
      reject(shape.name, describeBadValues(names[kind], counts[kind], formatPosition(shape.fileShape, first[kind])),
             "give the weights of a training that did not diverge");
}

/// Returns whether the tensor has the right shape and a type that can be read.
bool WeightReader::readWeight(const WeightInfo &shape, const sst_tensor_t &tensor, Weight &weight) {
  bool good = true;
  llvm::SmallVector<int64_t, 3> found = getFileShape(tensor);
  if (found != shape.fileShape) {
    reject(shape.name, "expects shape " + formatSizes(shape.fileShape) + ", but got " + formatSizes(found),
           "export the model again, or correct the options");
    good = false;
  }
  switch (tensor.dtype) {
  case SST_DTYPE_F16:
  case SST_DTYPE_BF16:
  case SST_DTYPE_F32:
  case SST_DTYPE_F64:
    break;
  default:
    reject(shape.name, "expects F32, F16, BF16 or F64 values, but got " + Twine(sst_dtype_name(tensor.dtype)),
           "convert it to F32");
    good = false;
  }
  if (!good)
    return false;
  weight.name = shape.name;
  weight.shape = shape.shape;
  weight.values.resize(tensor.elements);
  SST_CHECK(sst_tensor_to_f32(&tensor, weight.values.data()) == SST_STATUS_OK, "these types convert to float");
  checkValues(shape, tensor, weight.values);
  return true;
}

std::vector<Weight> WeightReader::run() {
  checkNames();
  std::vector<Weight> weights;
  weights.reserve(expected.getWeights().size());
  for (const WeightInfo &shape : expected.getWeights()) {
    const sst_tensor_t *tensor = table.find(shape.name);
    Weight weight;
    if (tensor && !resolved.reported.contains(shape.name) && readWeight(shape, *tensor, weight))
      weights.push_back(std::move(weight));
  }
  return weights;
}

std::optional<Model> sst::readWeights(const sst_safetensors &file, StringRef path, const StatedOptions &stated,
                                      const TensorNames &names, Report &report) {
  size_t problemsBefore = report.size();
  std::optional<TensorTable> table = TensorTable::create(stated.getFamily(), file, path, names, report);
  if (!table)
    return std::nullopt;
  std::optional<ResolvedOptions> resolved = SizeResolver(*table, path, stated, report).run();
  if (!resolved)
    return std::nullopt;
  std::vector<Weight> weights = WeightReader(*table, path, *resolved, report).run();
  if (report.size() == problemsBefore)
    checkModelSize(resolved->options, path, /*usage=*/false, report);
  if (report.size() != problemsBefore)
    return std::nullopt;
  Model model;
  model.options = resolved->options;
  model.tensorPrefix = table->getPrefix().str();
  model.weights = std::move(weights);
  model.weightsDigest = computeWeightsDigest(model.weights);
  return model;
}

std::string sst::computeWeightsDigest(ArrayRef<Weight> weights) {
  static_assert(llvm::endianness::native == llvm::endianness::little, "values are hashed as they lie in memory");
  // Not LLVM's: libcrypto uses the CPU's instructions, which takes a tenth of the time. No configuration of the system
  // may change what it does.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  SST_CHECK(hash && EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr) == 1, "libcrypto has no SHA-256");
  auto add = [&](const void *data, size_t bytes) {
    SST_CHECK(EVP_DigestUpdate(hash.get(), data, bytes) == 1, "libcrypto cannot hash");
  };
  auto addInteger = [&](uint64_t value) { add(&value, sizeof(value)); };
  for (const Weight &weight : weights) {
    addInteger(weight.name.size());
    add(weight.name.data(), weight.name.size());
    addInteger(weight.shape.size());
    for (int64_t size : weight.shape)
      addInteger(static_cast<uint64_t>(size));
    add(weight.values.data(), weight.values.size() * sizeof(float));
  }
  std::array<uint8_t, 32> digest;
  SST_CHECK(EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr) == 1, "libcrypto cannot hash");
  return llvm::toHex(digest, /*LowerCase=*/true);
}
