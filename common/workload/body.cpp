#include "common/workload/body.h"

#include <fmt/format.h>

#include "common/workload/url.h"

namespace culvert::workload {
namespace {

using config::Node;
using Encoding = Template::Encoding;

std::string json_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c == '\t') {
            out += "\\t";
        } else if (byte < 0x20) {
            out += fmt::format("\\u{:04x}", byte);
        } else {
            out += c;
        }
    }
    return out;
}

// The number grammar of JSON: YAML reads more as numbers (0x1F, .5, 1_000), which JSON would not.
bool is_json_number(std::string_view text) {
    const auto digits = [&text] {
        std::size_t count = 0;
        while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
            text.remove_prefix(1);
            ++count;
        }
        return count;
    };
    const auto accept = [&text](char c) {
        if (text.empty() || text.front() != c) return false;
        text.remove_prefix(1);
        return true;
    };
    accept('-');
    const bool zero = !text.empty() && text.front() == '0';
    const std::size_t whole = digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (accept('.') && digits() == 0) return false;
    if (accept('e') || accept('E')) {
        if (!accept('+')) accept('-');
        if (digits() == 0) return false;
    }
    return text.empty();
}

class JsonWriter {
  public:
    JsonWriter(const Scope& scope, PlanContext& context) : scope_(scope), context_(context) {}

    void write(const Node& node, const std::string& key) {
        switch (node.kind) {
            case Node::Kind::Null:
                builder_.literal("null");
                return;
            case Node::Kind::Scalar:
                scalar(node, key);
                return;
            case Node::Kind::Sequence:
                list(node, key);
                return;
            case Node::Kind::Map:
                map(node, key);
                return;
        }
    }

    Template take() { return builder_.take(); }

  private:
    void list(const Node& node, const std::string& key) {
        builder_.literal("[");
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            if (i > 0) builder_.literal(",");
            write(node.items[i], item_path(key, i));
        }
        builder_.literal("]");
    }

    void map(const Node& node, const std::string& key) {
        builder_.literal("{");
        for (const Node::Field& field : node.fields) {
            if (&field != &node.fields.front()) builder_.literal(",");
            const std::string path = key + "." + field.key;
            text(field.key, TextPlace{field.key_where, path});
            builder_.literal(":");
            write(field.value, path);
        }
        builder_.literal("}");
    }

    void scalar(const Node& node, const std::string& key) {
        const bool word =
            !node.quoted && (node.scalar == "true" || node.scalar == "false" || is_json_number(node.scalar));
        if (word) {
            builder_.literal(node.scalar);
        } else {
            text(node.scalar, TextPlace{node.where, key});
        }
    }

    void text(const std::string& text, const TextPlace& place) {
        const std::vector<TemplatePart> parts = split_template(text, place, scope_, context_.names, context_.problems);
        if (parts.size() == 1 && parts[0].encoding == Encoding::JsonNumber) {
            builder_.variable(*parts[0].variable, Encoding::JsonNumber);
            return;
        }
        builder_.literal("\"");
        for (const TemplatePart& part : parts) {
            if (!part.variable) {
                builder_.literal(json_escaped(part.text));
                continue;
            }
            if (part.encoding == Encoding::JsonNumber)
                context_.problem(
                    place, "${...:number} must stand alone in its quotes; inside a longer text leave :number out");
            builder_.variable(*part.variable, part.encoding.value_or(Encoding::JsonText));
        }
        builder_.literal("\"");
    }

    const Scope& scope_;
    PlanContext& context_;
    TemplateBuilder builder_;
};

class PairWriter {
  public:
    PairWriter(TemplateBuilder& builder, std::string_view first, Encoding encoding, const Scope& scope,
               PlanContext& context)
        : builder_(builder), before_(first), encoding_(encoding), scope_(scope), context_(context) {}

    void write(const std::string& name, const Node& value, const TextPlace& name_place, const std::string& key) {
        if (value.kind == Node::Kind::Sequence) {
            for (std::size_t i = 0; i < value.items.size(); ++i)
                pair(name, value.items[i], name_place, item_path(key, i));
            return;
        }
        pair(name, value, name_place, key);
    }

  private:
    void pair(const std::string& name, const Node& value, const TextPlace& name_place, const std::string& key) {
        builder_.literal(before_);
        before_ = "&";
        text(name, name_place);
        builder_.literal("=");
        if (value.kind == Node::Kind::Scalar) {
            text(value.scalar, TextPlace{value.where, key});
        } else {
            context_.problem(value.where, key,
                             "must be a text, a number or a list of them; for an empty value write \"\"");
        }
    }

    void text(const std::string& text, const TextPlace& place) {
        for (const TemplatePart& part : split_template(text, place, scope_, context_.names, context_.problems)) {
            if (part.variable) {
                builder_.variable(*part.variable, part.encoding.value_or(encoding_));
            } else {
                builder_.literal(encoding_ == Encoding::Form ? encode_form(part.text) : encode_url(part.text));
            }
        }
    }

    TemplateBuilder& builder_;
    std::string_view before_;
    const Encoding encoding_;
    const Scope& scope_;
    PlanContext& context_;
};

}  // namespace

Template parse_json_body(const Node& node, const std::string& key, const Scope& scope, PlanContext& context) {
    JsonWriter writer(scope, context);
    writer.write(node, key);
    return writer.take();
}

void append_pairs(TemplateBuilder& builder, std::string_view first, const Node& node, const std::string& key,
                  Encoding encoding, const Scope& scope, PlanContext& context) {
    if (node.kind != Node::Kind::Map) {
        context.problem(node.where, key, "must be a map: { name: value }");
        return;
    }
    PairWriter writer(builder, first, encoding, scope, context);
    for (const Node::Field& field : node.fields) {
        const std::string path = key + "." + field.key;
        writer.write(field.key, field.value, TextPlace{field.key_where, path}, path);
    }
}

}  // namespace culvert::workload
