#include "exporters/output_comparison.h"

#include <doctest/doctest.h>

#include <limits>

using namespace pivot;
using namespace pivot::exporters;

namespace {

using Lines = std::vector<std::string>;

Comparison compared(Form form, std::string_view left, std::string_view right, Tolerance tolerance = {}) {
  return compare_contents(form, left, right, tolerance);
}

}  // namespace

TEST_CASE("the form of an output is told by its name") {
  CHECK(form_of("a/b.JSON") == Form::json);
  CHECK(form_of("x.tsv") == Form::tsv);
  CHECK(form_of("model.joblib") == Form::pickle);
  CHECK(takes_python(form_of("t.parquet")));
  CHECK(form_of("README") == Form::plain);
}

TEST_CASE("equal values in other bytes are equal, not identical") {
  CHECK(compared(Form::json, "{\"a\": 1}", "{\"a\": 1}").likeness == Likeness::identical);
  CHECK(compared(Form::json, "{\"a\": 1, \"b\": [2]}", "{\"b\":[2.0],\"a\":1}").likeness == Likeness::equal);
  CHECK(compared(Form::yaml, "a: [1, 2]\n", "a:\n- 1\n- 2\n").likeness == Likeness::equal);
  CHECK(compared(Form::csv, "a,b\n1,\"x\"\n", "b,a\r\nx,1.0\r\n").likeness == Likeness::equal);
}

TEST_CASE("numbers are held to the tolerance, all other values are not") {
  const Tolerance loose{.relative = 0.01, .absolute = 0};
  CHECK(compared(Form::json, "{\"auc\": 0.900}", "{\"auc\": 0.901}", loose).likeness == Likeness::within);
  const auto strict = compared(Form::json, "{\"auc\": 0.900}", "{\"auc\": 0.901}");
  CHECK(strict.likeness == Likeness::different);
  CHECK(strict.details == Lines{"auc: 0.9 and 0.901"});
  CHECK(compared(Form::json, "{\"n\": NaN}", "{\"n\":NaN}").likeness == Likeness::equal);
  CHECK(compared(Form::json, "[true]", "[\"true\"]", loose).likeness == Likeness::different);
  CHECK(Tolerance{.relative = 0, .absolute = 0.5}.covers(1, 1.5));
  CHECK_FALSE(Tolerance{.relative = 1, .absolute = 1}.covers(1, std::numeric_limits<double>::infinity()));
}

TEST_CASE("differences of structured data are named by their keys") {
  const auto found = compared(Form::json, R"({"a": {"x": [1, 2]}, "gone": 1})", R"({"a": {"x": [1, 3, 4]}, "new": "s"})");
  CHECK(found.details == Lines{"a.x: 2 items, 3", "a.x[1]: 2 and 3", "gone: only on the left (1)", "new: only on the right ('s')"});
  CHECK(found.differences == 4);
}

TEST_CASE("a real difference hides those that are only within the tolerance") {
  const auto found = compared(Form::json, "{\"a\": 1.0, \"b\": 1}", "{\"a\": 1.001, \"b\": 9}", {.relative = 0.01, .absolute = 0});
  CHECK(found.likeness == Likeness::different);
  CHECK(found.details == Lines{"b: 1 and 9"});
}

TEST_CASE("tables are compared by rows and columns") {
  const auto found = compared(Form::csv, "id,score,old\n1,0.5,x\n2,\"0,7\",y\n", "score,id,new\n0.6,1,x\n\"0,7\",2,y\n0.1,3,z\n");
  CHECK(found.details == Lines{"column 'old': only on the left", "column 'new': only on the right", "row 1, column 'score': 0.5 and 0.6", "2 rows and 3"});
  CHECK(compared(Form::tsv, "a\tb\n1\t2\n", "a\tb\n1\t2.0000001\n", {.relative = 1e-3, .absolute = 0}).likeness == Likeness::within);
  CHECK(compared(Form::csv, "", "a\n1\n").details == Lines{"the table is empty on the left"});
  CHECK(compared(Form::csv, "a\n\"x \"\"q\"\"\"\n", "a\nx \"q\"\n").likeness == Likeness::equal);
  CHECK(compared(Form::csv, "a,b\n1\n", "a,b\n1,2\n").likeness == Likeness::different);
}

TEST_CASE("text is compared by lines, other bytes by their place, pickles not at all") {
  CHECK(compared(Form::plain, "a\nb\n", "a\nc\n").details == Lines{"line 2: b and c"});
  CHECK(compared(Form::plain, std::string("\0\xff", 2), std::string("\0\xfe!", 3)).details == Lines{"2 bytes and 3, the first difference at byte 1"});
  CHECK(compared(Form::pickle, "a", "b").likeness == Likeness::incomparable);
  CHECK(compared(Form::json, "{not json", "{\"a\": 1}").details == Lines{"line 1: {not json and {\"a\": 1}"});
}

TEST_CASE("only the first differences get a line, all are counted") {
  std::string left = "v\n", right = "v\n";
  for (int i = 0; i < 50; ++i) {
    left += "1\n";
    right += "2\n";
  }
  const auto found = compared(Form::csv, left, right);
  CHECK(found.details.size() == Comparison::kMostDetails);
  CHECK(found.differences == 50);
}

TEST_CASE("the parts of a folder add up") {
  Comparison all;
  all.merge(compared(Form::json, "[1]", "[1.0]"), "a.json: ");
  CHECK(all.likeness == Likeness::equal);
  all.merge(compared(Form::plain, "x", "y"), "b.txt: ");
  CHECK(all.likeness == Likeness::different);
  CHECK(all.details == Lines{"b.txt: line 1: x and y"});
}
