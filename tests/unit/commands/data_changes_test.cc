#include "commands/data_changes.h"

#include <doctest/doctest.h>

#include "store/store.h"

using namespace pivot;
using namespace pivot::commands;

namespace {

std::string md5_like(char c) { return std::string(32, c); }

DataState state_of(const std::string& value, std::vector<store::TreeFile> files) {
  auto tree = std::make_shared<store::Tree>();
  tree->files = std::move(files);
  tree->sort();
  return {{DataEntry{"d", {"md5", value + ".dir"}, true}}, [tree](const DataEntry&) { return tree; }};
}

std::vector<std::string> shown(const std::vector<DataChange>& changes) {
  std::vector<std::string> out;
  for (const auto& c : changes) out.push_back(std::to_string(static_cast<int>(c.kind)) + " " + (c.after ? c.after : c.before)->shown());
  return out;
}

}  // namespace

TEST_CASE("what is the same in two folders is told only when it is asked for") {
  const auto before = state_of(md5_like('a'), {{"a", md5_like('1')}, {"b", md5_like('2')}, {"c", md5_like('3')}});
  const auto after = state_of(md5_like('b'), {{"a", md5_like('1')}, {"b", md5_like('4')}, {"e", md5_like('5')}});
  DataComparison how;
  CHECK(shown(data_changes(before, after, how)) == std::vector<std::string>{"0 d/", "0 d/b", "4 d/c", "2 d/e"});
  how.unchanged = true;
  CHECK(shown(data_changes(before, after, how)) == std::vector<std::string>{"0 d/", "5 d/a", "0 d/b", "4 d/c", "2 d/e"});
}

TEST_CASE("names that are no UTF-8 stand elsewhere in a listing than in the order of bytes; nothing is made up or lost by that") {
  // U+FFFD goes before U+1F600 in bytes and in code points; the lone byte sorts as U+DCFF: before U+FFFD, although its byte is larger.
  const std::vector<store::TreeFile> common{{"\xff", md5_like('1')}, {"\xef\xbf\xbd", md5_like('2')}, {"\xf0\x9f\x98\x80", md5_like('3')}, {"z", md5_like('4')}};
  auto left = common, right = common;
  right[1].md5 = md5_like('9');
  left.push_back({"\xfe", md5_like('7')});
  const auto changes = data_changes(state_of(md5_like('a'), left), state_of(md5_like('b'), right), {});
  CHECK(shown(changes) == std::vector<std::string>{"0 d/", "0 d/\xef\xbf\xbd", "4 d/\xfe"});
}
