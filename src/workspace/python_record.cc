#include "workspace/python_record.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/file_mark.h"
#include "base/hash.h"
#include "base/path.h"
#include "base/strings.h"
#include "workers/python_host.h"

namespace pivot::workspace {

namespace {

constexpr std::string_view kMagic = "PIVPYTH2";

using workers::field;

const Map& map_of(const Value& map, std::string_view name) {
  static const Map kNone;
  const auto& value = field(map, name);
  return value.is_map() ? value.as_map() : kNone;
}

std::vector<std::string> strings(const Value& list) {
  std::vector<std::string> out;
  if (list.is_list())
    for (const auto& item : list.as_list()) out.push_back(python_str(item));
  return out;
}

std::uint64_t number(const Value& v) { return v.is_int() ? static_cast<std::uint64_t>(v.as_int()) : 0; }

std::uint64_t variable_hash(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? 0 : xxh3_64(value) | 1;
}

std::uint64_t text_hash(std::string_view text) { return xxh3_64(text) | 1; }

std::uint64_t names_hash(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return text_hash(join(names, "\n"));
}

std::string_view stem(std::string_view name) { return name.substr(0, name.find('.')); }

std::uint8_t kind_of(const std::optional<FileStat>& stat) { return !stat ? 0 : stat->type == FileType::dir ? 2 : 1; }

}  // namespace

PythonRecord::PythonRecord(Disk& disk, std::string root, std::string folder, std::uint64_t key)
    : disk_(disk), root_(std::move(root)), folder_(std::move(folder)), key_(key) {}

std::string PythonRecord::absolute(std::string_view p) const {
  return path::is_absolute(p) ? std::string(p) : p == "." ? root_ : cat(root_, "/", p);
}

bool PythonRecord::stands() {
  if (!stands_) {
    try {
      stands_ = check();
    } catch (const Error&) {
      stands_ = false;
      moved_.whole = true;
    }
  }
  return *stands_;
}

bool PythonRecord::check() {
  const auto content = disk_.read(cat(folder_, "/python"));
  if (!content || !content->starts_with(kMagic)) return false;
  BinaryReader from(std::string_view(*content).substr(kMagic.size()));
  check_ = from.fixed();
  if (check_ != xxh3_64(from.rest()) || from.fixed() != key_) return false;
  const auto interpreter = disk_.stat(std::string(from.text()));
  const auto size = from.number(), mtime = from.number();
  if (!interpreter || static_cast<std::uint64_t>(interpreter->size) != size || static_cast<std::uint64_t>(interpreter->mtime_ns) != mtime)
    return false;
  const bool files = check_files(from);
  if (!files && moved_.files.empty()) return false;  // something outside of the project
  for (auto n = from.count(); n > 0; --n)
    if (disk_.stat(absolute(from.text()))) return false;
  if (!check_folders(from) || !check_rest(from)) return false;
  moved_.whole = false;
  return files;
}

/// By stat; where that moved, by content.
bool PythonRecord::check_files(BinaryReader& from) {
  bool library_moved = false;
  for (auto n = from.count(); n > 0; --n) {
    const auto file = from.text();
    const auto size = from.number(), mtime = from.number(), ctime = from.number(), hash = from.fixed();
    const auto stat = disk_.stat(absolute(file));
    if (stat && static_cast<std::uint64_t>(stat->size) == size && static_cast<std::uint64_t>(stat->mtime_ns) == mtime &&
        (hash == 0 || static_cast<std::uint64_t>(stat->ctime_ns) == ctime))
      continue;
    if (hash == 0) {
      library_moved = true;
      continue;
    }
    const auto content = stat ? disk_.read(absolute(file)) : std::nullopt;
    if (!content || text_hash(*content) != hash) moved_.files.emplace(file);
  }
  if (library_moved) moved_.files.clear();
  return !library_moved && moved_.files.empty();
}

bool PythonRecord::check_folders(BinaryReader& from) {
  for (auto n = from.count(); n > 0; --n) {
    const auto folder = absolute(from.text());
    std::set<std::string_view> stems, wanted, present;
    for (auto k = from.count(); k > 0; --k) stems.insert(from.text());
    for (auto k = from.count(); k > 0; --k) wanted.insert(from.text());
    const auto entries = disk_.list(folder);
    for (const auto& entry : entries)
      if (entry.name != "__pycache__" && stems.count(stem(entry.name)) != 0) present.insert(entry.name);
    if (present != wanted) return false;
  }
  return true;
}

bool PythonRecord::check_rest(BinaryReader& from) {
  for (auto n = from.count(); n > 0; --n) {
    const auto file = absolute(from.text());
    if (from.byte() != kind_of(disk_.stat(file))) return false;
  }
  for (auto n = from.count(); n > 0; --n) {
    const auto folder = absolute(from.text());
    std::vector<std::string> names;
    for (const auto& entry : disk_.list(folder)) names.push_back(entry.name);
    if (from.fixed() != names_hash(std::move(names))) return false;
  }
  for (auto n = from.count(); n > 0; --n) {
    const auto name = from.string();
    if (from.fixed() != variable_hash(name.c_str())) return false;
  }
  for (auto n = from.count(); n > 0; --n)
    if (!disk_.stat(from.string())) return false;
  return true;
}

std::optional<Value> PythonRecord::description() {
  if (check_ == 0) stands();
  try {
    const auto content = disk_.read(cat(folder_, "/python-stages"));
    if (!content) return std::nullopt;
    BinaryReader from(*content);
    if (from.fixed() != check_ || check_ == 0) return std::nullopt;
    const auto sum = from.fixed();
    if (sum != xxh3_64(from.rest())) return std::nullopt;
    return from.value();
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// False when a file of the project is so young that its stat says little, or has changed since it was imported.
bool PythonRecord::write_files(BinaryWriter& to, const Value& certificate, const std::vector<std::string>& read_by_us,
                               std::int64_t started_ns) const {
  BinaryWriter files, absent;
  std::size_t count = 0, absent_count = 0;
  auto add = [&](const std::string& file, std::uint64_t size, std::uint64_t mtime) {
    std::uint64_t hash = 0, ctime = 0;  // of the project's own files: an editor or a tool may give back size and mtime, but not the ctime
    if (!path::is_absolute(file)) {
      const auto stat = disk_.stat(absolute(file));
      if (!stat || is_young(*stat, started_ns) || static_cast<std::uint64_t>(stat->mtime_ns) != mtime) return false;
      ctime = static_cast<std::uint64_t>(stat->ctime_ns);
      const auto content = disk_.read(absolute(file));
      if (!content) return false;
      hash = text_hash(*content);
    }
    ++count;
    files.text(file);
    files.number(size);
    files.number(mtime);
    files.number(ctime);
    files.fixed(hash);
    return true;
  };
  for (const auto& [file, facts] : map_of(certificate, "files").items) {
    if (!facts.is_list() || facts.as_list().size() != 2) return false;
    if (!add(python_str(file), number(facts.as_list()[0]), number(facts.as_list()[1]))) return false;
  }
  for (const auto& file : read_by_us) {
    const auto stat = disk_.stat(absolute(file));
    if (stat && !add(file, static_cast<std::uint64_t>(stat->size), static_cast<std::uint64_t>(stat->mtime_ns))) return false;
    if (stat) continue;
    ++absent_count;
    absent.text(file);
  }
  to.number(count);
  to.raw(files.bytes());
  to.number(absent_count);
  to.raw(absent.bytes());
  return true;
}

namespace {

void write_strings(BinaryWriter& to, const std::vector<std::string>& list) {
  to.number(list.size());
  for (const auto& text : list) to.text(text);
}

void write_rest(BinaryWriter& to, const Value& certificate) {
  const auto& folders = map_of(certificate, "folders");
  to.number(folders.size());
  for (const auto& [folder, facts] : folders.items) {
    to.text(python_str(folder));
    write_strings(to, strings(field(facts, "names")));
    write_strings(to, strings(field(facts, "present")));
  }
  const auto& probes = map_of(certificate, "probes");
  to.number(probes.size());
  for (const auto& [file, kind] : probes.items) {
    to.text(python_str(file));
    const auto word = python_str(kind);
    to.byte(word == "absent" ? 0 : word == "dir" ? 2 : 1);
  }
  const auto& listings = map_of(certificate, "listings");
  to.number(listings.size());
  for (const auto& [folder, names] : listings.items) {
    to.text(python_str(folder));
    to.fixed(names_hash(strings(names)));
  }
  const auto& environment = map_of(certificate, "environment");
  to.number(environment.size());
  for (const auto& [name, value] : environment.items) {
    to.text(python_str(name));
    to.fixed(value.is_null() ? 0 : text_hash(python_str(value)));
  }
  std::vector<std::string> folders_of_packages;
  for (const auto& [name, facts] : map_of(certificate, "distributions").items)
    if (facts.is_list() && facts.as_list().size() == 2 && facts.as_list()[1].is_string())
      folders_of_packages.push_back(facts.as_list()[1].as_string());
  write_strings(to, folders_of_packages);
}

}  // namespace

void PythonRecord::save(const Value& reply, const std::vector<std::string>& read_by_us, std::int64_t started_ns) {
  const auto& certificate = field(reply, "certificate");
  if (!certificate.is_map() || (field(certificate, "volatile").is_list() && !field(certificate, "volatile").as_list().empty())) return;
  const auto& interpreter = field(certificate, "interpreter");
  BinaryWriter body;
  body.fixed(key_);
  body.text(python_str(field(interpreter, "real")));
  body.number(number(field(interpreter, "size")));
  body.number(number(field(interpreter, "mtime_ns")));
  if (!write_files(body, certificate, read_by_us, started_ns)) return;
  write_rest(body, certificate);
  const auto sum = xxh3_64(body.bytes());
  BinaryWriter value, stages, head;
  value.value(reply);
  stages.fixed(sum);
  stages.fixed(xxh3_64(value.bytes()));
  head.fixed(sum);
  try {
    disk_.make_dirs(folder_);
    disk_.write_atomic(cat(folder_, "/python-stages"), cat(stages.bytes(), value.bytes()));
    disk_.write_atomic(cat(folder_, "/python"), cat(kMagic, head.bytes(), body.bytes()));
    check_ = sum;
    stands_ = true;
  } catch (const Error&) {
    // Read-only or full: the next command asks Python again.
  }
}

}  // namespace pivot::workspace
