#include "store/remotes/bridge_remote.h"

#include <algorithm>
#include <unordered_set>

#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "store/content.h"
#include "store/remotes/partial_file.h"

namespace pivot::store {
namespace {

constexpr int kUsualJobs = 16;
constexpr std::uint32_t kFilledOverThere = 0600;  ///< the other process opens the file anew; adopt() gives it the mode of objects
constexpr std::size_t kMostLooks = 500;  ///< from then on one listing is cheaper than a look at each object
constexpr int kMostWrongContents = 3;    ///< tries for content that comes with another hash

const Value& field(const Value& message, std::string_view name) {
  static const Value kNull;
  const auto* found = message.is_map() ? message.as_map().find(name) : nullptr;
  return found != nullptr ? *found : kNull;
}

std::string text_at(const Value& message, std::string_view name) {
  const auto& value = field(message, name);
  return value.is_string() ? value.as_string() : "";
}

bool flag_at(const Value& message, std::string_view name) {
  const auto& value = field(message, name);
  return value.is_bool() && value.as_bool();
}

std::int64_t size_of(const Value& value) { return value.is_int() ? value.as_int() : -1; }

/// "" for a reply without an error.
std::string error_of(const Value& reply) { return text_at(reply, "error"); }

/// Entries of a reply; names that would lead out of the remote are left out.
void add_entries(const Value& reply, std::vector<RemoteFile>& out) {
  const auto& entries = field(reply, "entries");
  if (!entries.is_list()) return;
  for (const auto& entry : entries.as_list()) {
    if (!entry.is_list() || entry.as_list().size() != 4 || !entry.as_list()[0].is_string()) continue;
    const auto& item = entry.as_list();
    const auto& name = item[0].as_string();
    if (path::is_absolute(name) || path::normalize(name).starts_with("..")) continue;
    out.push_back({.path = name, .size = size_of(item[1]), .is_dir = item[2].is_bool() && item[2].as_bool(),
                   .etag = item[3].is_string() ? item[3].as_string() : "", .version = ""});
  }
}

/// What an upload that was killed has left ("<32 hex digits>.tmp") is nobody's file.
bool is_leftover(const std::string& file) {
  const auto name = path::basename(file);
  return name.size() == 36 && name.ends_with(".tmp") && name.find_first_not_of("0123456789abcdef") == 32;
}

bool is_hex_pair(const std::string& name) { return name.size() == 2 && name.find_first_not_of("0123456789abcdef") == std::string::npos; }

}  // namespace

bool BridgeRemote::takes(std::string_view scheme) {
  static constexpr std::string_view kSchemes[] = {"gs", "azure", "webdav", "webdavs", "hdfs", "webhdfs", "oss", "gdrive"};
  return std::find(std::begin(kSchemes), std::end(kSchemes), scheme) != std::end(kSchemes);
}

BridgeRemote::BridgeRemote(const RemoteSettings& settings, Disk& disk)
    : who_(settings.name.empty() ? cat(settings.url.substr(0, settings.url.find("://")), "://") : cat("remote '", settings.name, "'")), disk_(disk) {
  const auto jobs = settings.jobs > 0 ? settings.jobs : kUsualJobs;
  most_ = static_cast<std::size_t>(jobs) * 2;  // the next ones wait over there, so that nobody waits for us
  bridge_ = settings.start_bridge();
  Map options, open;
  for (const auto& [name, value] : settings.options) options.set(name, value);
  open.set("request", "open");
  open.set("scheme", settings.url.substr(0, settings.url.find("://")));
  open.set("url", settings.url);
  open.set("options", Value(std::move(options)));
  open.set("jobs", static_cast<std::int64_t>(jobs));
  bridge_->send(Value(std::move(open)), {});
  Value reply;
  do reply = receive();
  while (text_at(reply, "reply") != "open");  // a process of this kind says hello first, if it says anything
  if (const auto error = error_of(reply); !error.empty()) {
    auto problem = Error(cat(who_, ": ", error));
    if (const auto hint = text_at(reply, "hint"); !hint.empty()) problem.with_hint(hint);
    throw problem;
  }
}

Value BridgeRemote::receive() {
  auto message = bridge_->receive();
  if (!message) throw Error(cat(who_, ": the Python process that speaks to it has ended"));
  return *std::move(message);
}

void BridgeRemote::send(const Call& call, std::size_t id) {
  Map message;
  message.set("id", static_cast<std::int64_t>(id));
  message.set("op", call.operation);
  message.set("path", call.path);
  if (!call.from.empty()) message.set("from", call.from);
  if (!call.etag.empty()) message.set("etag", call.etag);
  std::vector<int> descriptors;
  if (call.descriptor >= 0) {
    descriptors.push_back(call.descriptor);
    message.set("fds", 1);
  }
  bridge_->send(Value(std::move(message)), descriptors);
}

void BridgeRemote::run(const Next& next, const Done& done, const Done& part) {
  const auto first = next_id_;
  std::size_t under_way = 0;
  bool more = true;
  while (true) {
    while (more && under_way < most_) {
      Call call;
      more = next(next_id_ - first, call);
      if (!more) break;
      send(call, next_id_++);
      ++under_way;
    }
    if (under_way == 0) return;
    const auto reply = receive();
    const auto& id = field(reply, "id");
    if (!id.is_int() || id.as_int() < static_cast<std::int64_t>(first) || id.as_int() >= static_cast<std::int64_t>(next_id_)) continue;
    const auto number = static_cast<std::size_t>(id.as_int()) - first;
    if (!flag_at(reply, "last")) {
      if (part) part(number, reply);
      continue;
    }
    --under_way;
    done(number, reply);
  }
}

std::vector<bool> BridgeRemote::has(const std::vector<model::Hash>& objects) {
  std::vector<bool> out(objects.size());
  if (objects.size() > kMostLooks) {
    std::unordered_set<std::string> there;
    for (const auto& object : list()) there.insert(cat(object.hash.name == "md5" ? "" : "legacy ", object.hash.value));
    for (std::size_t i = 0; i < objects.size(); ++i)
      out[i] = there.contains(cat(kind_of(objects[i].name) == HashKind::md5 ? "" : "legacy ", objects[i].value));
    return out;
  }
  std::string problem;
  run(
      [&](std::size_t number, Call& call) {
        if (number == objects.size() || !problem.empty()) return false;
        call = {"info", object_path_on_remote(objects[number]), "", -1};
        return true;
      },
      [&](std::size_t number, const Value& reply) {
        out[number] = error_of(reply).empty();
        if (!out[number] && !flag_at(reply, "absent")) problem = error_of(reply);
      });
  if (!problem.empty()) throw Error(cat(who_, ": ", problem));
  return out;
}

void BridgeRemote::list_objects(const std::string& folder, const std::string& hash_name, const std::string& prefix, std::vector<ObjectTransfer>& out) {
  for (const auto& file : list_files(folder)) {
    auto value = prefix + replace_all(std::string_view(file.path).substr(folder.size() + 1), "/", "");
    if (is_object_name(value)) out.push_back({{hash_name, std::move(value)}, file.size, "", false});
  }
}

std::vector<ObjectTransfer> BridgeRemote::list() {
  std::vector<ObjectTransfer> out;
  list_objects("files/md5", "md5", "", out);
  for (const auto& entry : list_folder(""))
    if (entry.is_dir && is_hex_pair(entry.path)) list_objects(entry.path, std::string(name_of(HashKind::dos2unix)), entry.path, out);
  return out;
}

void BridgeRemote::upload(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) {
  std::vector<ObjectTransfer*> sent;
  std::size_t next = 0;
  run(
      [&](std::size_t, Call& call) {
        while (next < items.size()) {
          auto& item = *items[next++];
          const auto stat = cache.find(item.hash);
          if (!stat) {
            item.absent = true;
            item.error = "the cache has no such object";
            continue;
          }
          item.size = stat->size;
          sent.push_back(&item);
          call = {"put", object_path_on_remote(item.hash), cache.path(item.hash), -1};
          return true;
        }
        return false;
      },
      [&](std::size_t number, const Value& reply) {
        auto& item = *sent[number];
        item.error = error_of(reply);
        if (item.error.empty()) progress(item.size);
      });
}

namespace {

/// A file that arrives over there. What an earlier run has left of it is in it already, where it can be told that it belongs to it.
struct Incoming {
  std::unique_ptr<NewFile> file;
  PartialFile* partial = nullptr;  ///< `file`, when it outlives us

