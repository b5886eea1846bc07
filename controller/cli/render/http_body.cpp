#include "controller/cli/render/http_body.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "common/base/text.h"

namespace culvert::cli::render {
namespace {

constexpr std::size_t kDeepest = 64;

// Bytes of the character that begins with this one; 0: none does.
std::size_t length_of(unsigned char first) {
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return 2;
    if (first >= 0xE0 && first <= 0xEF) return 3;
    if (first >= 0xF0 && first <= 0xF4) return 4;
    return 0;
}

bool is_control(unsigned char c) {
    return (c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7F;
}

std::size_t depth_of(std::string_view json) {
    std::size_t depth = 0, deepest = 0;
    bool in_text = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_text && c == '\\') ++i;
        if (c == '"') in_text = !in_text;
        if (in_text) continue;
        if (c == '{' || c == '[') deepest = std::max(deepest, ++depth);
        if ((c == '}' || c == ']') && depth > 0) --depth;
    }
    return deepest;
}

class Indenter {
  public:
    // `json` is valid.
    std::string indent(std::string_view json) {
        for (std::size_t i = 0; i < json.size(); ++i) {
            const char c = json[i];
            if (c == '"') {
                const std::size_t end = end_of_text(json, i);
                out_ += json.substr(i, end - i);
                i = end - 1;
            } else if (c == '{' || c == '[') {
                open(json, i);
            } else if (c == '}' || c == ']') {
                --depth_;
                line();
                out_ += c;
            } else if (c == ',') {
                out_ += c;
                line();
            } else if (c == ':') {
                out_ += ": ";
            } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
                out_ += c;
            }
        }
        return std::move(out_);
    }

  private:
    static std::size_t end_of_text(std::string_view json, std::size_t from) {
        std::size_t at = from + 1;
        while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
        return std::min(at + 1, json.size());
    }
    // An empty object or array stays on its line.
    void open(std::string_view json, std::size_t& at) {
        out_ += json[at];
        const std::size_t next = json.find_first_not_of(" \t\r\n", at + 1);
        if (next != std::string_view::npos && (json[next] == '}' || json[next] == ']')) {
            out_ += json[next];
            at = next;
            return;
        }
        ++depth_;
        line();
    }
    void line() { out_ += "\n" + std::string(2 * depth_, ' '); }

    std::string out_;
    std::size_t depth_ = 0;
};

}  // namespace

bool is_readable(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size();) {
        const auto first = static_cast<unsigned char>(bytes[i]);
        const std::size_t length = length_of(first);
        if (length == 0 || is_control(first)) return false;
        for (std::size_t k = 1; k < length; ++k) {
            if (i + k >= bytes.size()) return true;
            const auto next = static_cast<unsigned char>(bytes[i + k]);
            const bool c1_control = first == 0xC2 && next < 0xA0;
            if ((next & 0xC0U) != 0x80U || c1_control) return false;
        }
        i += length;
    }
    return true;
}

std::string header_value(std::string_view head, std::string_view name) {
    for (const std::string_view line : split(head, '\n')) {
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || to_lower_ascii(trim(line.substr(0, colon))) != name) continue;
        return std::string(trim(line.substr(colon + 1)));
    }
    return "";
}

std::optional<std::string> pretty_json(std::string_view text) {
    const std::string_view json = trim(text);
    if (json.empty() || (json.front() != '{' && json.front() != '[')) return std::nullopt;
    if (depth_of(json) > kDeepest || !nlohmann::json::accept(json)) return std::nullopt;
    return Indenter().indent(json);
}

std::string base64(std::string_view bytes) {
    static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = (group << 8U) | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k) out += k <= count ? kDigits[(group >> (18U - 6U * k)) & 63U] : '=';
    }
    return out;
}

}  // namespace culvert::cli::render
