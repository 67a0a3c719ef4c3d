#include "engine/journal.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cerrno>

#include "../workspace/scratch_folder.h"
#include "base/faulty_disk.h"

using namespace pivot;
using engine::Journal;

namespace {

const Journal::Record kFirst{"train@1", "0123456789abcdef", "cmd: x\nouts:\n- path: o\n"};
const Journal::Record kSecond{"é", "0000000000000000", std::string("binary \0 and\nlines", 18)};

std::size_t whole_records(const std::string& file) {
  int pid = 0;
  return Journal(real_disk(), file).read(pid).size();
}

}  // namespace

TEST_CASE("what is appended is read back, with the writer's process id, until it is cleared") {
  const test::ScratchFolder folder;
  const auto file = folder / "deep/journal";
  int pid = -1;
  CHECK(Journal(real_disk(), file).read(pid).empty());
  CHECK(pid == 0);
  Journal writer(real_disk(), file);
  writer.append(kFirst);
  writer.append(kSecond);
  const auto read = Journal(real_disk(), file).read(pid);
  CHECK(pid == getpid());
  REQUIRE(read.size() == 2);
  CHECK(read[0].stage == kFirst.stage);
  CHECK(read[0].base == kFirst.base);
  CHECK(read[0].entry == kFirst.entry);
  CHECK(read[1].stage == kSecond.stage);
  CHECK(read[1].entry == kSecond.entry);
  writer.clear();
  CHECK_FALSE(real_disk().stat(file));
  writer.append(kSecond);
  CHECK(whole_records(file) == 1);
}

TEST_CASE("a journal cut at any byte gives the whole records before the cut and nothing else") {
  const test::ScratchFolder folder;
  const auto file = folder / "journal";
  Journal writer(real_disk(), file);
  writer.append(kFirst);
  const auto first_end = real_disk().read(file)->size();
  writer.append(kSecond);
  const auto all = *real_disk().read(file);
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    folder.write("journal", all.substr(0, cut));
    const auto expected = cut + 1 < first_end ? 0u : cut + 1 < all.size() ? 1u : 2u;  // the last newline may be missing
    CHECK_MESSAGE(whole_records(file) == expected, "cut at " << cut);
  }
}

TEST_CASE("a changed byte never gives a changed record") {
  const test::ScratchFolder folder;
  const auto file = folder / "journal";
  Journal writer(real_disk(), file);
  writer.append(kFirst);
  const auto all = *real_disk().read(file);
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto bad = all;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    folder.write("journal", bad);
    int pid = 0;
    for (const auto& record : Journal(real_disk(), file).read(pid)) {
      CHECK(record.stage == kFirst.stage);
      CHECK(record.entry == kFirst.entry);
    }
  }
}

TEST_CASE("a record that could not be appended is not there, and the next one is") {
  const test::ScratchFolder folder;
  const auto file = folder / "journal";
  FaultyDisk disk(real_disk(), 3, ENOSPC);  // make_dirs, append, append
  Journal writer(disk, file);
  writer.append(kFirst);
  CHECK_THROWS_AS(writer.append(kSecond), DiskError);
  writer.append(kSecond);
  CHECK(whole_records(file) == 2);
}