  /// "" for a place of its own kind.
  void open(const std::string& place, const std::function<std::unique_ptr<NewFile>()>& other) {
    if (auto found = place.empty() ? nullptr : PartialFile::open(place)) {
      partial = found.get();
      file = std::move(found);
    } else {
      file = other();
    }
  }
  std::string path() const { return cat("/dev/fd/", std::to_string(file->fd())); }
  void end(bool drop) {
    if (partial != nullptr && drop) partial->drop();
    file.reset();
  }
};

}  // namespace

/// Gives what came with the wrong content.
std::vector<ObjectTransfer*> BridgeRemote::download_once(const std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) {
  std::vector<Incoming> files(items.size());
  std::vector<ObjectTransfer*> wrong;
  run(
      [&](std::size_t number, Call& call) {
        if (number == items.size()) return false;
        auto& item = *items[number];
        item.error.clear();
        const bool checked = kind_of(item.hash.name) == HashKind::md5;  // else nothing would tell that two halves belong together
        files[number].open(checked ? cache.partial_path(item.hash.value) : "", [&] {
          auto file = cache.stage();
          file->set_mode(kFilledOverThere);
          return file;
        });
        call = {"get", object_path_on_remote(item.hash), "", files[number].file->fd()};
        return true;
      },
      [&](std::size_t number, const Value& reply) {
        auto& item = *items[number];
        auto incoming = std::move(files[number]);
        item.error = error_of(reply);
        item.absent = flag_at(reply, "absent");
        if (!item.error.empty()) return incoming.end(item.absent);
        const auto kind = kind_of(item.hash.name);
        const auto place = incoming.path();
        const auto actual = hash_content(place, kind);
        // A listing of DVC 2 has the hash of something else: the cache looks at it when it is used.
        if (!(kind == HashKind::dos2unix && item.hash.is_dir()) && (!actual || to_hex(*actual) != std::string_view(item.hash.value).substr(0, 32))) {
          item.error = cat("the content that came has the hash ", actual ? to_hex(*actual) : "of a file that can't be read");
          wrong.push_back(&item);
          return incoming.end(true);
        }
        item.size = disk_.stat(place)->size;
        cache.adopt(std::move(incoming.file), kind, item.hash.value);
        progress(item.size);
      });
  return wrong;
}

void BridgeRemote::download(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) {
  auto left = items;
  for (int i = 0; i < kMostWrongContents && !left.empty(); ++i) left = download_once(left, cache, progress);
}

void BridgeRemote::remove(std::vector<ObjectTransfer*>& items) {
  run(
      [&](std::size_t number, Call& call) {
        if (number == items.size()) return false;
        call = {"remove", object_path_on_remote(items[number]->hash), "", -1};
        return true;
      },
      [&](std::size_t number, const Value& reply) { items[number]->error = error_of(reply); });
}

std::vector<RemoteFile> BridgeRemote::list_files(const std::string& folder) {
  std::vector<RemoteFile> out;
  std::string problem;
  run(
      [&](std::size_t number, Call& call) {
        call = {"walk", folder, "", -1};
        return number == 0;
      },
      [&](std::size_t, const Value& reply) {
        if (!flag_at(reply, "absent")) problem = error_of(reply);
      },
      [&](std::size_t, const Value& reply) { add_entries(reply, out); });
  if (!problem.empty()) throw Error(cat(who_, ": ", problem));
  const auto below = folder.empty() ? "" : cat(folder, "/");
  std::erase_if(out, [&below](const RemoteFile& file) { return is_leftover(file.path) || !file.path.starts_with(below); });
  return out;
}

std::optional<RemoteFile> BridgeRemote::look(const std::string& path) {
  std::optional<RemoteFile> out;
  std::string problem;
  run(
      [&](std::size_t number, Call& call) {
        call = {"info", path, "", -1};
        return number == 0;
      },
      [&](std::size_t, const Value& reply) {
        if (const auto error = error_of(reply); !error.empty()) {
          if (!flag_at(reply, "absent")) problem = error;
          return;
        }
        const bool is_dir = text_at(reply, "type") == "directory";
        out = RemoteFile{.path = path, .size = is_dir ? -1 : size_of(field(reply, "size")), .is_dir = is_dir, .etag = text_at(reply, "etag"), .version = ""};
      });
  if (!problem.empty()) throw Error(cat(who_, ": ", problem));
  return out;
}

std::vector<RemoteFile> BridgeRemote::list_folder(const std::string& path) {
  std::vector<RemoteFile> out;
  std::string problem;
  run(
      [&](std::size_t number, Call& call) {
        call = {"folder", path, "", -1};
        return number == 0;
      },
      [&](std::size_t, const Value& reply) {
        if (!flag_at(reply, "absent")) problem = error_of(reply);
        add_entries(reply, out);
      });
  if (!problem.empty()) throw Error(cat(who_, ": ", problem));
  return out;
}

void BridgeRemote::upload_files(std::vector<FileTransfer>& items, const TransferProgress& progress) {
  run(
      [&](std::size_t number, Call& call) {
        if (number == items.size()) return false;
        const auto stat = disk_.stat(items[number].local);
        items[number].size = stat ? stat->size : -1;
        call = {"put", items[number].path, items[number].local, -1};
        return true;
      },
      [&](std::size_t number, const Value& reply) {
        items[number].error = error_of(reply);
        if (items[number].error.empty()) progress(items[number].size);
      });
}

void BridgeRemote::download_files(std::vector<FileTransfer>& items, const TransferProgress& progress) {
  std::vector<Incoming> files(items.size());
  run(
      [&](std::size_t number, Call& call) {
        if (number == items.size()) return false;
        const auto folder = path::dirname(items[number].local);
        disk_.make_dirs(folder);
        files[number].open(items[number].partial, [&] { return disk_.create(temporary_name(folder), 0666); });
        call = {"get", items[number].path, "", files[number].file->fd(), items[number].etag};
        return true;
      },
      [&](std::size_t number, const Value& reply) {
        auto& item = items[number];
        auto incoming = std::move(files[number]);
        item.error = error_of(reply);
        if (!item.error.empty()) return incoming.end(false);
        item.size = disk_.stat(incoming.path())->size;
        incoming.file->finish(item.local);
        progress(item.size);
      });
}

}  // namespace pivot::store
