// A YAML file of DVC's as a checked value: syntax and schema errors in DVC's words, with line, column and a snippet.
#pragma once

#include <string>
#include <string_view>

#include "base/value.h"
#include "importers/dvc/schema.h"
#include "text/yaml.h"

namespace pivot::importers::dvc {

/// `file` (relative to the root) as seen from the folder `cwd` (relative to the root too); absolute paths stay.
std::string path_from(const std::string& file, const std::string& cwd);

/// Parses and checks a document; an empty one is an empty map. Throws Error: validation for syntax and schema, failure for bytes
/// that are not UTF-8.
Value load_document(std::string_view content, const std::string& file, const std::string& cwd, const Schema& schema);

/// Checks a parsed document; throws the validation error.
void check_document(const Value& document, std::string_view content, const std::string& file, const std::string& cwd,
                    const Schema& schema);

/// Throws DVC's "unable to read: ..., is not valid utf-8: ..." for bytes that are not UTF-8. `shown` is the path in the message.
void check_utf8(std::string_view content, const std::string& shown);

/// DVC's "unable to read: 'params.yaml', YAML file structure is corrupted: ..." with ruamel's text of the error. Values that Python can't
/// make (a 45th of a month) are unexpected errors there.
Error unreadable_yaml(const text::yaml::SyntaxError& error, std::string_view content, const std::string& shown);

}  // namespace pivot::importers::dvc
