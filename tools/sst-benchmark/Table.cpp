/*
 * Table.cpp - two passes: widths, then lines.
 */
#include "Table.h"

#include <algorithm>
#include <cmath>

namespace sst {

Table::Table(std::vector<std::string> titles, size_t leftColumns) : leftColumns(leftColumns) {
  rows.push_back(std::move(titles));
}

void Table::print(FILE *stream) const {
  std::vector<size_t> widths(rows[0].size());
  for (const std::vector<std::string> &row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  for (const std::vector<std::string> &row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      std::string space(widths[i] - row[i].size(), ' ');
      line += (i ? "  " : "") + (i < leftColumns ? row[i] + space : space + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::fprintf(stream, "%s\n", line.c_str());
  }
}

std::string fixedText(double value, int decimals) {
  if (!std::isfinite(value))
    return "-";
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
  return buffer;
}

std::string shortText(double value) {
  if (!std::isfinite(value))
    return "-";
  char buffer[64];
  double size = std::fabs(value);
  if (size != 0 && size < 1e-3)
    std::snprintf(buffer, sizeof buffer, "%.3g", value);
  else
    std::snprintf(buffer, sizeof buffer, "%.*f",
                  size >= 1000  ? 0
                  : size >= 100 ? 1
                  : size >= 10  ? 2
                  : size >= 1   ? 3
                                : 4,
                  value);
  return buffer;
}

} // namespace sst
