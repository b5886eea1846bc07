// The PAC script itself, from a file or from a web server that may be slow, down or wrong: the last good copy goes on
// serving, with a warning, and of a web server's script also in the next process. One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/base/units.h"
#include "common/crypto/tls_trust.h"

namespace culvert::tunnel::pac {

// Where the last good copy of a script is kept between processes.
struct CopyPlace {
    std::string file;    // empty: nowhere
    bool writes = true;  // false: it is read and left as it is
};

class Script {
  public:
    static constexpr Duration kFresh = std::chrono::minutes(5);        // then it is fetched again
    static constexpr Duration kRetryAfter = std::chrono::seconds(30);  // after a failure, while a copy serves
    static constexpr Duration kFetchLimit = std::chrono::seconds(5);

    // `place`: a path, or an http:// or https:// URL. `extra_ca`: PEM files for https://, added to the system's store.
    Script(std::string place, std::vector<std::string> extra_ca, Duration fetch_limit, CopyPlace copy,
           const Clock& clock);

    const std::string& place() const { return place_; }
    // The text, at most kFresh old if its place answers. The error is one line without the place's name.
    Result<std::string> text(const std::stop_token& cancel);
    // The text that text() gave last made sense: it is worth keeping for the next process.
    void note_good();
    // What should be said of the text that text() gave last: that it is a copy, how old, and why; else empty.
    const std::string& note() const { return note_; }
    // The next text() asks the place anew.
    void expire() { due_ = SteadyTime::min(); }

  private:
    bool from_web() const { return place_.find("://") != std::string::npos; }
    // The copy of an earlier process, unless this one has one already.
    void find_copy();
    Result<std::string> load(const std::stop_token& cancel);
    Result<std::string> load_file() const;
    Result<std::string> load_url(const std::stop_token& cancel);

    const std::string place_;
    const std::vector<std::string> extra_ca_;
    const Duration fetch_limit_;
    const CopyPlace copy_;
    const Clock* clock_;
    std::shared_ptr<const crypto::TlsTrust> trust_;  // loaded for the first https://
    std::optional<std::string> good_;
    WallTime seen_{};       // when its place last gave it
    bool unsaved_ = false;  // it came from its place, and note_good() was not called since
    std::string note_;
    SteadyTime due_ = SteadyTime::min();
};

}  // namespace culvert::tunnel::pac
