// Who we are for S3, in the order of AWS's own tools: options of the remote, environment, profile files, the machine's role.
#pragma once

#include <optional>
#include <string>

#include "store/remotes/aws_signature.h"
#include "store/remotes/remote.h"

namespace pivot::store {

struct AwsProfile {
  AwsCredentials credentials;
  std::string region;
  std::string endpoint;
  bool anonymous = false;
};

/// Throws Error for a profile that doesn't exist, and for kinds of credentials that we can't use (SSO, processes).
AwsProfile find_aws_profile(const RemoteSettings& settings, Disk& disk);

}  // namespace pivot::store
