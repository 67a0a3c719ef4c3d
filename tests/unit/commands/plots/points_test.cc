#include "commands/plots/points.h"

#include <doctest/doctest.h>

#include "base/strings.h"
#include "commands/plots/page.h"
#include "text/csv.h"
#include "text/json.h"

using namespace pivot;
using namespace pivot::commands::plots;

namespace {

std::string written(const text::csv::Cells& cells, std::size_t width, FieldNames& names) {
  PointBlock block;
  block.rows = cells.records();
  for (std::size_t k = 0; k < width; ++k)
    block.set(Column::of_texts(names.of(cat("c", std::to_string(k))), &cells.cells[k], width, cells.plain));
  block.set(Column::of_constant(names.of("rev"), "main"));
  std::string out;
  TextSink sink(out);
  write_points(sink, {block});
  sink.flush();
  return out;
}

std::string page_with(const std::string& text) {
  PageElement element{"p", {}, {}};
  element.vega.text = text;
  return html_page({element}, {.title = "t", .before = "", .page_template = "{plot_divs}"});
}

}  // namespace

TEST_CASE("points of a plain table") {
  FieldNames names;
  const auto cells = text::csv::parse("1,long enough for a vector of cells\n2,\n", ',');
  CHECK(cells.plain);
  CHECK(written(cells, 2, names) == R"([{"c0": "1", "c1": "long enough for a vector of cells", "rev": "main"}, {"c0": "2", "c1": "", "rev": "main"}])");
}

TEST_CASE("whatever JSON writes in another way makes a table not plain, wherever it stands") {
  FieldNames names;
  for (const std::string odd : {"\\", "a\"b", "\x01", "\x7f", "\xc3\xa9", "\t"})
    for (const std::size_t before : {0, 7, 15, 16, 40}) {
      const auto text = cat(std::string(before, 'x'), odd);
      const auto content = cat(text, ",1\n");
      const auto cells = text::csv::parse(content, ',');
      INFO(text);
      CHECK_FALSE(cells.plain);
      if (before == 0) continue;  // a quote at the start is no text
      CHECK(written(cells, 2, names) == cat("[{\"c0\": ", text::json::quote(text), ", \"c1\": \"1\", \"rev\": \"main\"}]"));
    }
  CHECK(text::csv::parse("a\tb\n", '\t').plain);
}

TEST_CASE("a cell that is longer than a block") {
  FieldNames names;
  const std::string longest(TextSink::kBlock + 5, 'x');
  const auto content = cat(longest, "\n");
  CHECK(written(text::csv::parse(content, ','), 1, names) == cat("[{\"c0\": \"", longest, "\", \"rev\": \"main\"}]"));
}

TEST_CASE("a specification can't end or comment its script, whatever its length") {
  const std::string odd = "<</script><!--<!-<!--</";
  for (std::size_t before = TextSink::kBlock - odd.size() - 2; before <= TextSink::kBlock + 2; ++before) {
    PointBlock block;
    block.rows = 1;
    FieldNames names;
    // Lengths around that of a block.
    block.set(Column::of_constant(names.of("a"), cat(std::string(before - 8, 'x'), odd)));
    const Points points{block};
    PageElement element{"p", {}, {}};
    element.vega.text = "{\"values\": \"\\u0001points\"}";
    element.vega.points = &points;
    const auto page = html_page({element}, {.title = "t", .before = "", .page_template = "{plot_divs}"});
    CHECK(page.find("x<<\\/script><\\u0021--<!-<\\u0021--<\\/\"}]}") != page.npos);
  }
  CHECK(page_with("{\"a\": \"<\"}").find("var spec = {\"a\": \"<\"};") != std::string::npos);
  CHECK(page_with("\"<!-").find("var spec = \"<!-;") != std::string::npos);
}
