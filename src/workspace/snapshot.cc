#include "workspace/snapshot.h"

#include "base/binary.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file_mark.h"
#include "base/huge_pages.h"
#include "base/path.h"
#include "base/strings.h"
#include "model/stage_binary.h"

namespace pivot::workspace {

namespace {

using Seen = WatchingDisk::Seen;
constexpr std::string_view kStages = "PIVMODL2", kInputs = "PIVINPT1";

/// Names whose coming or going in a folder changes what is imported.
bool matters(const DirEntry& entry) {
  return entry.type == FileType::dir || entry.name == "dvc.yaml" || entry.name == ".dvcignore" || entry.name == ".gitignore" ||
         entry.name == "pipeline.py" || entry.name == "pivot.yaml" ||
         entry.name.ends_with(".dvc");
}

}  // namespace

std::uint64_t program_mark(Disk& disk) {
  const auto stat = disk.stat("/proc/self/exe");
  BinaryWriter facts;
  if (stat) write_mark(facts, mark_of(*stat));
  return xxh3_64(facts.bytes());
}

Snapshot::Snapshot(Disk& disk, std::string root, std::string file, Hash128 key)
    : disk_(disk), root_(std::move(root)), file_(std::move(file)), key_(key) {}

std::string Snapshot::absolute(std::string_view p) const {
  return path::is_absolute(p) ? std::string(p) : p == "." ? root_ : cat(root_, "/", p);
}

std::uint64_t Snapshot::names_digest(const std::string& folder) const {
  std::string names;
  // In the order of the directory: it is the order of the stages.
  for (const auto& entry : disk_.list(folder))
    if (matters(entry)) names += cat(entry.name, entry.type == FileType::dir ? "/\n" : "\n");
  return xxh3_64(names);
}

/// Reads the inputs and compares each with what is there now; writes them down again with the marks of now.
bool Snapshot::inputs_stand(BinaryReader& from, BinaryWriter& now) {
  const auto count = from.count();
  now.number(count);
  for (auto n = count; n > 0; --n) {
    const auto text = from.text();
    const auto file = absolute(text);
    const auto kind = static_cast<Seen>(from.byte());
    now.text(text);
    now.byte(static_cast<std::uint8_t>(kind));
    const auto stat = disk_.stat(file);
    if (stat.has_value() == (kind == Seen::absent)) return false;
    if (kind == Seen::absent) continue;
    if (kind == Seen::present) {
      const auto type = from.byte();
      if (type != static_cast<std::uint8_t>(stat->type)) return false;
      now.byte(type);
      continue;
    }
    const bool same = read_mark(from) == mark_of(*stat);
    write_mark(now, mark_of(*stat));
    if (kind == Seen::content) {
      if (!same) return false;
      continue;
    }
    const auto digest = from.fixed();
    now.fixed(digest);
    if (same) continue;
    // Outputs came or went: that is of no interest here.
    const auto started = wall_ns();
    if (stat->type != FileType::dir || names_digest(file) != digest) return false;
    if (is_young(*stat, started)) young_ = true;
    moved_ = true;
  }
  return true;
}

bool Snapshot::check() {
  const auto file = disk_.read(inputs_file()).value_or("");
  const auto content = unsealed(kInputs, file);
  if (!content) return false;
  BinaryReader from(*content);
  const auto id = from.fixed();
  const Hash128 key{from.fixed(), from.fixed()};
  BinaryWriter now;
  if (key != key_ || !inputs_stand(from, now)) return false;
  id_ = id;
  if (moved_ && !young_) inputs_ = now.take();
  return true;
}

bool Snapshot::is_current() {
  if (!current_) {
    try {
      current_ = check();
    } catch (const Error&) {
      current_ = false;
    }
  }
  return *current_;
}

std::optional<Imported> Snapshot::load() {
  if (!is_current()) return std::nullopt;
  const auto content = disk_.read(file_).value_or("");
  // What stages, their graph and their lock take in memory, by measurement; a small project is not worth a system call.
  constexpr std::size_t kManyBytes = 64 << 10, kMemoryPerByte = 24;
  if (content.size() > kManyBytes) expect_allocations(content.size() * kMemoryPerByte);
  try {
    BinaryReader from(unsealed(kStages, content).value_or(""));
    if (from.fixed() != id_) throw Error("stages of another import");
    Imported out;
    for (auto n = from.count(); n > 0; --n) out.python_files.push_back(from.string());
    const auto stages = from.count();
    out.stages.reserve(stages);
    for (std::size_t i = 0; i < stages; ++i) out.stages.push_back(model::read_stage(from));
    for (auto n = from.count(); n > 0; --n) {
      auto file = from.string();
      importers::dvc::Sections s;
      for (auto* value : {&s.metrics, &s.params, &s.plots, &s.artifacts, &s.datasets}) *value = from.value();
      out.files.emplace_back(std::move(file), std::move(s));
    }
    return out;
  } catch (const Error&) {
    current_ = false;
    return std::nullopt;
  }
}

/// nullopt when something is too young, or is no longer as it was seen.
std::optional<std::string> Snapshot::inputs(const WatchingDisk& seen, std::int64_t started_ns) const {
  BinaryWriter to;
  std::size_t count = 0;
  for (const auto& [file, kind] : seen.seen()) {
    const auto folder = seen.seen().find(path::dirname(file));
    // The names of a folder say already that this one isn't there.
    if (kind == Seen::absent && folder != seen.seen().end() && folder->second == Seen::names &&
        matters({path::basename(file), FileType::file}))
      continue;
    const auto stat = disk_.stat(file);
    if (stat.has_value() == (kind == Seen::absent)) return std::nullopt;
    ++count;
    to.text(path::is_inside(file, root_) ? path::relative(file, root_) : file);
    to.byte(static_cast<std::uint8_t>(kind));
    if (kind == Seen::present) to.byte(static_cast<std::uint8_t>(stat->type));
    if (kind < Seen::content) continue;
    if (is_young(*stat, started_ns)) return std::nullopt;
    write_mark(to, mark_of(*stat));
    if (kind == Seen::names) to.fixed(names_digest(file));
  }
  BinaryWriter out;
  out.number(count);
  return cat(out.bytes(), to.bytes());
}

void Snapshot::take(const Imported& imported, const WatchingDisk& seen, std::int64_t started_ns) {
  BinaryWriter to;
  to.number(imported.python_files.size());
  for (const auto& file : imported.python_files) to.text(file);
  to.number(imported.stages.size());
  for (const auto& stage : imported.stages) model::write_stage(to, stage);
  to.number(imported.files.size());
  for (const auto& [file, s] : imported.files) {
    to.text(file);
    for (const auto* value : {&s.metrics, &s.params, &s.plots, &s.artifacts, &s.datasets}) to.value(*value);
  }
  auto found = inputs(seen, started_ns);
  if (!found) return;
  inputs_ = *std::move(found);
  body_ = to.take();
}

void Snapshot::save(bool stamps) {
  if (inputs_.empty() || (body_.empty() && !stamps)) return;
  const auto id = body_.empty() ? id_ : xxh3_64(body_, key_.low);
  BinaryWriter head;
  head.fixed(id);
  head.fixed(key_.low);
  head.fixed(key_.high);
  try {
    disk_.make_dirs(path::dirname(file_));
    if (!body_.empty()) {
      BinaryWriter name;
      name.fixed(id);
      disk_.write_atomic(file_, sealed(kStages, cat(name.bytes(), body_)));
    }
    disk_.write_atomic(inputs_file(), sealed(kInputs, cat(head.bytes(), inputs_)));
    id_ = id;
  } catch (const Error&) {
    // Read-only or full: the next command parses again.
  }
  inputs_.clear();
  body_.clear();
}

}  // namespace pivot::workspace
