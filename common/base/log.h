// One log for the process, on stderr: text, or one JSON object a line with `--log json`. Every line can name node, link
// and run.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace culvert::log {

enum class Level { Debug, Info, Warning, Error };
enum class Format { Text, Json };

struct Field {
    std::string_view key;  // "node", "link", "run", "agent", "relay", "proxy", …
    std::string value;
};

// Once, from main, before threads start. Default: Info, Text.
void configure(Level level, Format format);
// Node name that every later line carries.
void set_node(std::string name);

// Thread-safe. Never pass a Secret's value.
void write(Level level, std::string_view message, const std::vector<Field>& fields = {});
inline void debug(std::string_view message, const std::vector<Field>& fields = {}) {
    write(Level::Debug, message, fields);
}
inline void info(std::string_view message, const std::vector<Field>& fields = {}) {
    write(Level::Info, message, fields);
}
inline void warning(std::string_view message, const std::vector<Field>& fields = {}) {
    write(Level::Warning, message, fields);
}
inline void error(std::string_view message, const std::vector<Field>& fields = {}) {
    write(Level::Error, message, fields);
}

}  // namespace culvert::log
