// What a running node has learnt of its way to the relay, on disk for the doctor. Nothing is decided by it: every
// process learns anew.
//
//   file  := "culvert learnt path 1\n" line*
//   line  := "idle_cut " ms " " time " " relay "\n"              silent links are cut after so long
//          | "maximum_age " ms " " time " " relay "\n"           links are cut at that age
//          | "link " transport " " time " " relay " " via "\n"   the way in use, since then; via: a proxy's URL,
//          "direct"
//   time  := unix seconds, decimal
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/units.h"
#include "tunnel/link/path_memory.h"
#include "tunnel/link/uplink.h"

namespace culvert::tunnel::link {

struct LearntPath {
    struct Limit {
        Duration after{};
        WallTime learnt{};
        std::string relay;

        friend bool operator==(const Limit&, const Limit&) = default;
    };
    struct Way {
        Transport transport = Transport::WebSocket;
        WallTime since{};
        std::string relay;
        std::string via;

        friend bool operator==(const Way&, const Way&) = default;
    };

    std::optional<Limit> idle_cut, maximum_age;
    std::optional<Way> way;

    friend bool operator==(const LearntPath&, const LearntPath&) = default;
};

// Pure; whole seconds and milliseconds. Lines of later versions are skipped; nothing: it is no such text.
std::string format_learnt_path(const LearntPath& path);
std::optional<LearntPath> parse_learnt_path(std::string_view text);

// Empty where there is no file; one that cannot be read or understood is no error either: it says nothing.
LearntPath load_learnt_path(const std::string& file);
// Whole or not at all, mode 0600.
Status save_learnt_path(const std::string& file, const LearntPath& path);

// What a running node writes down, when it changes.
class LearntNotes {
  public:
    // Empty: nothing is written. What an earlier process wrote stays until it is learnt anew.
    explicit LearntNotes(std::string file);

    void note_way(const LinkInfo& info, WallTime now);
    void note_limits(const PathMemory& memory, const std::string& relay, WallTime now);

  private:
    void save() const;

    const std::string file_;
    LearntPath path_;
};

}  // namespace culvert::tunnel::link
