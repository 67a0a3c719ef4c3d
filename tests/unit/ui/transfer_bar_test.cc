#include "ui/transfer_bar.h"

#include <doctest/doctest.h>

using pivot::commands::TransferStep;
using pivot::ui::transfer_bar;

TEST_CASE("transfer bar: files, bytes, rate and time left") {
  const TransferStep step{"Pushing", 120, 240, 31'000'000, 2.5};
  CHECK(transfer_bar(step, 100) == "Pushing  [####################....................]  120/240 files  31.0 MB  12.4 MB/s  0:03 left");
}

TEST_CASE("transfer bar: fits the terminal") {
  const TransferStep step{"Fetching", 1, 3, 999, 7300};
  for (int width = 0; width < 160; ++width) CHECK(static_cast<int>(transfer_bar(step, width).size()) <= std::max(width - 1, 0));
  CHECK(transfer_bar(step, 60) == "Fetching  [##......]  1/3 files  999 B  0 B/s  4:03:20 left");
}

TEST_CASE("transfer bar: nothing has arrived yet") {
  CHECK(transfer_bar({"Pushing", 0, 2, 0, 0}, 60) == "Pushing  [................................]  0/2 files  0 B");
}
