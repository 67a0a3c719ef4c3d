// Every reader of files against cut and mutated input: it returns or throws Error, in bounded time, and touches nothing else.
// The seeds are the golden files and tests/fuzz/corpus/<format>/*, where inputs that once broke something are kept.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

#include "../../fuzz/readers.h"
#include "base/disk.h"
#include "base/error.h"
#include "text/yaml.h"

namespace pivot {
namespace {

std::string mutated(std::string s, std::mt19937& rng) {
  static constexpr std::string_view kBytes = "\n\t :-?{}[]\"'#&*!|>%@`,\\$\x00\xff\x80" "0e.";
  for (int n = static_cast<int>(rng() % 4) + 1; n > 0; --n) {
    const auto at = s.empty() ? 0 : rng() % s.size();
    switch (rng() % 5) {
      case 0: s.resize(at); break;
      case 1: s.insert(at, 1, kBytes[rng() % kBytes.size()]); break;
      case 2: if (!s.empty()) s.erase(at, rng() % 5 + 1); break;
      case 3: if (!s.empty()) s[at] = kBytes[rng() % kBytes.size()]; break;
      default: s.insert(at, s.substr(at, rng() % 20));
    }
  }
  return s;
}

}  // namespace

TEST_CASE("mutated and truncated input is read or refused with an Error") {
  const char* source = std::getenv("PIVOT_SOURCE_ROOT");
  const char* rounds = std::getenv("PIVOT_FUZZ_ROUNDS");
  const int n = rounds != nullptr ? std::atoi(rounds) : 300;
  for (auto& entry : fuzz::readers()) {
    CAPTURE(entry.format);
    const auto folder = std::string(source != nullptr ? source : ".") + "/tests/fuzz/corpus/" + entry.format;
    if (real_disk().stat(folder))
      for (const auto& file : real_disk().list(folder)) entry.seeds.push_back(real_disk().read(folder + "/" + file.name).value_or(""));
    std::mt19937 rng(11);
    for (const auto& seed : entry.seeds)
      for (int i = 0; i < n; ++i) {
        const auto input = i == 0 ? seed : mutated(seed, rng);
        try {
          entry.read(input);
        } catch (const Error&) {
          // Refused: that is an answer.
        } catch (const std::exception& e) {
          CAPTURE(input);
          FAIL_CHECK("not an Error: " << e.what());
        }
      }
  }
}

TEST_CASE("deep nesting and alias bombs are refused quickly") {
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "[";
  CHECK_THROWS_AS(text::yaml::load(deep), Error);
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'n'; ++c)
    bomb += std::string(1, c) + ": &" + c + " [" + [&] {
      std::string list;
      for (int i = 0; i < 9; ++i) list += std::string(i > 0 ? ", " : "") + "*" + static_cast<char>(c - 1);
      return list;
    }() + "]\n";
  CHECK_THROWS_AS(text::yaml::load(bomb), Error);
}

}  // namespace pivot
