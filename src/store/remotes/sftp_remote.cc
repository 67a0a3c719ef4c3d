#include "store/remotes/sftp_remote.h"

#include <algorithm>
#include <unordered_set>

#include "base/clock.h"
#include "base/error.h"
#include "base/path.h"
#include "base/strings.h"
#include "store/remotes/ask_password.h"
#include "store/remotes/sftp_transfers.h"

namespace pivot::store {
namespace {

constexpr std::size_t kMostStats = 1000;  ///< from then on listing 256 folders is cheaper
constexpr std::int64_t kWorthResuming = 8 << 20;
constexpr std::string_view kTemporary = ".tmp";
constexpr std::string_view kPartial = ".partial";
constexpr std::int64_t kAbandoned = 24 * 3600;  ///< seconds: what is older nobody comes back for
constexpr char kHexDigits[] = "0123456789abcdef";

bool is_true(const std::string& text) { return lower(text) == "true"; }

std::string fields_of(std::string_view path) { return SftpFields().text(path).take(); }

/// "ab" of the 256.
std::vector<std::string> object_prefixes() {
  std::vector<std::string> out;
  for (const char a : std::string_view(kHexDigits))
    for (const char b : std::string_view(kHexDigits)) out.push_back({a, b});
  return out;
}

/// What an upload has left that was killed.
bool is_leftover(std::string_view name) {
  return (name.starts_with('.') && name.ends_with(kPartial)) || (name.size() > kTemporary.size() && name.ends_with(kTemporary));
}

/// A listing that is being read, page by page.
void read_pages(SftpChannel& channel, const std::string& handle, const std::string& folder, const std::shared_ptr<std::string>& problem,
                const SftpRemote::OnFile& found) {
  channel.send(SftpRequest::read_dir, fields_of(handle), [&channel, handle, folder, problem, found](SftpAnswer& answer) {
    if (answer.type() != SftpAnswer::name) {
      if (answer.code() != SftpAnswer::end_of_file && problem->empty()) *problem = cat("'", folder, "': ", answer.problem());
      channel.send(SftpRequest::close, fields_of(handle), [](SftpAnswer&) {});
      return;
    }
    for (auto n = answer.number(); n > 0; --n) {
      const std::string name(answer.text());
      answer.text();
      const auto attributes = answer.attributes_of_file();
      if (name == "." || name == ".." || name.find('/') != name.npos) continue;
      found({folder.empty() ? name : cat(folder, "/", name), attributes.is_dir() ? 0 : attributes.size, attributes.is_dir(), "", ""}, attributes.mtime);
    }
    read_pages(channel, handle, folder, problem, found);
  });
}

}  // namespace

SftpRemote::SftpRemote(const RemoteSettings& settings, Disk& disk) : disk_(disk) {
  auto rest = settings.url.substr(settings.url.find("://") + 3);
  const auto slash = rest.find('/');
  root_ = slash == rest.npos ? "." : rest.substr(slash);
  while (root_.size() > 1 && root_.ends_with('/')) root_.pop_back();
  auto host = rest.substr(0, slash);
  if (const auto at = host.rfind('@'); at != host.npos) {
    target_.user = host.substr(0, at);
    host = host.substr(at + 1);
  }
  if (const auto colon = host.rfind(':'); colon != host.npos && host.find(']', colon) == host.npos) {
    target_.port = std::atoi(host.c_str() + colon + 1);
    host.resize(colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  target_.host = host;
  if (host.empty()) throw Error(cat("'", settings.url, "' names no host"), ErrorKind::config);
  if (const auto user = settings.get("user"); !user.empty()) target_.user = user;
  if (const auto port = settings.get("port"); !port.empty()) target_.port = std::atoi(port.c_str());
  target_.keyfile = settings.get("keyfile");
  if (target_.keyfile.starts_with("~/") && std::getenv("HOME") != nullptr) target_.keyfile = cat(std::getenv("HOME"), target_.keyfile.substr(1));
  target_.password = settings.get("password");
  if (target_.password.empty() && lower(settings.get("ask_password")) == "true")
    target_.password = ask_password(settings.name, cat("Password of ", settings.url, ": "));
  target_.passphrase = settings.get("passphrase");
  target_.timeout = std::atoi(settings.get("timeout").c_str());
  target_.gss = is_true(settings.get("gss_auth"));
  const auto agent = settings.get("allow_agent");
  target_.agent = agent.empty() || is_true(agent);
}

SftpRemote::~SftpRemote() = default;

SftpChannel& SftpRemote::channel() {
  if (!channel_) channel_ = std::make_unique<SftpChannel>(target_);
  return *channel_;
}

std::vector<bool> SftpRemote::has(const std::vector<model::Hash>& objects) {
  std::vector<bool> out(objects.size());
  if (objects.size() <= kMostStats) {
    std::string problem;
    for (std::size_t i = 0; i < objects.size(); ++i)
      channel().send(SftpRequest::stat, fields_of(place(object_path_on_remote(objects[i]))), [&, i](SftpAnswer& answer) {
        out[i] = answer.type() == SftpAnswer::attributes;
        if (!out[i] && answer.code() != SftpAnswer::no_such_file) problem = answer.problem();
      });
    channel().wait();
    if (!problem.empty()) throw Error(cat("'", root_, "' on ", target_.host, ": ", problem));
    return out;
  }
  std::unordered_set<std::string> names;
  for (const auto& object : list()) names.insert(object_path_on_remote(object.hash));
  for (std::size_t i = 0; i < objects.size(); ++i) out[i] = names.contains(object_path_on_remote(objects[i]));
  return out;
}

void SftpRemote::list_folders(const std::vector<std::string>& folders, const OnFile& found) {
  const auto problem = std::make_shared<std::string>();
  for (const auto& folder : folders)
    channel().send(SftpRequest::open_dir, fields_of(place(folder)), [&, folder](SftpAnswer& answer) {
      if (answer.type() == SftpAnswer::handle) read_pages(*channel_, std::string(answer.text()), folder, problem, found);
      else if (answer.code() != SftpAnswer::no_such_file && problem->empty()) *problem = cat("'", place(folder), "': ", answer.problem());
    });
  channel().wait();
  if (!problem->empty()) throw Error(cat(target_.host, ": ", *problem));
}

std::vector<ObjectTransfer> SftpRemote::list() {
  std::vector<ObjectTransfer> out;
  std::vector<std::string> folders;
  for (const auto& prefix : object_prefixes()) {
    folders.push_back(cat("files/md5/", prefix));
    folders.push_back(prefix);
  }
  leftovers_.clear();
  list_folders(folders, [&](const RemoteFile& file, std::int64_t mtime) {
    const auto name = path::basename(file.path), prefix = path::basename(path::dirname(file.path));
    auto value = cat(prefix, name);
    if (!file.is_dir && is_object_name(value))
      out.push_back({{file.path.starts_with("files/md5/") ? "md5" : "md5-dos2unix", std::move(value)}, file.size, "", false});
    if (!file.is_dir && is_leftover(name) && mtime >= 0 && mtime + kAbandoned < wall_ns() / 1'000'000'000) leftovers_.push_back(file.path);
  });
  return out;
}

void SftpRemote::remove_leftovers() {
  for (const auto& file : leftovers_) channel().send(SftpRequest::remove, fields_of(place(file)), [](SftpAnswer&) {});
  channel().wait();
  leftovers_.clear();
}

std::vector<RemoteFile> SftpRemote::list_files(const std::string& folder) {
  std::vector<RemoteFile> out;
  std::vector<std::string> open{folder};
  while (!open.empty()) {
    const auto level = std::exchange(open, {});
    list_folders(level, [&](RemoteFile file, std::int64_t) {
      if (file.is_dir) open.push_back(file.path);
      else out.push_back(std::move(file));
    });
  }
  return out;
}

std::vector<RemoteFile> SftpRemote::list_folder(const std::string& path) {
  std::vector<RemoteFile> out;
  list_folders({path}, [&](RemoteFile file, std::int64_t) { out.push_back(std::move(file)); });
  return out;
}

std::optional<RemoteFile> SftpRemote::look(const std::string& path) {
  std::optional<RemoteFile> out;
  std::string problem;
  channel().send(SftpRequest::stat, fields_of(place(path)), [&](SftpAnswer& answer) {
    if (answer.type() == SftpAnswer::attributes) {
      const auto found = answer.attributes_of_file();
      out = RemoteFile{path, found.is_dir() ? 0 : found.size, found.is_dir(), "", ""};
    } else if (answer.code() != SftpAnswer::no_such_file) {
      problem = answer.problem();
    }
  });
  channel().wait();
  if (!problem.empty()) throw Error(cat("'", place(path), "' on ", target_.host, ": ", problem));
  return out;
}

/// The folders that files lie in; the server does one thing after the other, so they are made before their content comes.
void SftpRemote::make_folders(const std::vector<std::string>& files) {
  std::set<std::string> wanted;
  for (const auto& file : files)
    for (auto folder = path::dirname(file); !folder.empty() && folder != "/" && folder != "." && !made_.contains(folder); folder = path::dirname(folder))
      if (!wanted.insert(folder).second) break;
  constexpr std::uint32_t kNoAttributes = 0;
  for (const auto& folder : wanted) {  // sorted: parents first
    channel().send(SftpRequest::make_dir, SftpFields().text(folder).number(kNoAttributes).take(), [](SftpAnswer&) {});
    made_.insert(folder);
  }
}

void SftpRemote::upload(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) {
  std::vector<SftpUpload> uploads;
  std::vector<std::string> files;
  std::vector<ObjectTransfer*> owners;
  for (auto* item : items) {
    const auto stat = cache.find(item->hash);
    if (!stat) {
      item->absent = true;
      item->error = "the cache has no such object";
      continue;
    }
    item->size = stat->size;
    files.push_back(place(object_path_on_remote(item->hash)));
    uploads.push_back({cache.path(item->hash), files.back(), ""});
    if (item->size >= kWorthResuming && kind_of(item->hash.name) == HashKind::md5)
      uploads.back().partial = cat(path::dirname(files.back()), "/.", path::basename(files.back()), kPartial);
    owners.push_back(item);
  }
  make_folders(files);
  sftp_upload(channel(), uploads, [&](std::size_t i) { progress(owners[i]->size); });
  for (std::size_t i = 0; i < uploads.size(); ++i) owners[i]->error = uploads[i].error;
}

void SftpRemote::download(std::vector<ObjectTransfer*>& items, Objects& cache, const TransferProgress& progress) {
  constexpr int kMostWrongContents = 3;
  auto left = items;
  for (int n = 0; n < kMostWrongContents && !left.empty(); ++n) {
    std::vector<SftpDownload> downloads;
    std::vector<std::unique_ptr<ObjectReceiver>> receivers(left.size());
    std::vector<ObjectTransfer*> wrong;
    for (std::size_t i = 0; i < left.size(); ++i) {
      left[i]->error.clear();
      auto& receiver = receivers[i];
      auto& item = *left[i];
      downloads.push_back({place(object_path_on_remote(item.hash)),
                           [&receiver, &item, &cache](std::int64_t size) {
                             receiver = std::make_unique<ObjectReceiver>(item, cache);
                             const auto have = receiver->resume();
                             if (have <= size) return have;
                             receiver->restart();  // of something else
                             return std::int64_t{0};
                           },
                           [&receiver](std::string_view part) { return receiver->take(part); }, "", false});
    }
    sftp_download(channel(), downloads, [&](std::size_t i) {
      auto& item = *left[i];
      auto& receiver = receivers[i];
      if (!downloads[i].error.empty()) {
        item.absent = downloads[i].absent;
        item.error = receiver && !receiver->problem().empty() ? receiver->problem() : downloads[i].error;
      } else if (receiver->finish()) {
        progress(item.size);
      } else {
        item.error = receiver->problem();
        wrong.push_back(&item);
      }
      receiver.reset();
    });
    left = std::move(wrong);
  }
}

void SftpRemote::remove(std::vector<ObjectTransfer*>& items) {
  for (auto* item : items)
    channel().send(SftpRequest::remove, fields_of(place(object_path_on_remote(item->hash))), [item](SftpAnswer& answer) {
      if (answer.code() != SftpAnswer::no_such_file) item->error = answer.problem();
    });
  channel().wait();
}

void SftpRemote::upload_files(std::vector<FileTransfer>& items, const TransferProgress& progress) {
  std::vector<SftpUpload> uploads;
  std::vector<std::string> files;
  for (auto& item : items) {
    if (const auto stat = disk_.stat(item.local)) item.size = stat->size;
    files.push_back(place(item.path));
    uploads.push_back({item.local, files.back(), ""});
  }
  make_folders(files);
  sftp_upload(channel(), uploads, [&](std::size_t i) { progress(items[i].size); });
  for (std::size_t i = 0; i < items.size(); ++i) items[i].error = uploads[i].error;
}

void SftpRemote::download_files(std::vector<FileTransfer>& items, const TransferProgress& progress) {
  std::vector<SftpDownload> downloads;
  std::vector<std::unique_ptr<NewFile>> open(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto& item = items[i];
    auto& file = open[i];
    downloads.push_back({place(item.path),
                         [&item, &file, this](std::int64_t) {
                           disk_.make_dirs(path::dirname(item.local));
                           file = disk_.create(temporary_name(path::dirname(item.local)), 0666);
                           item.size = 0;
                           return std::int64_t{0};
                         },
                         [&item, &file](std::string_view part) {
                           try {
                             file->write(part);
                           } catch (const Error& e) {
                             item.error = e.message();
                             return false;
                           }
                           item.size += static_cast<std::int64_t>(part.size());
                           return true;
                         },
                         "", false});
  }
  sftp_download(channel(), downloads, [&](std::size_t i) {
    auto& item = items[i];
    if (item.error.empty()) item.error = downloads[i].error;
    if (item.error.empty()) {
      open[i]->finish(item.local);
      progress(item.size);
    }
    open[i].reset();
  });
}

}  // namespace pivot::store
