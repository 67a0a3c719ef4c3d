// What the engine needs of the world around it; workspace/ provides it, tests provide their own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/value.h"
#include "engine/callable_runner.h"
#include "engine/events.h"
#include "engine/lockbook.h"
#include "model/graph.h"
#include "model/stage.h"
#include "store/store.h"

namespace pivot::engine {

/// The locks beside real DVC: the repository's, held except while commands run, and one entry a running stage.
class Locks {
 public:
  virtual ~Locks() = default;
  virtual void acquire() = 0;
  virtual void release() = 0;
  virtual void begin_stage(const model::Stage& stage) = 0;
  virtual void end_stage(const model::Stage& stage) = 0;
};

/// What earlier commands found out and what still stands of it: saves the scan a look at every stage.
class KnownVerdicts {
 public:
  virtual ~KnownVerdicts() = default;
  /// Surely unchanged; false says nothing.
  virtual bool unchanged(model::StageId id) = 0;
  /// The scan found it unchanged.
  virtual void found_unchanged(model::StageId id) = 0;
  /// It ran, or its outs were written: what was known of it is void.
  virtual void forget(model::StageId id) = 0;
};

/// Reads parameter files; nullptr when the file is absent.
using ParamsReader = std::function<std::shared_ptr<const Value>(const std::string& file)>;

struct Project {
  const std::vector<model::Stage>& stages;
  const model::OutIndex& outs;
  const model::Graph& graph;
  Disk& disk;
  store::Store& store;
  Lockbook& lockbook;
  ParamsReader params;
  std::string root;  ///< absolute
  std::string cwd;   ///< relative to the root: addresses in messages are relative to it
  KnownVerdicts* known = nullptr;
  CallableRunner* callables = nullptr;   ///< null: no Python stages
  ScriptRunner* scripts = nullptr;       ///< null: every command gets a shell
  bool track_versions = false;           ///< fingerprint.track_versions: where a stage doesn't say

  /// What lies behind a URL now, as a lock records it; nullopt when nothing does. Throws Error when it can't be told.
  std::function<std::optional<model::LockEntry>(const std::string& url)> look_at_url = nullptr;

  const model::Stage& stage(model::StageId id) const { return stages[static_cast<std::size_t>(id)]; }
  std::string address(model::StageId id) const { return stage(id).address_from(cwd); }
  std::string absolute(const std::string& file) const;
};

}  // namespace pivot::engine
