#include "store/remotes/remote.h"

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

  RemoteSettings settings;
  settings.url = origin.path(".dvc/cache");
  const auto remote = open_remote(settings, real_disk());
  const auto store = repo.open();
  Transfer transfer(*store, *remote, real_disk(), "");
  std::atomic<int> arrived = 0;
  const auto result = transfer.fetch({{hashed.hash, "d", std::nullopt}}, [&](std::int64_t) { ++arrived; });
  CHECK(result.moved == kMany - 3 + 1);  // and the listing
  CHECK(arrived == kMany - 3);
  REQUIRE(result.failed.size() == 3);
  std::map<std::string, const ObjectTransfer*> failed;
  for (const auto& item : result.failed) failed[item.hash.value] = &item;
  for (const int gone : {7, 8}) CHECK(failed.at(md5_hex(cat("content ", std::to_string(gone))))->absent);
  CHECK(failed.at(md5_hex("content 9"))->error.find("is corrupted: its content has the hash") != std::string::npos);
  CHECK_FALSE(store->has_object(md5_of("content 9")));
  repo.check_objects();
  for (int i = 0; i < 5; ++i) CHECK(store->has_object(md5_of(contents[cat("d/", std::to_string(i * 100))])));
}
