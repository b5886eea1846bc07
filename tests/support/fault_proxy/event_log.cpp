#include "tests/support/fault_proxy/event_log.h"

#include <cerrno>
#include <cstring>

#include <nlohmann/json.hpp>

namespace culvert::test {

Result<std::unique_ptr<EventLog>> EventLog::open(const std::string& file) {
    if (file.empty()) return std::unique_ptr<EventLog>(new EventLog(nullptr));
    std::FILE* opened = std::fopen(file.c_str(), "ae");
    if (opened == nullptr) return fail(Code::InvalidInput, "cannot write " + file + ": " + std::strerror(errno));
    return std::unique_ptr<EventLog>(new EventLog(opened));
}

void EventLog::write(const std::string& event, const std::vector<EventField>& fields) {
    if (!file_) return;
    nlohmann::ordered_json line;
    line["ms"] = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - start_).count();
    line["event"] = event;
    for (const EventField& field : fields) line[field.key] = field.value;
    const std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    const std::lock_guard lock(mutex_);
    std::fwrite(text.data(), 1, text.size(), file_.get());
    std::fflush(file_.get());
}

}  // namespace culvert::test
