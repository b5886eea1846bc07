#include "common/workload/url.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert::workload {
namespace {

using Encoding = Template::Encoding;

constexpr char kHex[] = "0123456789ABCDEF";

bool is_unreserved(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

void append_percent(std::string& out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
}

// Letters beyond ASCII may stand in a plan's URL as they are; on the wire they are percent-encoded.
std::string encode_non_ascii(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x80) {
            out += c;
        } else {
            append_percent(out, c);
        }
    }
    return out;
}

// The beginning of the URL as far as it is known before the run.
struct KnownPrefix {
    std::string text;
    bool whole = true;  // nothing unknown follows
};

KnownPrefix known_prefix(const std::vector<TemplatePart>& parts, const std::vector<Variable>& variables) {
    KnownPrefix prefix;
    for (const TemplatePart& part : parts) {
        if (!part.variable) {
            prefix.text += part.text;
            continue;
        }
        const bool constant = *part.variable < variables.size() && variables[*part.variable].env.empty() &&
                              variables[*part.variable].file.empty() && variables[*part.variable].value &&
                              variables[*part.variable].value->is_literal();
        if (!constant) {
            prefix.whole = false;
            break;
        }
        prefix.text += variables[*part.variable].value->literal_text();
    }
    return prefix;
}

std::string after_scheme(const std::string& url, std::string_view scheme) {
    return url.substr(scheme.size());
}

std::string port_problem(std::string_view authority) {
    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos) return "";
    const std::string_view digits = authority.substr(colon + 1);
    int port = 0;
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool whole = error == std::errc{} && rest == digits.data() + digits.size();
    if (whole && port >= 1 && port <= 65535) return "";
    return fmt::format("\"{}\" is no port; write 1 to 65535", excerpt(digits, 20));
}

std::string authority_problem(const std::string& rest, bool whole) {
    const std::size_t end = rest.find_first_of("/?#");
    const bool complete = whole || end != std::string::npos;
    const std::string authority = rest.substr(0, end);
    if (authority.find('@') != std::string::npos) {
        return "user and password do not stand in a URL; write headers: { Authorization: \"...\" } with a secret "
               "variable";
    }
    if (!complete) return "";
    if (authority.empty() || authority.front() == ':')
        return "has no host; write for example https://shop.example.com/";
    return port_problem(authority);
}

std::string scheme_problem(const KnownPrefix& prefix) {
    constexpr std::string_view kHttps = "https://";
    constexpr std::string_view kHttp = "http://";
    const std::string lower = to_lower_ascii(prefix.text);
    for (const std::string_view scheme : {kHttps, kHttp}) {
        if (lower.compare(0, scheme.size(), scheme) == 0)
            return authority_problem(after_scheme(prefix.text, scheme), prefix.whole);
        const bool may_become_one = !prefix.whole && scheme.substr(0, lower.size()) == lower;
        if (may_become_one) return "";
    }
    const std::string shown = excerpt(prefix.text, 60);
    if (lower.find("://") != std::string::npos)
        return fmt::format("\"{}\": only http:// and https:// are known", shown);
    if (prefix.text.empty() || prefix.text.front() == '/')
        return fmt::format("\"{}\" has no scheme and no host; write for example https://shop.example.com{}", shown,
                           shown);
    return fmt::format("\"{}\" has no scheme; write https://{} or http://{}", shown, shown, shown);
}

std::string character_problem(std::string_view literal) {
    for (const char c : literal) {
        if (c == ' ') return "a blank in a URL is written %20; values with blanks belong under query:";
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "a URL must not contain line ends or tabs";
        if (c == '#') return "what follows # is never sent; leave it out";
        if (c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' || c == '{' || c == '|' || c == '}') {
            std::string encoded;
            append_percent(encoded, c);
            return fmt::format("{} in a URL is written {}", c, encoded);
        }
    }
    return "";
}

}  // namespace

std::string encode_url(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
        } else {
            append_percent(out, c);
        }
    }
    return out;
}

std::string encode_form(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            append_percent(out, c);
        }
    }
    return out;
}

void append_url(TemplateBuilder& builder, const std::vector<TemplatePart>& parts, const TextPlace& place,
                PlanContext& context) {
    if (const std::string problem = scheme_problem(known_prefix(parts, context.variables)); !problem.empty())
        context.problem(place, problem);
    bool after_host = false;
    for (const TemplatePart& part : parts) {
        if (part.variable) {
            builder.variable(*part.variable, part.encoding.value_or(after_host ? Encoding::Url : Encoding::Raw));
            continue;
        }
        if (const std::string problem = character_problem(part.text); !problem.empty()) context.problem(place, problem);
        const std::size_t scheme = part.text.find("://");
        after_host = after_host ||
                     part.text.find_first_of("/?", scheme == std::string::npos ? 0 : scheme + 3) != std::string::npos;
        builder.literal(encode_non_ascii(part.text));
    }
}

bool has_query(const std::vector<TemplatePart>& parts) {
    return std::any_of(parts.begin(), parts.end(), [](const TemplatePart& part) {
        return !part.variable && part.text.find('?') != std::string::npos;
    });
}

std::string path_for_name(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    std::string path;
    bool inside_reference = false;
    for (std::size_t i = 0; i < url.size(); ++i) {
        if (url.substr(i, 2) == "${") inside_reference = true;
        if (!inside_reference && (url[i] == '?' || url[i] == '#')) break;
        if (!inside_reference && url[i] == '/' && path.empty())
            path = "/";
        else if (!path.empty())
            path += url[i];
        if (url[i] == '}') inside_reference = false;
    }
    return path.empty() ? "/" : path;
}

}  // namespace culvert::workload
