#include "agent/http/encoding.h"

namespace culvert::agent::http {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

void append_percent(std::string& out, std::string_view value, bool plus_for_blank) {
    for (const char c : value) {
        if (is_unreserved(c)) {
            out.push_back(c);
        } else if (c == ' ' && plus_for_blank) {
            out.push_back('+');
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.push_back('%');
            out.push_back(kHex[byte >> 4]);
            out.push_back(kHex[byte & 15]);
        }
    }
}

void append_json_text(std::string& out, std::string_view value) {
    for (const char c : value) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                if (static_cast<unsigned char>(c) >= 0x20) {
                    out.push_back(c);
                } else {
                    out += "\\u00";
                    out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
                    out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
                }
        }
    }
}

std::size_t digits_at(std::string_view text, std::size_t from) {
    std::size_t end = from;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    return end - from;
}

}  // namespace

bool is_json_number(std::string_view text) {
    std::size_t at = !text.empty() && text[0] == '-' ? 1 : 0;
    const std::size_t whole = digits_at(text, at);
    if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
    at += whole;
    if (at < text.size() && text[at] == '.') {
        const std::size_t fraction = digits_at(text, at + 1);
        if (fraction == 0) return false;
        at += 1 + fraction;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        const std::size_t exponent = digits_at(text, at);
        if (exponent == 0) return false;
        at += exponent;
    }
    return at == text.size();
}

bool append_encoded(std::string& out, std::string_view value, workload::Template::Encoding encoding) {
    using Encoding = workload::Template::Encoding;
    switch (encoding) {
        case Encoding::Raw:
            out += value;
            return true;
        case Encoding::Url:
            append_percent(out, value, false);
            return true;
        case Encoding::Form:
            append_percent(out, value, true);
            return true;
        case Encoding::JsonText:
            append_json_text(out, value);
            return true;
        case Encoding::JsonNumber:
            if (!is_json_number(value)) return false;
            out += value;
            return true;
    }
    return false;
}

}  // namespace culvert::agent::http
