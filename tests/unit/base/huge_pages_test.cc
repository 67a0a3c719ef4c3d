#include "base/huge_pages.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <vector>

TEST_CASE("memory that was announced is ordinary memory") {
  // Twice, and with less than what is then taken.
  for (int round = 0; round < 2; ++round) {
    pivot::expect_allocations(1 << 20);
    std::vector<std::unique_ptr<std::vector<unsigned char>>> pieces;
    for (std::size_t i = 0; i < 20000; ++i) pieces.push_back(std::make_unique<std::vector<unsigned char>>(i % 700 + 1, static_cast<unsigned char>(i)));
    bool intact = true;
    for (std::size_t i = 0; i < pieces.size(); ++i) intact = intact && pieces[i]->front() == static_cast<unsigned char>(i) && pieces[i]->back() == pieces[i]->front();
    CHECK(intact);
  }
}
