#include "common/config/reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert::config {
namespace {

using culvert::to_string;

constexpr std::size_t kShown = 60;  // of a value in a message

std::string shown(const Node& node) {
    return fmt::format("\"{}\"", excerpt(node.scalar, kShown));
}

// What a value is, for "… where a number is expected".
std::string kind_of(const Node& node) {
    switch (node.kind) {
        case Node::Kind::Null:
            return "empty";
        case Node::Kind::Scalar:
            return shown(node);
        case Node::Kind::Sequence:
            return "a list";
        case Node::Kind::Map:
            return "a map";
    }
    return "";
}

template <class T>
std::optional<T> number_of(const std::string& text) {
    T value{};
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || rest != end) return std::nullopt;
    return value;
}

}  // namespace

MapReader::MapReader(const Node& node, std::string path, Problems& problems)
    : node_(node), path_(std::move(path)), problems_(problems) {
    if (node.kind == Node::Kind::Map) return;
    const bool root = path_.empty();
    if (node.kind == Node::Kind::Null) {
        problems_.push_back(
            Problem{node.where, path_, root ? "the file is empty" : "is empty; give it a value, or leave the key out"});
    } else {
        problems_.push_back(
            Problem{node.where, path_, fmt::format("is {} where a map (key: value) is expected", kind_of(node))});
    }
}

std::string MapReader::path_of(std::string_view key) const {
    if (path_.empty()) return std::string(key);
    if (key.empty()) return path_;
    return fmt::format("{}.{}", path_, key);
}

bool MapReader::has(std::string_view key) const {
    return node_.find(key) != nullptr;
}

const Node* MapReader::child(std::string_view key) {
    known_.emplace(key);
    return node_.find(key);
}

const Node* MapReader::required_child(std::string_view key, std::string_view what_to_write) {
    const Node* const node = child(key);
    const bool absent = node == nullptr && node_.kind == Node::Kind::Map;
    if (absent) problem(node_, key, fmt::format("is missing; write {}", what_to_write));
    return node;
}

void MapReader::problem(const Node& at, std::string_view key, std::string message) {
    problems_.push_back(Problem{at.where, path_of(key), std::move(message)});
}

const Node* MapReader::scalar(std::string_view key, std::string_view expected) {
    const Node* const node = child(key);
    if (node == nullptr) return nullptr;
    if (node->kind == Node::Kind::Scalar) return node;
    if (node->kind == Node::Kind::Null) {
        problem(*node, key, "is empty; give it a value, or leave the key out");
    } else {
        problem(*node, key, fmt::format("is {} where {} is expected", kind_of(*node), expected));
    }
    return nullptr;
}

std::optional<std::string> MapReader::text(std::string_view key) {
    const Node* const node = scalar(key, "a text");
    if (node == nullptr) return std::nullopt;
    return node->scalar;
}

std::string MapReader::required_text(std::string_view key, std::string_view what_to_write) {
    const Node* const node = required_child(key, what_to_write);
    if (node == nullptr) return {};
    const bool blank = node->kind == Node::Kind::Null || (node->kind == Node::Kind::Scalar && node->scalar.empty());
    if (!blank) return text(key).value_or("");
    problem(*node, key, fmt::format("is empty; write {}", what_to_write));
    return {};
}

std::vector<std::string> MapReader::text_list(std::string_view key) {
    const Node* const node = child(key);
    std::vector<std::string> out;
    if (node == nullptr) return out;
    if (node->kind != Node::Kind::Sequence) {
        if (const Node* const single = scalar(key, "a list of texts")) out.push_back(single->scalar);
        return out;
    }
    for (std::size_t i = 0; i < node->items.size(); ++i) {
        const Node& item = node->items[i];
        if (item.kind == Node::Kind::Scalar) {
            out.push_back(item.scalar);
        } else {
            problem(item, fmt::format("{}[{}]", key, i), fmt::format("is {} where a text is expected", kind_of(item)));
        }
    }
    return out;
}

bool MapReader::boolean(std::string_view key, bool fallback) {
    const Node* const node = scalar(key, "true or false");
    if (node == nullptr) return fallback;
    if (!node->quoted && node->scalar == "true") return true;
    if (!node->quoted && node->scalar == "false") return false;
    const std::string word = to_lower_ascii(node->scalar);
    const bool yes = word == "yes" || word == "on" || word == "y" || word == "true" || word == "1";
    const bool no = word == "no" || word == "off" || word == "n" || word == "false" || word == "0";
    problem(*node, key,
            fmt::format("{} is neither true nor false; write {}", shown(*node),
                        yes  ? "true"
                        : no ? "false"
                             : "true or false"));
    return fallback;
}

std::int64_t MapReader::integer(std::string_view key, Range<std::int64_t> range, std::int64_t fallback) {
    return optional_integer(key, range).value_or(fallback);
}

