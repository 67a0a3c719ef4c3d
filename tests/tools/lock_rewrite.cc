// Reads a dvc.lock and prints it as DVC would write it.
//
//   lock_rewrite keep FILE     the file normalised, nothing replaced
//   lock_rewrite fresh FILE    every entry read and written anew
//   lock_rewrite error FILE    the error of reading every entry, or nothing
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

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
    const auto text = rewritten(argv[1], read_file(argv[2]));
    std::fwrite(text.data(), 1, text.size(), stdout);
  } catch (const pivot::Error& error) {
    std::printf("error: %s\n", error.what());
    return 1;
  }
  return 0;
}
