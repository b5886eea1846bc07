#include "common/base/log.h"

#include <memory>

#include <fmt/format.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/spdlog.h>

namespace culvert::log {
namespace {

struct Settings {
    Format format = Format::Text;
    std::string node;
};

// The log is the one thing of a process that every layer may reach; it is set up before threads start and only read
// afterwards.
Settings& settings() {
    static Settings instance;
    return instance;
}

spdlog::logger& logger() {
    static const auto instance = [] {
        auto created =
            std::make_shared<spdlog::logger>("culvert", std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>());
        created->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
        return created;
    }();
    return *instance;
}

spdlog::level::level_enum spdlog_level(Level level) {
    switch (level) {
        case Level::Debug:
            return spdlog::level::debug;
        case Level::Info:
            return spdlog::level::info;
        case Level::Warning:
            return spdlog::level::warn;
        case Level::Error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::string json_escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    return out;
}

// A peer's text may stand in a message: control characters would let it forge lines or drive the terminal.
std::string printable(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    }
    return out;
}

}  // namespace

void configure(Level level, Format format) {
    settings().format = format;
    logger().set_level(spdlog_level(level));
    if (format == Format::Json) logger().set_pattern("{\"time\":\"%Y-%m-%dT%H:%M:%S.%e%z\",\"level\":\"%l\",%v}");
}

void set_node(std::string name) {
    settings().node = std::move(name);
}

void write(Level level, std::string_view message, const std::vector<Field>& fields) {
    if (!logger().should_log(spdlog_level(level))) return;
    std::string line;
    if (settings().format == Format::Json) {
        line = fmt::format("\"message\":\"{}\"", json_escaped(message));
        if (!settings().node.empty()) line += fmt::format(",\"node\":\"{}\"", json_escaped(settings().node));
        for (const Field& field : fields)
            line += fmt::format(",\"{}\":\"{}\"", json_escaped(field.key), json_escaped(field.value));
    } else {
        line = printable(message);
        if (!settings().node.empty()) line += fmt::format(" node={}", settings().node);
        for (const Field& field : fields) line += fmt::format(" {}={}", field.key, printable(field.value));
    }
    logger().log(spdlog_level(level), "{}", line);
}

}  // namespace culvert::log
