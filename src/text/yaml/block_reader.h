// The fast way to read YAML: plain block style, as dvc.yaml, params.yaml and dvc.lock are written, straight into
// values. Whatever is out of the ordinary (anchors, tags, tabs, documents, errors, ...) makes it give up, and the
// scanner starts over.
#pragma once

#include <optional>
#include <string_view>

#include "base/value.h"
#include "text/yaml.h"

namespace pivot::text::yaml {

/// The value of the text, or nullopt when the general way must read it. Never throws for syntax.
std::optional<Value> read_block_style(std::string_view text, const Limits& limits);

}  // namespace pivot::text::yaml
