#include "workspace/remote_bridge.h"

#include "base/disk.h"
#include "base/error.h"
#include "base/strings.h"
#include "base/user_folder.h"
#include "workers/python_host.h"
#include "workers/python_runner.h"
#include "workspace/python_pipelines.h"
#include "workspace/workspace.h"

namespace pivot::workspace {

namespace {

class PythonBridge : public store::RemoteBridge {
 public:
  explicit PythonBridge(const workers::HostStart& start) : host_(start) {}
  void send(const Value& message, const std::vector<int>& descriptors) override { host_.send(message, descriptors); }
  std::optional<Value> receive() override { return host_.receive(); }

 private:
  workers::PythonHost host_;
};

}  // namespace

std::function<std::unique_ptr<store::RemoteBridge>()> bridge_starter(Workspace* ws) {
  return [ws]() -> std::unique_ptr<store::RemoteBridge> {
    if (ws != nullptr) return std::make_unique<PythonBridge>(workers::HostStart{ws->python().interpreter(), ws->python().runtime(), "_remote"});
    const auto folder = user_cache_folder();
    if (folder.empty()) throw Error("HOME is not set: there is no place for what Python is to run");
    real_disk().make_dirs(folder);
    return std::make_unique<PythonBridge>(workers::HostStart{workers::find_interpreter(folder, ""), workers::unpack_runtime(folder), "_remote"});
  };
}

}  // namespace pivot::workspace
