#include "store/remotes/remote.h"

#include <atomic>
#include <set>

#include "base/strings.h"
#include "scratch_repo.h"
#include "store/transfer.h"

using namespace pivot;
using namespace pivot::store;

TEST_CASE("many objects from a folder: large ones among them, some gone, damaged, or no files") {
  const ScratchRepo origin, repo;
  constexpr int kMany = 600;
  std::map<std::string, std::string> contents;
  for (int i = 0; i < kMany; ++i) contents[cat("d/", std::to_string(i))] = cat("content ", std::to_string(i));
  for (int i = 0; i < 5; ++i) contents[cat("d/", std::to_string(i * 100))] = std::string((9 << 20) + i, static_cast<char>('a' + i));
  for (const auto& [name, content] : contents) origin.write(name, content);
  const auto hashed = origin.open()->commit(origin.path("d"));
  const auto object = [&](int i) { return origin.open()->object_path(md5_of(contents[cat("d/", std::to_string(i))])); };
  real_disk().remove_file(object(7));
  real_disk().remove_file(object(8));
  real_disk().make_dir(object(8));
  real_disk().remove_file(object(9));
  real_disk().write(object(9), "something else");

  // A file where a folder of objects belongs.
  const auto folder = object(11).substr(0, object(11).rfind('/'));
  std::set<std::string> gone = {md5_hex("content 7"), md5_hex("content 8")};
  for (const auto& [name, content] : contents)
    if (md5_hex(content).starts_with(md5_hex("content 11").substr(0, 2))) gone.insert(md5_hex(content));
  REQUIRE_FALSE(gone.contains(md5_hex("content 9")));
  REQUIRE_FALSE(hashed.hash.value.starts_with(md5_hex("content 11").substr(0, 2)));
  real_disk().remove_tree(folder);
  real_disk().write(folder, "");

  RemoteSettings settings;
  settings.url = origin.path(".dvc/cache");
  const auto remote = open_remote(settings, real_disk());
  const auto store = repo.open();
  Transfer transfer(*store, *remote, real_disk(), "");
  std::atomic<int> arrived = 0;
  const auto result = transfer.fetch({{hashed.hash, "d", std::nullopt}}, [&](std::int64_t) { ++arrived; });
  CHECK(result.moved == kMany - gone.size() - 1 + 1);  // the damaged one, and the listing
  CHECK(arrived == kMany - gone.size() - 1);
  REQUIRE(result.failed.size() == gone.size() + 1);
  std::map<std::string, const ObjectTransfer*> failed;
  for (const auto& item : result.failed) failed[item.hash.value] = &item;
  for (const auto& value : gone) CHECK(failed.at(value)->absent);
  CHECK(failed.at(md5_hex("content 9"))->error.find("is corrupted: its content has the hash") != std::string::npos);
  CHECK_FALSE(store->has_object(md5_of("content 9")));
  repo.check_objects();
  for (int i = 0; i < 5; ++i) {
    const auto large = md5_of(contents[cat("d/", std::to_string(i * 100))]);
    CHECK(store->has_object(large) != gone.contains(large.value));
  }
}
