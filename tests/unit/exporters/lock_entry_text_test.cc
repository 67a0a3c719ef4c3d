#include "exporters/lock_entry_text.h"

#include <doctest/doctest.h>

#include <random>

#include "base/strings.h"

using namespace pivot;
using namespace pivot::exporters;

namespace {

class RandomRecords {
 public:
  model::StageRecord next() {
    model::StageRecord out;
    out.cmd = one_in(6) ? Value(List{Value(text()), Value(text())}) : one_in(9) ? Value() : Value(text());
    for (int i = pick(4); i > 0; --i) out.deps.push_back(entry());
    for (int i = one_in(5) ? 2 : pick(2); i > 0; --i) out.params.push_back({i == 1 ? "params.yaml" : text(), values()});
    for (int i = pick(3); i > 0; --i) out.outs.push_back(entry());
    return out;
  }
  std::string text() {
    static const std::vector<std::string> odd = {"", "true", "12", "1e5", "0x1f", "1e12345678901234567890", "a: b", "a #b", "-", "- x", "? q", "é", "x y", "~", "null", "'q'",
                                                 "a\nb", "trailing ", "2020-01-01", "&id001", "*id001", "{a}", "!x", "12345678901234567890123456789012", "\t", "a,b", ".5", "=", "<<"};
    if (one_in(6)) return odd[static_cast<std::size_t>(pick(static_cast<int>(odd.size())))];
    std::string out;
    static constexpr std::string_view letters = "abcdefXYZ0123456789_-./ :";
    for (int i = 1 + pick(one_in(8) ? 120 : 24); i > 0; --i) out += letters[static_cast<std::size_t>(pick(static_cast<int>(letters.size())))];
    return out;
  }

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool one_in(int n) { return pick(n) == 0; }
  std::string path() { return one_in(4) ? text() : cat("data/", std::to_string(pick(90)), ".csv"); }

  model::LockEntry entry() {
    model::LockEntry out;
    out.path = path();
    static const std::vector<std::string> names = {"md5", "md5", "md5", "md5-dos2unix", "etag", "checksum"};
    if (!one_in(7)) out.hash = {names[static_cast<std::size_t>(pick(6))], one_in(5) ? text() : cat("d41d8cd98f00b204e9800998ecf84", std::to_string(100 + pick(800)))};
    if (!one_in(5)) out.meta.size = pick(100000);
    if (one_in(4)) out.meta.nfiles = pick(100);
    out.meta.isexec = one_in(5);
    if (one_in(20)) {
      Map extra;
      extra.set("version_id", Value("v1"));
      out.extra = Value(std::move(extra));
    }
    return out;
  }

  Value values() {
    Map out;
    for (int i = pick(5); i > 0; --i) out.set(one_in(4) ? text() : cat("train.p", std::to_string(pick(20))), value());
    return Value(std::move(out));
  }

  Value value() {
    switch (pick(9)) {
      case 0: return Value(pick(1000) - 500);
      case 1: return Value(pick(1000) / 7.0);
      case 2: return Value(one_in(2));
      case 3: return Value();
      case 4: return Value(List{Value(1), Value(text())});
      case 5: return Value(1e300 * 1e300);
      default: return Value(text());
    }
  }

  std::mt19937 random_{7};
};

}  // namespace

TEST_CASE("entries written straight from the record are what the general writer makes of them") {
  RandomRecords records;
  for (int i = 0; i < 5000; ++i) {
    const auto record = records.next();
    const auto stage = i % 3 == 0 ? records.text() : cat("stage", std::to_string(i));
    REQUIRE(lock_entry_text(stage, record) == lock_entry_text_by_values(stage, record));
  }
}
