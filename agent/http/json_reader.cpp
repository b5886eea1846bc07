#include "agent/http/json_reader.h"

#include <cstring>

#include <simdjson.h>

namespace culvert::agent::http {

struct JsonReader::State {
    simdjson::dom::parser parser;
    std::string padded;  // simdjson reads a little beyond the end
    std::optional<simdjson::dom::element> root;
};

JsonReader::JsonReader() : state_(std::make_unique<State>()) {}
JsonReader::~JsonReader() = default;

bool JsonReader::parse(std::string_view body) {
    state_->root.reset();
    state_->padded.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    state_->padded.assign(body);
    simdjson::dom::element root;
    if (state_->parser.parse(state_->padded.data(), body.size(), false).get(root) != simdjson::SUCCESS) return false;
    state_->root = root;
    return true;
}

std::optional<JsonValue> JsonReader::find(std::string_view pointer) const {
    simdjson::dom::element found;
    if (!state_->root || state_->root->at_pointer(pointer).get(found) != simdjson::SUCCESS) return std::nullopt;
    JsonValue value;
    switch (found.type()) {
        case simdjson::dom::element_type::NULL_VALUE:
            value.kind = JsonValue::Kind::Null;
            break;
        case simdjson::dom::element_type::BOOL:
            value.kind = JsonValue::Kind::Bool;
            break;
        case simdjson::dom::element_type::STRING:
            value.kind = JsonValue::Kind::Text;
            value.text = std::string(std::string_view(found));
            return value;
        case simdjson::dom::element_type::INT64:
        case simdjson::dom::element_type::UINT64:
        case simdjson::dom::element_type::DOUBLE:
            value.kind = JsonValue::Kind::Number;
            if (found.get_double().get(value.number) != simdjson::SUCCESS) value.number = 0;
            break;
        case simdjson::dom::element_type::ARRAY:
        case simdjson::dom::element_type::OBJECT:
            value.kind = JsonValue::Kind::Container;
            break;
    }
    value.text = simdjson::minify(found);
    return value;
}

bool is_json_pointer(std::string_view text) {
    if (text.empty()) return true;
    if (text.front() != '/') return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
    }
    return true;
}

}  // namespace culvert::agent::http
