#include "common/workload/template_parser.h"

#include <array>

#include <fmt/format.h>

#include "common/base/text.h"

namespace culvert::workload {
namespace {

using Encoding = Template::Encoding;

struct EncodingWord {
    std::string_view word;
    Encoding encoding;
};
constexpr std::array kEncodings{EncodingWord{"raw", Encoding::Raw}, EncodingWord{"url", Encoding::Url},
                                EncodingWord{"form", Encoding::Form}, EncodingWord{"json", Encoding::JsonText},
                                EncodingWord{"number", Encoding::JsonNumber}};

constexpr std::size_t kSuggestAtMost = 100;  // a suggestion looks at all names

class Splitter {
  public:
    Splitter(std::string_view text, const TextPlace& place, const Scope& scope, Names& names,
             config::Problems& problems)
        : rest_(text), place_(place), scope_(scope), names_(names), problems_(problems) {}

    std::vector<TemplatePart> run() {
        while (!rest_.empty()) step();
        flush();
        return std::move(parts_);
    }

  private:
    void problem(std::string message) {
        problems_.push_back(config::Problem{place_.where, place_.key, std::move(message)});
    }

    void step() {
        constexpr std::string_view kEscaped = "$${";
        if (rest_.substr(0, kEscaped.size()) == kEscaped) {
            literal_ += "${";
            rest_.remove_prefix(kEscaped.size());
        } else if (rest_.substr(0, 2) == "${") {
            take_reference();
        } else {
            literal_ += rest_.front();
            rest_.remove_prefix(1);
        }
    }

    void take_reference() {
        const std::size_t end = rest_.find('}');
        if (end == std::string_view::npos) {
            problem(fmt::format("\"{}\" has no closing }}; for a literal ${{ write $${{", excerpt(rest_, 40)));
            rest_ = {};
            return;
        }
        const std::string_view inside = rest_.substr(2, end - 2);
        rest_.remove_prefix(end + 1);
        flush();
        const std::size_t colon = inside.find(':');
        TemplatePart part;
        if (colon != std::string_view::npos) part.encoding = encoding_of(trim(inside.substr(colon + 1)));
        part.variable = resolve(trim(inside.substr(0, colon)));
        if (part.variable) parts_.push_back(std::move(part));
    }

    void flush() {
        if (literal_.empty()) return;
        parts_.push_back(TemplatePart{std::move(literal_), std::nullopt, std::nullopt});
        literal_.clear();
    }

    std::optional<Encoding> encoding_of(std::string_view word) {
        for (const EncodingWord& known : kEncodings) {
            if (known.word == word) return known.encoding;
        }
        problem(fmt::format("unknown encoding \"{}\"; write :raw, :url, :form, :json or :number", excerpt(word, 20)));
        return std::nullopt;
    }

    std::optional<std::uint32_t> resolve(std::string_view name) {
        if (name.empty()) {
            problem("${} names no variable; for a literal ${ write $${");
            return std::nullopt;
        }
        const std::optional<std::uint32_t> index = names_.find(name);
        if (!index) return resolve_column(name);
        const Names::Kind kind = names_.kind_of(*index);
        if (scope_.before_the_run && kind != Names::Kind::Variable) {
            problem(fmt::format(
                "${{{}}} has a value only during the run; here only other variables of the plan can stand", name));
        } else if (kind == Names::Kind::Save && !scope_.saved.contains(*index)) {
            problem(fmt::format("${{{}}} has no value yet: a step before this one, in the same scenario, must save it",
                                name));
        }
        return index;
    }

    std::optional<std::uint32_t> resolve_column(std::string_view name) {
        const std::size_t dot = name.find('.');
        const std::string_view data = name.substr(0, dot);
        const bool of_data = dot != std::string_view::npos && names_.is_data(data);
        if (of_data && names_.takes_any_column(data) && !scope_.before_the_run)
            return names_.declare(std::string(name), Names::Kind::Column);
        const auto near = problems_.size() < kSuggestAtMost ? nearest(name, of_data) : std::nullopt;
        const std::string shown = excerpt(name, 60);
        if (near) {
            problem(fmt::format("there is no ${{{}}}; did you mean ${{{}}}?", shown, *near));
        } else if (of_data) {
            problem(fmt::format("there is no ${{{}}}; the columns of {} are {}", shown, data,
                                join(names_.columns_of(data), ", ")));
        } else if (names_.is_data(name)) {
            problem(fmt::format("${{{0}}} is a data set; write ${{{0}.COLUMN}}", shown));
        } else {
            problem(fmt::format("there is no ${{{}}}; give it under variables: or save: it in an earlier step", shown));
        }
        return std::nullopt;
    }

    // A column that does not exist is likely another one of the same data set, and upper and lower case are soon mixed
    // up.
    std::optional<std::string> nearest(std::string_view name, bool of_data) const {
        if (!of_data) return names_.nearest(name);
        const std::string data(name.substr(0, name.find('.')));
        const std::vector<std::string> columns = names_.columns_of(data);
        const std::string_view column = name.substr(data.size() + 1);
        for (const std::string& known : columns) {
            if (to_lower_ascii(known) == to_lower_ascii(column)) return data + "." + known;
        }
        const auto near = closest(column, std::vector<std::string_view>(columns.begin(), columns.end()));
        return near ? std::optional(data + "." + *near) : std::nullopt;
    }

    std::string_view rest_;
    const TextPlace& place_;
    const Scope& scope_;
    Names& names_;
    config::Problems& problems_;
    std::string literal_;
    std::vector<TemplatePart> parts_;
};

}  // namespace

std::vector<TemplatePart> split_template(std::string_view text, const TextPlace& place, const Scope& scope,
                                         Names& names, config::Problems& problems) {
    return Splitter(text, place, scope, names, problems).run();
}

TemplateBuilder& TemplateBuilder::literal(std::string_view text) {
    if (text.empty()) return *this;
    const bool joins = !built_.parts.empty() && !built_.parts.back().variable;
    if (!joins) built_.parts.emplace_back();
    built_.parts.back().text += text;
    return *this;
}

TemplateBuilder& TemplateBuilder::variable(std::uint32_t index, Encoding encoding) {
    built_.parts.push_back(Template::Part{"", index, encoding});
    return *this;
}

TemplateBuilder& TemplateBuilder::append(const std::vector<TemplatePart>& parts, Encoding encoding) {
    for (const TemplatePart& part : parts) {
        if (part.variable) {
            variable(*part.variable, part.encoding.value_or(encoding));
        } else {
            literal(part.text);
        }
    }
    return *this;
}

Template parse_template(std::string_view text, Encoding encoding, const TextPlace& place, const Scope& scope,
                        Names& names, config::Problems& problems) {
    return TemplateBuilder().append(split_template(text, place, scope, names, problems), encoding).take();
}

}  // namespace culvert::workload
