#include "controller/store/columns.h"

#include <algorithm>

#include "common/base/text.h"

namespace culvert::store {
namespace {

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    return std::nullopt;
}

std::string in_one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

}  // namespace

std::int64_t seconds_of(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}
WallTime time_of_seconds(std::int64_t seconds) {
    return WallTime(std::chrono::seconds(seconds));
}
std::int64_t millis_of(WallTime time) {
    return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}
WallTime time_of_millis(std::int64_t millis) {
    return WallTime(std::chrono::milliseconds(millis));
}

std::string labels_text(const std::map<std::string, std::string>& labels) {
    std::string text;
    for (const auto& [label, value] : labels) text += in_one_line(label) + "=" + in_one_line(value) + "\n";
    return text;
}

std::map<std::string, std::string> parse_labels(const std::string& text) {
    std::map<std::string, std::string> labels;
    for (const std::string_view line : split(text, '\n')) {
        const std::size_t equals = line.find('=');
        if (equals != std::string_view::npos) labels.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return labels;
}

std::optional<NodeId> parse_node(const std::string& hex) {
    NodeId id;
    if (hex.size() != id.bytes.size() * 2) return std::nullopt;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) {
        const auto high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        if (!high || !low) return std::nullopt;
        id.bytes[i] = static_cast<std::uint8_t>(*high << 4 | *low);
    }
    return id;
}

}  // namespace culvert::store
