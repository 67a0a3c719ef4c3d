#include "store/remotes/web_remote.h"

#include "base/path.h"
#include "base/strings.h"
#include "store/remotes/object_receiver.h"
#include "store/remotes/partial_file.h"

namespace pivot::store {
namespace {

constexpr int kMostWrongContents = 3;  ///< tries for content that comes with another hash
constexpr long kNotFound = 404;

}  // namespace

std::string bare_etag(std::string text) {
  std::erase(text, '"');
  return text;
}

HttpOptions http_options(const RemoteSettings& settings) {
  HttpOptions out;
  if (settings.jobs > 0) out.parallel = settings.jobs;
  const auto verify = settings.get("ssl_verify");
  if (lower(verify) == "false") out.verify_tls = false;
  else if (!verify.empty() && lower(verify) != "true") out.ca_file = verify;
  if (const auto seconds = settings.get("connect_timeout"); !seconds.empty()) out.connect_timeout = std::atol(seconds.c_str());
  if (const auto seconds = settings.get("read_timeout"); !seconds.empty()) out.stall_timeout = std::atol(seconds.c_str());
  return out;
}

std::string WebRemote::explain(const HttpAnswer& answer) const {
  if (answer.status == 0) return answer.error;
  return cat("the server answers ", std::to_string(answer.status));
}

HttpRequest WebRemote::request_version(const std::string& method, const std::string& path, const std::string& version) {
  if (!version.empty()) throw Error("this storage keeps no versions");
  return request(method, path);
}

void WebRemote::run_unless_refused(const HttpEngine::Next& next, const HttpEngine::Done& done) {
  std::string problem;
  engine_.run([&](HttpRequest& slot) { return problem.empty() && next(slot); },
              [&](std::size_t number, HttpRequest& request, HttpAnswer& answer) {
                if (problem.empty() && !answer.ok() && refuses_all(answer)) problem = explain(answer);
                done(number, request, answer);
              });
  if (!problem.empty()) throw Error(problem);
}

std::vector<bool> WebRemote::has_each(const std::vector<model::Hash>& objects) {
  std::vector<bool> out(objects.size());
  std::size_t next = 0;
  std::string problem;
  engine_.run(
      [&](HttpRequest& slot) {
        if (next == objects.size() || !problem.empty()) return false;
        slot = request("HEAD", object_path_on_remote(objects[next++]));
        return true;
      },
      [&](std::size_t number, HttpRequest&, HttpAnswer& answer) {
        out[number] = answer.ok();
        if (!answer.ok() && answer.status != kNotFound) problem = explain(answer);
      });
  if (!problem.empty()) throw Error(problem);
  return out;
}

std::vector<bool> WebRemote::has(const std::vector<model::Hash>& objects) { return has_each(objects); }

void WebRemote::upload(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) {
  std::size_t next = 0;
  std::vector<ObjectTransfer*> sent;
  run_unless_refused(
      [&](HttpRequest& slot) {
        while (next < items.size()) {
          auto& item = *items[next++];
          const auto stat = cache.find(item.hash);
          if (!stat) {
            item.absent = true;
            item.error = "the cache has no such object";
            continue;
          }
          item.size = stat->size;
          slot = request(upload_method(), object_path_on_remote(item));
          slot.body_file = cache.path(item.hash);
          slot.size = stat->size;
          // What arrives is checked by the server, where it knows how.
          if (kind_of(item.hash.name) == HashKind::md5)
            if (const auto digest = md5_from_hex(item.hash.value))
              slot.headers.push_back(cat("content-md5: ", base64({reinterpret_cast<const char*>(digest->data()), digest->size()})));
          sent.push_back(&item);
          return true;
        }
        return false;
      },
      [&](std::size_t number, HttpRequest&, HttpAnswer& answer) {
        auto& item = *sent[number];
        if (!answer.ok()) {
          item.error = explain(answer);
          return;
        }
        item.version = answer.header("x-amz-version-id");
        item.etag = bare_etag(answer.header("etag"));
        progress(item.size);
      });
}

/// Gives what came with the wrong content.
std::vector<ObjectTransfer*> WebRemote::download_once(const std::vector<ObjectTransfer*>& items, Objects& cache,
                                                      const TransferProgress& progress) {
  std::size_t next = 0;
  std::vector<std::unique_ptr<ObjectReceiver>> receivers(items.size());
  std::vector<ObjectTransfer*> wrong;
  run_unless_refused(
      [&](HttpRequest& slot) {
        if (next == items.size()) return false;
        auto& item = *items[next];
        item.error.clear();
        auto& receiver = *(receivers[next] = std::make_unique<ObjectReceiver>(item, cache));
        ++next;
        slot = request_version("GET", object_path_on_remote(item), item.version);
        slot.have = receiver.resume();
        slot.restart = [&receiver] { receiver.restart(); };
        slot.sink = [&receiver](std::string_view part) { return receiver.take(part); };
        return true;
      },
      [&](std::size_t number, HttpRequest&, HttpAnswer& answer) {
        auto& item = *items[number];
        auto& receiver = *receivers[number];
        if (!receiver.problem().empty()) {
          item.error = receiver.problem();
        } else if (!answer.ok()) {
          item.absent = answer.status == kNotFound;
          item.error = explain(answer);
        } else if (!receiver.finish()) {
          item.error = receiver.problem();
          wrong.push_back(&item);
        } else {
          progress(item.size);
        }
        receivers[number].reset();
      });
  return wrong;
}

void WebRemote::download(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) {
  auto left = items;
  for (int i = 0; i < kMostWrongContents && !left.empty(); ++i) left = download_once(left, cache, progress);
}

void WebRemote::remove(std::vector<ObjectTransfer*>& items) {
  std::size_t next = 0;
  engine_.run(
      [&](HttpRequest& slot) {
        if (next == items.size()) return false;
        slot = request("DELETE", object_path_on_remote(*items[next++]));
        return true;
      },
      [&](std::size_t number, HttpRequest&, HttpAnswer& answer) {
        if (!answer.ok() && answer.status != kNotFound) items[number]->error = explain(answer);
      });
}

void WebRemote::upload_files(std::vector<FileTransfer>& items, const TransferProgress& progress) {
  std::size_t next = 0;
  std::vector<FileTransfer*> sent;
  run_unless_refused(
      [&](HttpRequest& slot) {
        while (next < items.size()) {
          auto& item = items[next++];
          const auto stat = real_disk().stat(item.local);
          if (!stat) {
            item.error = cat("[Errno 2] No such file or directory: '", item.local, "'");
            continue;
          }
          item.size = stat->size;
          slot = request(upload_method(), item.path);
          slot.body_file = item.local;
          slot.size = stat->size;
          sent.push_back(&item);
          return true;
        }
        return false;
      },
      [&](std::size_t number, HttpRequest&, HttpAnswer& answer) {
        if (answer.ok()) progress(sent[number]->size);
        else sent[number]->error = explain(answer);
      });
}

void WebRemote::download_files(std::vector<FileTransfer>& items, const TransferProgress& progress) {
  auto& disk = real_disk();
  struct Incoming {
    std::unique_ptr<NewFile> file;
    std::unique_ptr<PartialFile> partial;  ///< instead, where the transfer may go on later
    std::int64_t size = 0;
    std::string problem;
    NewFile& target() { return partial ? static_cast<NewFile&>(*partial) : *file; }
  };
  std::vector<Incoming> incoming(items.size());
  std::size_t next = 0;
  engine_.run(
      [&](HttpRequest& slot) {
        if (next == items.size()) return false;
        auto& item = items[next];
        auto& place = incoming[next++];
        slot = request_version("GET", item.path, item.version);
        disk.make_dirs(path::dirname(item.local));
        if (!item.partial.empty() && (place.partial = PartialFile::open(item.partial))) {
          slot.have = place.size = place.partial->size();
          slot.have_etag = item.etag;
        }
        slot.restart = [&] {
          if (place.partial) place.partial->clear();
          else place.file = disk.create(temporary_name(path::dirname(item.local)), 0666);
          place.size = 0;
        };
        slot.sink = [&](std::string_view part) {
          try {
            place.target().write(part);
            place.size += static_cast<std::int64_t>(part.size());
            return true;
          } catch (const Error& e) {
            place.problem = e.message();
            if (place.partial) place.partial->drop();
            return false;
          }
        };
        return true;
      },
      [&](std::size_t number, HttpRequest&, HttpAnswer& answer) {
        auto& item = items[number];
        auto& place = incoming[number];
        if (!place.problem.empty()) {
          item.error = place.problem;
        } else if (!answer.ok()) {
          item.error = explain(answer);
        } else {
          place.target().finish(item.local);
          item.size = place.size;
          progress(item.size);
        }
        place.file.reset();
        place.partial.reset();
      });
}

}  // namespace pivot::store
