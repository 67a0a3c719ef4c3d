// The flat XML that S3 answers with.
#pragma once

#include <functional>
#include <string>

namespace pivot::store {

/// The text of the first <name>...</name>; "" when there is none.
std::string tag(const std::string& xml, const std::string& name);
/// The text of each.
void for_each_tag(const std::string& xml, const std::string& name, const std::function<void(const std::string&)>& take);

}  // namespace pivot::store
