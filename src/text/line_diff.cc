#include "text/line_diff.h"

#include <algorithm>
#include <cstdint>

#include "base/strings.h"

namespace pivot::text {

std::vector<std::string> line_diff(std::string_view before, std::string_view after) {
  const auto a = python_splitlines(before), b = python_splitlines(after);
  // common[i][j]: length of the longest common subsequence of the lines from i and from j on.
  std::vector<std::vector<std::uint32_t>> common(a.size() + 1, std::vector<std::uint32_t>(b.size() + 1, 0));
  for (auto i = a.size(); i-- > 0;)
    for (auto j = b.size(); j-- > 0;) common[i][j] = a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
  std::vector<std::string> out;
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      out.push_back(cat(" ", a[i]));
      ++i, ++j;
    } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
      out.push_back(cat("-", a[i++]));
    } else {
      out.push_back(cat("+", b[j++]));
    }
  }
  return out;
}

}  // namespace pivot::text
