#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <thread>
#include <vector>

#include "base/disk.h"
#include "base/strings.h"
#include "workspace/dvc_ignore.h"

TEST_CASE("many threads may ask what is ignored at the same time") {
  const auto root = (std::filesystem::temp_directory_path() / "pivot-ignore-threads").string();
  std::filesystem::remove_all(root);
  std::filesystem::create_directories(root);
  pivot::real_disk().write(root + "/.dvcignore", "*.log\n");
  pivot::workspace::DvcIgnore ignore(pivot::real_disk(), root);
  constexpr int kThreads = 8, kFolders = 20000;
  std::atomic<int> wrong = 0;
  std::latch all_there(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&] {
      all_there.arrive_and_wait();
      for (int i = 0; i < kFolders; ++i) {
        const auto folder = pivot::cat("f", std::to_string(i));
        if (!ignore.entry_ignored(folder, "a.log", false) || ignore.entry_ignored(folder, "a.txt", false)) ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  std::filesystem::remove_all(root);
}
