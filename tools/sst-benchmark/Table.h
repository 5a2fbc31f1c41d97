/*
 * Table.h - columns of text that line up.
 */
#ifndef SST_TOOLS_SST_BENCHMARK_TABLE_H
#define SST_TOOLS_SST_BENCHMARK_TABLE_H

#include <cstdio>
#include <string>
#include <vector>

namespace sst {

class Table {
public:
  /// The first `leftColumns` columns hold text and are aligned to the left, the others numbers.
  Table(std::vector<std::string> titles, size_t leftColumns);
  /// A row has as many cells as there are titles.
  void addRow(std::vector<std::string> cells) { rows.push_back(std::move(cells)); }
  void print(FILE *stream) const;

private:
  std::vector<std::vector<std::string>> rows; ///< the titles first
  size_t leftColumns;
};

/// A number with as many digits as make sense: "%.*f", or "-" if it is not finite.
std::string fixedText(double value, int decimals);
/// Four significant digits, without an exponent where that is short; "-" if it is not finite.
std::string shortText(double value);

} // namespace sst

#endif // SST_TOOLS_SST_BENCHMARK_TABLE_H
