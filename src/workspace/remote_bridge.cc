#include "workspace/remote_bridge.h"

#include "workers/python_host.h"
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

std::function<std::unique_ptr<store::RemoteBridge>()> bridge_starter(Workspace& ws) {
  return [&ws] { return std::make_unique<PythonBridge>(workers::HostStart{ws.python().interpreter(), ws.python().runtime(), "_remote"}); };
}

}  // namespace pivot::workspace
