// Reads one map of a document key by key, collects every problem at once, and at the end names the keys nobody asked
// for.
//
//   MapReader map(node, "tunnel", problems);
//   options.heartbeat = map.duration("heartbeat", {5s, 5min}, 25s);
//   map.finish();
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/secret.h"
#include "common/base/units.h"
#include "common/config/document.h"

namespace culvert::config {

template <class T>
struct Range {
    T least;
    T most;
};

// Every getter returns the fallback (or an empty value) and adds a Problem when the key is missing without fallback, of
// the wrong kind, without its unit or out of range. A Problem names the full key path and the position of the value.
class MapReader {
  public:
    // `path` is the key path of this map ("" at the root). The node and problems outlive the reader. A node that is not
    // a map is a Problem.
    MapReader(const Node& node, std::string path, Problems& problems);

    bool has(std::string_view key) const;
    // The raw value, marked as known; nullptr when absent.
    const Node* child(std::string_view key);
    const Node* required_child(std::string_view key, std::string_view what_to_write);

    std::optional<std::string> text(std::string_view key);
    std::string required_text(std::string_view key, std::string_view what_to_write);
    std::vector<std::string> text_list(std::string_view key);  // a single scalar counts as a list of one
    bool boolean(std::string_view key, bool fallback);
    std::int64_t integer(std::string_view key, Range<std::int64_t> range, std::int64_t fallback);
    std::optional<std::int64_t> optional_integer(std::string_view key, Range<std::int64_t> range);
    double number(std::string_view key, Range<double> range, double fallback);
    Duration duration(std::string_view key, Range<Duration> range, Duration fallback);
    std::optional<Duration> optional_duration(std::string_view key, Range<Duration> range);
    Bytes bytes(std::string_view key, Range<Bytes> range, Bytes fallback);
    std::optional<Rate> optional_rate(std::string_view key);
    // Index into `words`; an unknown word is a Problem with a suggestion.
    std::size_t word(std::string_view key, std::span<const std::string_view> words, std::size_t fallback);
    // A path, relative to the folder of the file it stands in.
    std::optional<std::string> path(std::string_view key);

    void problem(const Node& at, std::string_view key, std::string message);
    // Unknown keys become Problems with the nearest known key as a suggestion. Call last.
    void finish();

    const Node& node() const { return node_; }
    std::string path_of(std::string_view key) const;

  private:
    const Node* scalar(std::string_view key, std::string_view expected);

    const Node& node_;
    const std::string path_;
    Problems& problems_;
    std::set<std::string, std::less<>> known_;
};

// `path` as written in `file`: absolute, or relative to the folder of that file.
std::string beside(const std::string& file, const std::string& path);

}  // namespace culvert::config
