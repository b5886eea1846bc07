// What a response says before its body, in terms that HTTP/1.1 and HTTP/2 share.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace culvert::agent::http {

struct HeaderField {
    std::string_view name, value;
};

// Views into the connection's bytes: valid during on_head() only.
struct ResponseHead {
    int status = 0;  // 200 … 999
    std::vector<HeaderField> fields;
    std::string_view raw;  // as received
};

class ResponseSink {
  public:
    virtual ~ResponseSink() = default;
    // Once for each response; informational ones (1xx) are left out.
    virtual void on_head(const ResponseHead& head) = 0;
    virtual void on_body(std::string_view bytes) = 0;
};

// ASCII, without regard to case; `lower` is in lower case.
bool equals_ignoring_case(std::string_view text, std::string_view lower);

}  // namespace culvert::agent::http
