#include "tunnel/link/learnt_path.h"

#include <charconv>
#include <cstdint>
#include <fstream>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/log.h"
#include "common/base/text.h"
#include "common/base/wall_time.h"
#include "common/crypto/key_file.h"

namespace culvert::tunnel::link {
namespace {

constexpr std::string_view kFirstLine = "culvert learnt path 1";
constexpr std::size_t kLargestFile = 16 << 10;
constexpr std::size_t kMostLines = 64;
constexpr std::int64_t kLongest = 366LL * 24 * 3600 * 1000;  // ms

std::optional<std::int64_t> number_in(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<LearntPath::Limit> limit_in(const std::vector<std::string_view>& words) {
    if (words.size() != 4) return std::nullopt;
    const auto after = number_in(words[1]);
    const auto learnt = number_in(words[2]);
    if (!after || !learnt || *after <= 0 || *after > kLongest) return std::nullopt;
    return LearntPath::Limit{std::chrono::milliseconds(*after), from_unix_seconds(*learnt), std::string(words[3])};
}

std::optional<LearntPath::Way> way_in(const std::vector<std::string_view>& words) {
    if (words.size() != 5) return std::nullopt;
    const auto since = number_in(words[2]);
    const bool web_socket = words[1] == name_of(Transport::WebSocket);
    if (!since || (!web_socket && words[1] != name_of(Transport::LongPoll))) return std::nullopt;
    return LearntPath::Way{web_socket ? Transport::WebSocket : Transport::LongPoll, from_unix_seconds(*since),
                           std::string(words[3]), std::string(words[4])};
}

std::string limit_line(const char* name, const std::optional<LearntPath::Limit>& limit) {
    if (!limit) return "";
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit->after).count();
    return std::string(name) + " " + std::to_string(ms) + " " + std::to_string(unix_seconds(limit->learnt)) + " " +
           limit->relay + "\n";
}

}  // namespace

std::string format_learnt_path(const LearntPath& path) {
    std::string text = std::string(kFirstLine) + "\n" + limit_line("idle_cut", path.idle_cut) +
                       limit_line("maximum_age", path.maximum_age);
    if (path.way)
        text += std::string("link ") + name_of(path.way->transport) + " " +
                std::to_string(unix_seconds(path.way->since)) + " " + path.way->relay + " " + path.way->via + "\n";
    return text;
}

std::optional<LearntPath> parse_learnt_path(std::string_view text) {
    const std::vector<std::string_view> lines = split(text.substr(0, kLargestFile), '\n');
    if (lines.front() != kFirstLine) return std::nullopt;
    LearntPath path;
    for (std::size_t i = 1; i < lines.size() && i < kMostLines; ++i) {
        const std::vector<std::string_view> words = split(lines[i], ' ');
        if (words.front() == "idle_cut") path.idle_cut = limit_in(words);
        if (words.front() == "maximum_age") path.maximum_age = limit_in(words);
        if (words.front() == "link") path.way = way_in(words);
    }
    return path;
}

LearntPath load_learnt_path(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return {};
    std::string content(kLargestFile, '\0');
    in.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(in.gcount()));
    return parse_learnt_path(content).value_or(LearntPath());
}

Status save_learnt_path(const std::string& file, const LearntPath& path) {
    return crypto::write_file_atomically(file, format_learnt_path(path), crypto::Access::OwnerOnly);
}

LearntNotes::LearntNotes(std::string file) : file_(std::move(file)) {
    if (!file_.empty()) path_ = load_learnt_path(file_);
}

void LearntNotes::note_way(const LinkInfo& info, WallTime now) {
    LearntPath::Way way{info.transport, now, info.relay, info.route.proxy.empty() ? "direct" : info.route.proxy};
    if (path_.way) {
        way.since = path_.way->since;
        if (way == *path_.way) return;
        way.since = now;
    }
    path_.way = std::move(way);
    save();
}

void LearntNotes::note_limits(const PathMemory& memory, const std::string& relay, WallTime now) {
    const auto note = [&](const std::optional<Duration>& after, std::optional<LearntPath::Limit>& limit) {
        if (after && (!limit || limit->after != *after)) limit = LearntPath::Limit{*after, now, relay};
    };
    note(memory.idle_cut(), path_.idle_cut);
    note(memory.maximum_age(), path_.maximum_age);
    save();
}

void LearntNotes::save() const {
    if (file_.empty()) return;
    if (const Status saved = save_learnt_path(file_, path_); !saved)
        log::debug("the doctor will not know what was learnt: " + saved.error().message);
}

}  // namespace culvert::tunnel::link
