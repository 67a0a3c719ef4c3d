#include "base/mapped_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/disk.h"

using namespace pivot;

TEST_CASE("a file that is cut off while it is mapped ends the reading, not the process") {
  std::string p = (std::filesystem::temp_directory_path() / "pivot-map-XXXXXX").string();
  const int fd = ::mkstemp(p.data());
  REQUIRE(::ftruncate(fd, 1 << 20) == 0);
  const MappedRange map(fd, 0, 1 << 20, p);
  unsigned sum = 0;
  CHECK(read_mapped([&] {
    for (const char c : map.bytes()) sum += static_cast<unsigned char>(c);
  }));
  CHECK(sum == 0);
  REQUIRE(::ftruncate(fd, 100) == 0);
  for (int i = 0; i < 3; ++i)
    CHECK_FALSE(read_mapped([&] {
      for (const char c : map.bytes()) sum += static_cast<unsigned char>(c);
    }));
  CHECK(read_mapped([&] { sum += static_cast<unsigned char>(map.bytes()[0]); }));
  ::close(fd);
  ::unlink(p.c_str());
}

TEST_CASE("what cannot be mapped is an error with the file's name") {
  CHECK_THROWS_AS(MappedRange(-1, 0, 4096, "gone"), DiskError);
}
