#include "text/yaml/base64.h"

#include <cstdint>

namespace pivot::text::yaml {

std::string encode_base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::size_t kBytesALine = 57;
  std::string out;
  for (std::size_t line = 0; line < bytes.size(); line += kBytesALine) {
    const std::string_view part = bytes.substr(line, kBytesALine);
    for (std::size_t i = 0; i < part.size(); i += 3) {
      const std::size_t n = std::min<std::size_t>(3, part.size() - i);
      std::uint32_t bits = 0;
      for (std::size_t k = 0; k < 3; ++k)
        bits = (bits << 8) | (k < n ? static_cast<unsigned char>(part[i + k]) : 0u);
      for (std::size_t k = 0; k < 4; ++k)
        out += k <= n ? kDigits[(bits >> (18 - 6 * k)) & 63] : '=';
    }
    out += '\n';
  }
  return out;
}

bool decode_base64(std::string_view text, std::string& out) {
  std::uint32_t bits = 0;
  std::size_t count = 0, padding = 0;
  for (const char c : text) {
    int v = -1;
    if (c >= 'A' && c <= 'Z') v = c - 'A';
    if (c >= 'a' && c <= 'z') v = c - 'a' + 26;
    if (c >= '0' && c <= '9') v = c - '0' + 52;
    if (c == '+') v = 62;
    if (c == '/') v = 63;
    if (c == '=' && count % 4 >= 2 && count % 4 + ++padding >= 4) return true;
    if (v < 0) continue;
    padding = 0;
    bits = (bits << 6) | static_cast<std::uint32_t>(v);
    const std::size_t place = count++ % 4;
    if (place == 0) continue;
    out += static_cast<char>((bits >> (6 - 2 * place)) & 0xff);
  }
  return count % 4 == 0;
}

}  // namespace pivot::text::yaml
