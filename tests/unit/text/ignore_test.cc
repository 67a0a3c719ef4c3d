#include "text/ignore.h"

#include <doctest/doctest.h>

using namespace pivot::text;
using Verdict = IgnorePatterns::Verdict;

namespace {

bool ignores(const char* patterns, const char* path, bool is_dir = false) {
  return IgnorePatterns(patterns).match(path, is_dir).verdict == Verdict::ignored;
}

}  // namespace

TEST_CASE("a name without slash matches at any depth") {
  CHECK(ignores("foo", "foo"));
  CHECK(ignores("foo", "a/b/foo"));
  CHECK(ignores("*.log", "a/x.log"));
  CHECK_FALSE(ignores("foo", "foobar"));
  CHECK_FALSE(ignores("*.log", "x.log.gz"));
}

TEST_CASE("a slash anchors the pattern at the folder of its file") {
  CHECK(ignores("/foo", "foo"));
  CHECK_FALSE(ignores("/foo", "a/foo"));
  CHECK(ignores("a/b", "a/b"));
  CHECK_FALSE(ignores("a/b", "x/a/b"));
  CHECK(ignores("a/*.c", "a/x.c"));
  CHECK_FALSE(ignores("a/*.c", "a/b/x.c"));
}

TEST_CASE("a slash at the end is for folders only") {
  CHECK(ignores("foo/", "foo", true));
  CHECK_FALSE(ignores("foo/", "foo"));
  CHECK(ignores("foo/", "a/foo", true));
  CHECK(ignores("/a/b/", "a/b", true));
}

TEST_CASE("double stars span folders") {
  CHECK(ignores("**/foo", "foo"));
  CHECK(ignores("**/foo", "a/b/foo"));
  CHECK(ignores("a/**/b", "a/b"));
  CHECK(ignores("a/**/b", "a/x/y/b"));
  CHECK(ignores("a/**", "a/x/y"));
  CHECK_FALSE(ignores("a/**", "a", true));
  CHECK_FALSE(ignores("a**b/c", "a/b/c"));
}

TEST_CASE("the last match wins and says which line it was") {
  const IgnorePatterns patterns("*.log\n\n# note\n!keep.log\n/deep/*.log\n");
  CHECK(patterns.match("x.log", false).line == 1);
  const auto keep = patterns.match("keep.log", false);
  CHECK(keep.verdict == Verdict::included);
  CHECK(keep.line == 4);
  CHECK(keep.pattern == "!keep.log");
  CHECK(patterns.match("deep/keep.log", false).line == 5);
  CHECK(patterns.match("readme", false).verdict == Verdict::none);
}

TEST_CASE("plain anchored names are looked up, with the same rules") {
  CHECK(ignores("/out\n", "out"));
  CHECK(IgnorePatterns("/out\n!/out\n").match("out", false).verdict == Verdict::included);
  CHECK(IgnorePatterns("!/out\n/out\n").match("out", false).line == 2);
  CHECK(ignores("/out\n/out/\n", "out", false));
  CHECK(IgnorePatterns("/out\n!/out/\n").match("out", true).verdict == Verdict::included);
  CHECK(ignores("/out\n!/out/\n", "out", false));
  CHECK(IgnorePatterns("/out\n!o*\n").match("out", false).line == 2);
  CHECK(IgnorePatterns("!o*\n/out\n").match("out", false).line == 2);
}

TEST_CASE("escapes, comments, blanks at the end") {
  CHECK(ignores("\\#x", "#x"));
  CHECK_FALSE(ignores("#x", "#x"));
  CHECK(ignores("\\!x", "!x"));
  CHECK(ignores("x  ", "x"));
  CHECK(ignores("x\\ ", "x "));
  CHECK(ignores("x\r\n", "x"));
  CHECK(ignores("/sp ace\\#\\!.txt", "sp ace#!.txt"));
  CHECK(ignores("a\\*b", "a*b"));
  CHECK_FALSE(ignores("a\\*b", "axb"));
  CHECK_FALSE(ignores("a\\", "a"));
  CHECK(ignores("\xef\xbb\xbfx", "x"));
  CHECK_FALSE(ignores("/", "x"));
  CHECK_FALSE(ignores("", ""));
}

TEST_CASE("brackets") {
  CHECK(ignores("[ab]", "a"));
  CHECK(ignores("[!ab]", "c"));
  CHECK(ignores("[^ab]", "c"));
  CHECK_FALSE(ignores("[!ab]", "a"));
  CHECK(ignores("[a-c]x", "bx"));
  CHECK(ignores("[]a]", "]"));
  CHECK(ignores("[a-]", "-"));
  CHECK(ignores("[[:digit:]]", "7"));
  CHECK_FALSE(ignores("[[:digit:]]", "x"));
  CHECK_FALSE(ignores("[[:nonsense:]]", "n"));
  CHECK_FALSE(ignores("[ab", "a"));
  CHECK_FALSE(ignores("a[/]b", "a/b"));
  CHECK(ignores("[\\]]", "]"));
}

TEST_CASE("an ignored parent decides") {
  const IgnorePatterns patterns("/data\n!/data/keep\n");
  CHECK(patterns.match_with_parents("data/keep", false).verdict == Verdict::ignored);
  CHECK(patterns.match_with_parents("data/keep", false).line == 1);
  CHECK(patterns.match("data/keep", false).verdict == Verdict::included);
  CHECK(IgnorePatterns("data/*\n!data/keep\n").match_with_parents("data/keep", false).verdict == Verdict::included);
}

TEST_CASE("hostile patterns take no exponential time") {
  std::string pattern, text(60, 'a');
  for (int i = 0; i < 25; ++i) pattern += "*a";
  CHECK_FALSE(ignores((pattern + "b").c_str(), text.c_str()));
  std::string deep = "x";
  for (int i = 0; i < 40; ++i) deep += "/a";
  std::string stars = "x";
  for (int i = 0; i < 12; ++i) stars += "/**/a";
  CHECK(ignores(stars.c_str(), deep.c_str()));
  CHECK_FALSE(ignores((stars + "/b").c_str(), deep.c_str()));
}

TEST_CASE("lines of .dvcignore: x/** is the folder too, */ is nothing, !x is all below x") {
  IgnorePatterns patterns;
  for (const auto* line : {"data/**", "!**/", "other/*", "!*/", "top/*", "!/top"}) patterns.add_dvc_line(line);
  const auto ignored = [&](std::string_view path, bool is_dir) {
    return patterns.match(path, is_dir).verdict == IgnorePatterns::Verdict::ignored;
  };
  CHECK(ignored("data", true));
  CHECK_FALSE(ignored("data", false));
  CHECK_FALSE(ignored("x/data", true));
  CHECK(ignored("data/f", false));
  CHECK(ignored("other/d", true));
  CHECK_FALSE(ignored("other", true));
  CHECK(patterns.match("other/d", true).line == 3);
  CHECK_FALSE(ignored("top/f", false));
}
