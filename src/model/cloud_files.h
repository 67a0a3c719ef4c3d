// What entries of dvc.lock and *.dvc files know of storage that keeps versions.
//
//   a file     cloud: {<remote>: {etag: .., version_id: ..}}           or version_id: .., etag: .. in the entry itself
//   a folder   files: [{relpath, md5, size, isexec, and of these what the file has}, ...], sorted by relpath, in the place of its hash
//
// Deps of imports have the etag where outs have the md5. Source: contract 3.4 and what DVC 3.67.1 writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/value.h"
#include "model/stage.h"

namespace pivot::model {

/// One file of an entry.
struct CloudFile {
  std::string relpath;  ///< in the folder; "" when the entry is a file
  std::string md5;      ///< "" where only the etag says what it holds
  std::optional<std::int64_t> size;
  bool isexec = false;
  std::string remote;   ///< the key below `cloud:`; "" where etag and version stand in the entry itself
  std::string etag, version;
};

/// `files:` stands in the entry: it is a folder whose files are told one by one.
bool has_files(const Value& extra);
/// The files of `files:`. Names that lead out of the folder throw Error.
std::vector<CloudFile> files_of(const Value& extra);
/// What an entry that is a file says of its version.
CloudFile file_of(const Hash& hash, const Meta& meta, const Value& extra);

/// The keys that only carry (`extra`) without those of versions.
Value without_versions(const Value& extra);
/// The same with the files of a folder, or with the version of a file.
Value with_files(const Value& extra, const std::vector<CloudFile>& files);
Value with_version(const Value& extra, const CloudFile& file);

}  // namespace pivot::model
