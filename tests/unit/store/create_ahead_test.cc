#include "store/create_ahead.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>

#include "../workspace/scratch_folder.h"

using namespace pivot;
using store::CreateAhead;

namespace {

std::size_t count_files(const test::ScratchFolder& folder) { return real_disk().list(folder.path()).size(); }

}  // namespace

TEST_CASE("files come in their order, at most as many ahead as may be open") {
  const test::ScratchFolder folder;
  constexpr std::size_t kFiles = 500;
  std::atomic<std::size_t> made = 0;
  {
    CreateAhead files(kFiles, [&](std::size_t i) {
      ++made;
      return real_disk().create(folder / std::to_string(i), 0666);
    });
    for (std::size_t i = 0; i < kFiles; ++i) {
      const auto file = files.next();
      REQUIRE(made <= i + CreateAhead::kBatch * CreateAhead::kBatches);
      file->write(std::to_string(i));
      file->finish(folder / std::to_string(i));
    }
  }
  CHECK(count_files(folder) == kFiles);
  CHECK(folder.read("0") == "0");
  CHECK(folder.read("499") == "499");
}

TEST_CASE("files that nobody asks for do not stay") {
  const test::ScratchFolder folder;
  {
    CreateAhead files(300, [&](std::size_t i) { return real_disk().create(folder / std::to_string(i), 0666); });
    files.next()->finish(folder / "0");
  }
  CHECK(count_files(folder) == 1);
  { CreateAhead none(0, [](std::size_t) -> std::unique_ptr<NewFile> { return nullptr; }); }
}

TEST_CASE("a file that could not be made is an error in its turn") {
  const test::ScratchFolder folder;
  for (const std::size_t bad : {0, 1, 15, 16, 40, 99}) {
    CAPTURE(bad);
    CreateAhead files(100, [&](std::size_t i) {
      if (i == bad) throw std::runtime_error("full");
      return real_disk().create(folder / cat("x", std::to_string(i)), 0666);
    });
    for (std::size_t i = 0; i < bad; ++i) CHECK(files.next() != nullptr);
    CHECK_THROWS_AS(files.next(), std::runtime_error);
  }
  CHECK(count_files(folder) == 0);
}
