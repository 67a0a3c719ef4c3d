// POSIX paths as text: pure functions, nothing here touches the disk. A path "inside the repository" is relative to its
// root, normalised, without "./" ("a/b"; the root itself is "."). What lies outside is absolute; a URL stays as it is.
#pragma once

#include <string>
#include <string_view>

namespace pivot::path {

bool is_absolute(std::string_view p);
/// True for s3://..., https://..., remote://... (a scheme of two or more characters).
bool is_url(std::string_view p);
/// os.path.join of two parts: an absolute second part wins.
std::string join(std::string_view a, std::string_view b);
/// os.path.normpath: collapses //, ., .. ; "" gives ".".
std::string normalize(std::string_view p);
/// os.path.relpath of two normalised paths that are both absolute or both relative to the same folder.
std::string relative(std::string_view p, std::string_view start);
std::string dirname(std::string_view p);   ///< os.path.dirname: "" when there is none
std::string basename(std::string_view p);  ///< os.path.basename
std::string extension(std::string_view p); ///< os.path.splitext(p)[1], lower-case not applied
/// True when `p` is `folder` or lies below it (both normalised; "." contains every relative path without "..").
bool is_inside(std::string_view p, std::string_view folder);
/// True when a relative path would leave its base (starts with ".." after normalising).
bool escapes(std::string_view p);

}  // namespace pivot::path
