// A JSON body, searched by JSON Pointer (RFC 6901). simdjson stays behind this file; its memory is kept from body to
// body.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace culvert::agent::http {

struct JsonValue {
    enum class Kind : std::uint8_t { Null, Bool, Number, Text, Container };
    Kind kind = Kind::Null;
    std::string text;   // of a text its content; of anything else its JSON
    double number = 0;  // Number only
};

// One thread only.
class JsonReader {
  public:
    JsonReader();
    ~JsonReader();
    JsonReader(const JsonReader&) = delete;
    JsonReader& operator=(const JsonReader&) = delete;

    // False: `body` is not JSON, and nothing is found in it.
    bool parse(std::string_view body);
    std::optional<JsonValue> find(std::string_view pointer) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// RFC 6901: empty, or each part behind a "/", with "~0" and "~1" as the only escapes.
bool is_json_pointer(std::string_view text);

}  // namespace culvert::agent::http
