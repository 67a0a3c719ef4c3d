#include "text/csv.h"

#include <doctest/doctest.h>

#include "base/strings.h"

using pivot::text::csv::Cells;

namespace {

/// Records by lines, cells by "|".
std::string shown(const std::string& content, char delimiter = ',') {
  const auto table = pivot::text::csv::parse(content, delimiter);
  std::string out;
  for (std::size_t record = 0; record < table.records(); ++record) {
    for (auto i = table.begin_of(record); i < table.ends[record]; ++i) out += pivot::cat(i > table.begin_of(record) ? "|" : "", table.cells[i]);
    out += '\n';
  }
  return out;
}

}  // namespace

TEST_CASE("tables of text are read as Python's csv module reads them") {
  CHECK(shown("a,b\n1,2\n") == "a|b\n1|2\n");
  CHECK(shown("a,b\r\n\r\n\n1,\n,") == "a|b\n1|\n|\n");
  CHECK(shown("a b\tc,d", '\t') == "a b|c,d\n");
  CHECK(shown("\"a,\"\"b\"\"\nc\",d\n") == "a,\"b\"\nc|d\n");
  CHECK(shown("x\"y\",\"a\"b\"c,\"\"\n") == "x\"y\"|ab\"c|\n");
  CHECK(shown("\"open,\n1") == "open,\n1\n");
  CHECK(shown("\n\n").empty());
}
