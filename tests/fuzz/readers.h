// Every reader of files that may come from strangers: what the fuzz entries and the unit test of hostile input run.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace pivot::fuzz {

struct Reader {
  std::string format;                            ///< also its folder below tests/fuzz/corpus
  std::function<void(const std::string&)> read;  ///< returns or throws Error
  std::vector<std::string> seeds;
};

std::vector<Reader> readers();

}  // namespace pivot::fuzz
