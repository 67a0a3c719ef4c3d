// base64 as Python's base64 module does it.
#pragma once

#include <string>
#include <string_view>

namespace pivot::text::yaml {

/// Python's base64.encodebytes: lines of 76 characters, each with a newline.
std::string encode_base64(std::string_view bytes);
/// Python's lenient base64.decodebytes; false when the padding is wrong.
bool decode_base64(std::string_view text, std::string& out);

}  // namespace pivot::text::yaml