std::optional<std::int64_t> MapReader::optional_integer(std::string_view key, Range<std::int64_t> range) {
    const Node* const node = scalar(key, "a whole number");
    if (node == nullptr) return std::nullopt;
    const auto value = number_of<std::int64_t>(node->scalar);
    if (!value) {
        problem(*node, key,
                fmt::format("{} is not a whole number; write {} to {}", shown(*node), range.least, range.most));
    } else if (node->quoted) {
        problem(*node, key, fmt::format("\"{0}\" is a text; write {0} without quotes", *value));
    } else if (*value < range.least || *value > range.most) {
        problem(*node, key, fmt::format("{} is out of range; write {} to {}", *value, range.least, range.most));
    } else {
        return value;
    }
    return std::nullopt;
}

double MapReader::number(std::string_view key, Range<double> range, double fallback) {
    const Node* const node = scalar(key, "a number");
    if (node == nullptr) return fallback;
    const auto value = number_of<double>(node->scalar);
    if (!value || !std::isfinite(*value)) {
        problem(*node, key, fmt::format("{} is not a number; write {} to {}", shown(*node), range.least, range.most));
    } else if (node->quoted) {
        problem(*node, key, fmt::format("\"{0}\" is a text; write {0} without quotes", node->scalar));
    } else if (*value < range.least || *value > range.most) {
        problem(*node, key, fmt::format("{} is out of range; write {} to {}", node->scalar, range.least, range.most));
    } else {
        return *value;
    }
    return fallback;
}

Duration MapReader::duration(std::string_view key, Range<Duration> range, Duration fallback) {
    return optional_duration(key, range).value_or(fallback);
}

std::optional<Duration> MapReader::optional_duration(std::string_view key, Range<Duration> range) {
    const Node* const node = scalar(key, "a duration");
    if (node == nullptr) return std::nullopt;
    const Result<Duration> value = parse_duration(node->scalar);
    if (!value) {
        problem(*node, key, value.error().message);
        return std::nullopt;
    }
    if (*value < range.least || *value > range.most) {
        problem(*node, key,
                fmt::format("{} is out of range; write {} to {}", shown(*node), to_string(range.least),
                            to_string(range.most)));
        return std::nullopt;
    }
    return *value;
}

Bytes MapReader::bytes(std::string_view key, Range<Bytes> range, Bytes fallback) {
    const Node* const node = scalar(key, "a size");
    if (node == nullptr) return fallback;
    const Result<Bytes> value = parse_bytes(node->scalar);
    if (!value) {
        problem(*node, key, value.error().message);
    } else if (*value < range.least || *value > range.most) {
        problem(*node, key,
                fmt::format("{} is out of range; write {} to {}", shown(*node), to_string(range.least),
                            to_string(range.most)));
    } else {
        return *value;
    }
    return fallback;
}

std::optional<Rate> MapReader::optional_rate(std::string_view key) {
    const Node* const node = scalar(key, "a rate");
    if (node == nullptr) return std::nullopt;
    const Result<Rate> value = parse_rate(node->scalar);
    if (value) return *value;
    problem(*node, key, value.error().message);
    return std::nullopt;
}

std::size_t MapReader::word(std::string_view key, std::span<const std::string_view> words, std::size_t fallback) {
    const Node* const node = scalar(key, "a word");
    if (node == nullptr) return fallback;
    const auto found = std::find(words.begin(), words.end(), node->scalar);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    const std::vector<std::string> all(words.begin(), words.end());
    const auto near = closest(node->scalar, words);
    const std::string hint = near ? fmt::format("did you mean {}?", *near) : fmt::format("write {}", join(all, " | "));
    problem(*node, key, fmt::format("{} is not known here; {}", shown(*node), hint));
    return fallback;
}

std::optional<std::string> MapReader::path(std::string_view key) {
    const Node* const node = scalar(key, "a path");
    if (node == nullptr) return std::nullopt;
    if (node->scalar.empty()) {
        problem(*node, key, "is empty; write the path of a file");
        return std::nullopt;
    }
    return beside(node->where.file, node->scalar);
}

void MapReader::finish() {
    std::vector<std::string_view> known(known_.begin(), known_.end());
    for (const Node::Field& field : node_.fields) {
        if (known_.contains(field.key)) continue;
        const auto near = closest(field.key, known);
        const std::vector<std::string> all(known.begin(), known.end());
        const std::string hint =
            near ? fmt::format("did you mean \"{}\"?", *near) : fmt::format("known here: {}", join(all, ", "));
        problems_.push_back(
            Problem{field.key_where, path_of(excerpt(field.key, kShown)), fmt::format("unknown key; {}", hint)});
    }
}

std::string beside(const std::string& file, const std::string& path) {
    const std::filesystem::path given(path);
    if (given.is_absolute()) return path;
    return (std::filesystem::path(file).parent_path() / given).string();
}

}  // namespace culvert::config
