// Many files over one SFTP connection: their requests overlap, within a window of bytes.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "store/remotes/object_receiver.h"
#include "store/remotes/sftp_channel.h"

namespace pivot::store {

struct SftpUpload {
  std::string local;   ///< absolute
  std::string remote;  ///< as the server names it; the folder is there
  std::string error;   ///< "" when it arrived
  /// It waits beside its place under this name, "" for one of its own: what an interrupted run has left there is read, and gone on with from the
  /// first byte that differs. Others may be writing the same content there.
  std::string partial = {};
};

struct SftpDownload {
  std::string remote;
  /// Before the first byte, with the size of the file (-1: not said): how much of it is here already.
  std::function<std::int64_t(std::int64_t size)> begin;
  std::function<bool(std::string_view)> take;  ///< in order; false ends it
  std::string error;
  bool absent = false;
};

/// Each file is written beside its place and renamed when it is whole. `done`: number of a file that arrived.
void sftp_upload(SftpChannel& channel, std::vector<SftpUpload>& files, const std::function<void(std::size_t)>& done);
/// `done`: number of a file that ended, well or not.
void sftp_download(SftpChannel& channel, std::vector<SftpDownload>& files, const std::function<void(std::size_t)>& done);

}  // namespace pivot::store
