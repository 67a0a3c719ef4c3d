// Reads a dvc.lock and prints it as DVC would write it.
//
//   lock_rewrite keep FILE     the file normalised, nothing replaced
//   lock_rewrite fresh FILE    every entry read and written anew
//   lock_rewrite error FILE    the error of reading every entry, or nothing
//   lock_rewrite speed FILE    MB/s (10^6 bytes of the file): reading every entry, writing every entry anew, one changed entry; the best of 15
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "exporters/dvc_lock.h"
#include "importers/dvc/dvc_importer.h"

namespace {

std::string read_file(const char* file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

double best_seconds(const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < 15; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

void print_speed(const std::string& content) {
  using pivot::exporters::DvcLockWriter;
  using pivot::importers::dvc::LockFile;
  const auto lock = LockFile::parse(content, "dvc.lock");
  const auto mb = static_cast<double>(content.size()) / 1e6;
  const auto read = best_seconds([&] {
    const auto again = LockFile::parse(content, "dvc.lock");
    for (const auto name : again.names())
      if (!again.find(name)) throw pivot::Error("an entry is not found");
  });
  std::vector<std::pair<std::string, pivot::model::StageRecord>> records;
  for (const auto name : lock.names()) records.emplace_back(name, *lock.find(name));
  const auto write = best_seconds([&] {
    DvcLockWriter writer({});
    for (const auto& [name, record] : records) writer.set(name, record);
    if (writer.text() != content) throw pivot::Error("this file is not what would be written");
  });
  const auto one = best_seconds([&] {
    DvcLockWriter writer(content);
    writer.remove(std::string(lock.names().front()));
    if (writer.text().size() >= content.size()) throw pivot::Error("nothing was removed");
  });
  std::printf("{\"read\": %.1f, \"write\": %.1f, \"change\": %.1f}\n", mb / read, mb / write, mb / one);
}

std::string rewritten(const std::string& mode, const std::string& content) {
  pivot::exporters::DvcLockWriter writer(content);
  if (mode == "keep") return writer.text();
  const auto lock = pivot::importers::dvc::LockFile::parse(content, "dvc.lock");
  for (const auto name : lock.names()) writer.set(std::string(name), *lock.find(name));
  return mode == "error" ? "" : writer.text();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    if (std::string(argv[1]) == "speed") return print_speed(read_file(argv[2])), 0;
    const auto text = rewritten(argv[1], read_file(argv[2]));
    std::fwrite(text.data(), 1, text.size(), stdout);
  } catch (const pivot::Error& error) {
    std::printf("error: %s\n", error.what());
    return 1;
  }
  return 0;
}
