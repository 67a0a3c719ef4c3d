#include "model/stage_binary.h"

#include <bit>

namespace pivot::model {

namespace {

void write_hash(BinaryWriter& to, const Hash& hash) {
  to.byte(hash.known() ? 1 : 0);
  if (!hash.known()) return;
  to.text(hash.name);
  to.text(hash.value);
}

Hash read_hash(BinaryReader& from) {
  Hash hash;
  if (!from.flag()) return hash;
  hash.name = from.text();
  hash.value = from.text();
  return hash;
}

void write_optional(BinaryWriter& to, const std::optional<std::int64_t>& v) {
  to.byte(v ? 1 : 0);
  if (v) to.fixed(static_cast<std::uint64_t>(*v));
}

std::optional<std::int64_t> read_optional(BinaryReader& from) {
  if (!from.flag()) return std::nullopt;
  return static_cast<std::int64_t>(from.fixed());
}

void write_meta(BinaryWriter& to, const Meta& meta) {
  write_optional(to, meta.size);
  write_optional(to, meta.nfiles);
  to.byte(meta.isexec ? 1 : 0);
}

Meta read_meta(BinaryReader& from) {
  Meta meta;
  meta.size = read_optional(from);
  meta.nfiles = read_optional(from);
  meta.isexec = from.flag();
  return meta;
}

void write_dep(BinaryWriter& to, const Dep& dep) {
  to.text(dep.path);
  to.text(dep.file);
  write_hash(to, dep.hash);
  write_meta(to, dep.meta);
  to.value(dep.repo);
  to.value(dep.extra);
}

Dep read_dep(BinaryReader& from) {
  Dep dep;
  dep.path = from.text();
  dep.file = from.text();
  dep.hash = read_hash(from);
  dep.meta = read_meta(from);
  dep.repo = from.value();
  dep.extra = from.value();
  return dep;
}

void write_param(BinaryWriter& to, const ParamDep& param) {
  to.text(param.path);
  to.text(param.file);
  to.number(param.keys.size());
  for (const auto& key : param.keys) to.text(key);
}

ParamDep read_param(BinaryReader& from) {
  ParamDep param;
  param.path = from.text();
  param.file = from.text();
  param.keys.resize(from.count());
  for (auto& key : param.keys) key = from.text();
  return param;
}

enum OutBits : std::uint8_t { kCache = 1, kPersist = 2, kPush = 4, kPlain = 8 };

/// Nothing beyond path, kind and the three switches: almost every out.
bool is_plain(const Out& out) {
  return out.remote.empty() && out.desc.empty() && out.type.empty() && out.labels.is_null() && out.meta_value.is_null() &&
         out.plot.is_null() && !out.hash.known() && out.meta == Meta{} && out.extra.is_null();
}

void write_out(BinaryWriter& to, const Out& out) {
  const bool plain = is_plain(out);
  to.text(out.path);
  to.text(out.file);
  to.byte(static_cast<std::uint8_t>(out.kind));
  to.byte(static_cast<std::uint8_t>((out.cache ? kCache : 0) | (out.persist ? kPersist : 0) | (out.push ? kPush : 0) | (plain ? kPlain : 0)));
  if (plain) return;
  for (const auto* text : {&out.remote, &out.desc, &out.type}) to.text(*text);
  for (const auto* value : {&out.labels, &out.meta_value, &out.plot, &out.extra}) to.value(*value);
  write_hash(to, out.hash);
  write_meta(to, out.meta);
}

Out read_out(BinaryReader& from) {
  Out out;
  out.path = from.text();
  out.file = from.text();
  out.kind = static_cast<OutKind>(from.byte());
  const auto bits = from.byte();
  out.cache = (bits & kCache) != 0;
  out.persist = (bits & kPersist) != 0;
  out.push = (bits & kPush) != 0;
  if ((bits & kPlain) != 0) return out;
  for (auto* text : {&out.remote, &out.desc, &out.type}) *text = from.text();
  for (auto* value : {&out.labels, &out.meta_value, &out.plot, &out.extra}) *value = from.value();
  out.hash = read_hash(from);
  out.meta = read_meta(from);
  return out;
}

void write_settings(BinaryWriter& to, const Settings& settings) {
  to.fixed(std::bit_cast<std::uint64_t>(settings.timeout));
  to.number(static_cast<std::uint64_t>(settings.retries));
  to.number(settings.mutex.size());
  for (const auto& name : settings.mutex) to.text(name);
  to.number(settings.env.size());
  for (const auto& [name, value] : settings.env) {
    to.text(name);
    to.text(value);
  }
  to.value(settings.resources);
  to.text(settings.exports);
}

Settings read_settings(BinaryReader& from) {
  Settings settings;
  settings.timeout = std::bit_cast<double>(from.fixed());
  settings.retries = static_cast<int>(from.number());
  settings.mutex.resize(from.count());
  for (auto& name : settings.mutex) name = from.text();
  settings.env.resize(from.count());
  for (auto& [name, value] : settings.env) {
    name = from.text();
    value = from.text();
  }
  settings.resources = from.value();
  settings.exports = from.text();
  return settings;
}

template <typename List, typename Write>
void write_list(BinaryWriter& to, const List& list, Write write) {
  to.number(list.size());
  for (const auto& item : list) write(to, item);
}

template <typename List, typename Read>
void read_list(BinaryReader& from, List& list, Read read) {
  const auto count = from.count();
  list.reserve(count);
  for (std::size_t i = 0; i < count; ++i) list.push_back(read(from));
}

void write_place(BinaryWriter& to, const SourcePlace& place) {
  to.text(place.file);
  to.number(static_cast<std::uint64_t>(place.line));
}

SourcePlace read_place(BinaryReader& from) {
  SourcePlace place;
  place.file = from.text();
  place.line = static_cast<int>(from.number());
  return place;
}

void write_pair(BinaryWriter& to, const std::pair<std::string, std::string>& pair) {
  to.text(pair.first);
  to.text(pair.second);
}

std::pair<std::string, std::string> read_pair(BinaryReader& from) {
  auto first = from.string();
  return {std::move(first), from.string()};
}

void write_callable(BinaryWriter& to, const Callable& c) {
  for (const auto* text : {&c.address, &c.module, &c.qualname, &c.doc, &c.executor}) to.text(*text);
  write_place(to, c.place);
  write_list(to, c.code, [](BinaryWriter& w, const CodeEntry& entry) {
    w.text(entry.key);
    w.text(entry.hash);
    write_place(w, entry.place);
  });
  to.value(c.params);
  write_list(to, c.files, [](BinaryWriter& w, const std::string& file) { w.text(file); });
  write_list(to, c.distributions, write_pair);
  to.byte(c.track_versions ? (*c.track_versions ? 2 : 1) : 0);
  write_list(to, c.blind_spots, [](BinaryWriter& w, const BlindSpot& spot) {
    write_place(w, spot.place);
    w.text(spot.text);
  });
}

Callable read_callable(BinaryReader& from) {
  Callable c;
  for (auto* text : {&c.address, &c.module, &c.qualname, &c.doc, &c.executor}) *text = from.text();
  c.place = read_place(from);
  read_list(from, c.code, [](BinaryReader& r) {
    CodeEntry entry;
    entry.key = r.text();
    entry.hash = r.text();
    entry.place = read_place(r);
    return entry;
  });
  c.params = from.value();
  read_list(from, c.files, [](BinaryReader& r) { return r.string(); });
  read_list(from, c.distributions, read_pair);
  const auto track = from.byte();
  if (track != 0) c.track_versions = track == 2;
  read_list(from, c.blind_spots, [](BinaryReader& r) {
    BlindSpot spot;
    spot.place = read_place(r);
    spot.text = r.text();
    return spot;
  });
  return c;
}

enum StageBits : std::uint8_t { kFrozen = 1, kAlways = 2, kWithMeta = 4, kCallable = 8 };

}  // namespace

void write_stage(BinaryWriter& to, const Stage& stage) {
  for (const auto* text : {&stage.name, &stage.file, &stage.wdir, &stage.wdir_text, &stage.desc, &stage.md5}) to.text(*text);
  // Our settings come from `meta` or from Python: without either they are the defaults.
  const bool with_meta = !stage.meta.is_null() || stage.callable != nullptr;
  to.byte(static_cast<std::uint8_t>((stage.frozen ? kFrozen : 0) | (stage.always_changed ? kAlways : 0) | (with_meta ? kWithMeta : 0) |
                                    (stage.callable ? kCallable : 0)));
  to.value(stage.cmd);
  write_list(to, stage.deps, write_dep);
  write_list(to, stage.params, write_param);
  write_list(to, stage.outs, write_out);
  if (stage.callable) write_callable(to, *stage.callable);
  if (!with_meta) return;
  to.value(stage.meta);
  write_settings(to, stage.settings);
}

Stage read_stage(BinaryReader& from) {
  Stage stage;
  for (auto* text : {&stage.name, &stage.file, &stage.wdir, &stage.wdir_text, &stage.desc, &stage.md5}) *text = from.text();
  const auto bits = from.byte();
  stage.frozen = (bits & kFrozen) != 0;
  stage.always_changed = (bits & kAlways) != 0;
  stage.cmd = from.value();
  read_list(from, stage.deps, read_dep);
  read_list(from, stage.params, read_param);
  read_list(from, stage.outs, read_out);
  if ((bits & kCallable) != 0) stage.callable = std::make_shared<const Callable>(read_callable(from));
  if ((bits & kWithMeta) == 0) return stage;
  stage.meta = from.value();
  stage.settings = read_settings(from);
  return stage;
}

}  // namespace pivot::model
