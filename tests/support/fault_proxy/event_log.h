// What a fault proxy saw and did: one JSON object a line, {"ms":…,"event":"…",…}, written at once.
#pragma once

#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace culvert::test {

struct EventField {
    std::string key;
    std::string value;
};

// Thread-safe.
class EventLog {
  public:
    // Empty: nothing is written.
    static Result<std::unique_ptr<EventLog>> open(const std::string& file);
    void write(const std::string& event, const std::vector<EventField>& fields = {});

  private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    explicit EventLog(std::FILE* file) : file_(file), start_(clock_.steady_now()) {}

    const SystemClock clock_;
    std::unique_ptr<std::FILE, Close> file_;
    const SteadyTime start_;
    std::mutex mutex_;
};

}  // namespace culvert::test
