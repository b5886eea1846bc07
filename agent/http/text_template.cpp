#include "agent/http/text_template.h"

#include "agent/http/encoding.h"
#include "agent/http/url.h"
#include "common/base/check.h"

namespace culvert::agent::http {

Result<TextTemplate> TextTemplate::compile(const workload::Template& source, Place place, const Constants& constants,
                                           const std::vector<std::string>& names) {
    TextTemplate result;
    for (const workload::Template::Part& part : source.parts) {
        if (!part.variable) {
            if (place != Place::Target) {
                result.append_literal(part.text);
                continue;
            }
            const std::size_t fragment = part.text.find('#');
            std::string safe;
            append_target(safe, std::string_view(part.text).substr(0, fragment));
            result.append_literal(safe);
            if (fragment != std::string::npos) break;
            continue;
        }
        const std::uint32_t variable = *part.variable;
        if (variable >= names.size())
            return fail(Code::InvalidInput,
                        "a template refers to variable " + std::to_string(variable) + ", which the plan does not have");
        Part compiled{{}, variable, part.encoding, place, names[variable]};
        if (variable < constants.size() && constants[variable]) {
            std::string text;
            if (const auto status = append_value(compiled, *constants[variable], text); !status)
                return tl::unexpected<Error>(status.error());
            result.append_literal(text);
            continue;
        }
        result.parts_.push_back(std::move(compiled));
        result.variable_anywhere_ = true;
    }
    return result;
}

const std::string& TextTemplate::literal_text() const {
    static const std::string kNothing;
    CULVERT_CHECK(literal());
    return parts_.empty() ? kNothing : parts_.front().literal;
}

void TextTemplate::append_literal(std::string_view text) {
    if (text.empty()) return;
    if (parts_.empty() || parts_.back().variable) parts_.emplace_back();
    parts_.back().literal += text;
}

void TextTemplate::append(const TextTemplate& other) {
    for (const Part& part : other.parts_) {
        if (part.variable) {
            parts_.push_back(part);
        } else {
            append_literal(part.literal);
        }
    }
    variable_anywhere_ = variable_anywhere_ || other.variable_anywhere_;
}

Status TextTemplate::render(const Variables& variables, std::string& out) const {
    for (const Part& part : parts_) {
        if (!part.variable) {
            out += part.literal;
        } else if (const auto status = append_value(part, variables.value(*part.variable), out); !status) {
            return status;
        }
    }
    return {};
}

Status TextTemplate::append_value(const Part& part, std::string_view value, std::string& out) {
    const std::size_t before = out.size();
    if (part.place == Place::Target && part.encoding == workload::Template::Encoding::Raw) {
        append_target(out, value);
        return {};
    }
    if (!append_encoded(out, value, part.encoding))
        return fail(Code::InvalidInput, "${" + part.name + "} is not a number");
    if (part.place != Place::HeaderValue) return {};
    for (std::size_t i = before; i < out.size(); ++i) {
        if (out[i] == '\r' || out[i] == '\n' || out[i] == '\0')
            return fail(Code::InvalidInput, "${" + part.name + "} holds a line break, which cannot stand in a header");
    }
    return {};
}

std::string_view TextTemplate::leading_literal() const {
    return parts_.empty() || parts_.front().variable ? std::string_view() : std::string_view(parts_.front().literal);
}

TextTemplate TextTemplate::without_prefix(std::size_t count) const {
    CULVERT_CHECK(count <= leading_literal().size());
    TextTemplate rest = *this;
    if (count == 0) return rest;
    rest.parts_.front().literal.erase(0, count);
    if (rest.parts_.front().literal.empty()) rest.parts_.erase(rest.parts_.begin());
    return rest;
}

}  // namespace culvert::agent::http
