// The only file that sees yaml-cpp: its events become Nodes. Nothing that it throws leaves this file.
#include <istream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <unordered_map>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>
// yaml-cpp's own handler, for marks and quoting that its nodes do not keep
#include <yaml-cpp/eventhandler.h>

#include "common/base/text.h"
#include "common/base/units.h"
#include "common/config/document.h"
#include "common/config/source_text.h"
#include "common/config/yaml_hints.h"

namespace culvert::config {
namespace {

class TooBig : public std::runtime_error {
  public:
    TooBig(std::string what, int line, int column)
        : std::runtime_error(std::move(what)), line_(line), column_(column) {}
    int line() const { return line_; }
    int column() const { return column_; }

  private:
    int line_;
    int column_;
};

class ViewBuffer : public std::streambuf {
  public:
    explicit ViewBuffer(std::string_view text) {
        char* begin = const_cast<char*>(text.data());  // the get area is only read
        setg(begin, begin, begin + text.size());
    }
};

// True when the quoted scalar that begins at `offset` has no end: yaml-cpp takes the rest of the file for it, silently.
bool is_unclosed_quote(std::string_view text, std::size_t offset) {
    if (offset >= text.size() || (text[offset] != '"' && text[offset] != '\'')) return false;
    const char quote = text[offset];
    for (std::size_t i = offset + 1; i < text.size(); ++i) {
        const bool escape = quote == '"' && text[i] == '\\';
        const bool doubled = quote == '\'' && text.substr(i, 2) == "''";
        if (escape || doubled) {
            ++i;
        } else if (text[i] == quote) {
            return false;
        }
    }
    return true;
}

class TreeBuilder final : public YAML::EventHandler {
  public:
    TreeBuilder(const std::string& file, const LineIndex& lines, Problems& problems)
        : file_(file), lines_(lines), problems_(problems) {}

    Node take_root() { return std::move(root_); }
    // Where the last quoted scalar begins: the only one that can be unclosed.
    const YAML::Mark& last_quoted() const { return last_quoted_; }

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuse_anchor(mark, anchor);
        Node node;
        node.where = position(mark);
        add(std::move(node));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        problem(position(mark),
                "a value that begins with * must stand in quotes; YAML aliases are not supported: repeat the lines");
        OnNull(mark, 0);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        Node node;
        node.kind = Node::Kind::Scalar;
        node.where = position(mark);
        const bool taken_for_tag = value.empty() && tag.size() > 1 && tag.front() == '!';
        node.scalar = taken_for_tag ? tag : value;  // "!small" was meant as a text
        node.quoted = tag == "!";
        if (node.quoted) last_quoted_ = mark;
        add(std::move(node));
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(Node::Kind::Sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(Node::Kind::Map, mark, tag, anchor);
    }
    void OnMapEnd() override { close(); }

  private:
    struct Frame {
        Node node;
        bool key_next = true;  // maps: the next event is a key
        std::string key;
        Position key_where;
        bool drop_value = false;  // the key was refused
        std::unordered_map<std::string, int> lines;
    };

    Position position(const YAML::Mark& mark) const {
        return Position{file_, mark.line + 1, lines_.column(mark.line, mark.column)};
    }

    void problem(Position where, std::string message) {
        problems_.push_back(Problem{std::move(where), key_path(), std::move(message)});
    }

    std::string key_path() const {
        std::string path;
        for (const Frame& frame : frames_) {
            if (frame.node.kind == Node::Kind::Sequence) {
                path += fmt::format("[{}]", frame.node.items.size());
            } else if (!frame.key_next) {
                path += (path.empty() ? "" : ".") + frame.key;
            }
        }
        return path;
    }

    void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != 0)
            problem(
                position(mark),
                "a value that begins with & must stand in quotes; YAML anchors are not supported: repeat the lines");
    }

    void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (tag.empty() || tag == "?" || tag == "!") return;
        problem(position(mark),
                fmt::format("a value that begins with ! must stand in quotes: write {}; YAML tags are not supported",
                            in_quotes(excerpt(tag, 40))));
    }

    void count(const Position& where) {
        if (++nodes_ > kMostNodes)
            throw TooBig(fmt::format("has more than {} values", kMostNodes), where.line, where.column);
    }

    void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        refuse_anchor(mark, anchor);
        refuse_tag(mark, tag);
        count(position(mark));
        if (frames_.size() >= kDeepest)
            throw TooBig(fmt::format("is nested deeper than {} levels", kDeepest), mark.line + 1, mark.column + 1);
        Frame frame;
        frame.node.kind = kind;
        frame.node.where = position(mark);
        frames_.push_back(std::move(frame));
    }

    void close() {
        Node done = std::move(frames_.back().node);
        frames_.pop_back();
        place(std::move(done));
    }

    void add(Node node) {
        count(node.where);
        place(std::move(node));
    }

    void place(Node node) {
        if (frames_.empty()) {
            root_ = std::move(node);
            return;
        }
        Frame& frame = frames_.back();
        if (frame.node.kind == Node::Kind::Sequence) {
            frame.node.items.push_back(std::move(node));
        } else if (frame.key_next) {
            take_key(frame, std::move(node));
        } else {
            if (node.kind == Node::Kind::Null) node.where = frame.key_where;  // its own mark is that of the next token
            if (!frame.drop_value)
                frame.node.fields.push_back(
                    Node::Field{std::move(frame.key), std::move(frame.key_where), std::move(node)});
            frame.key_next = true;
        }
    }

    void take_key(Frame& frame, Node key) {
        frame.drop_value = true;
        if (key.kind == Node::Kind::Map && key.fields.size() == 1 && key.fields[0].value.kind == Node::Kind::Null) {
            problem(key.where, fmt::format("a variable is written \"${{{}}}\", in quotes", key.fields[0].key));
        } else if (key.kind == Node::Kind::Map || key.kind == Node::Kind::Sequence) {
            problem(key.where, "a key must be a text; a text with { } or [ ] must stand in quotes");
        } else if (key.scalar == "<<" && !key.quoted) {
            problem(key.where, "merge keys (<<) are not supported; repeat the lines");
        } else if (key.kind == Node::Kind::Null) {
            problem(key.where, "a key is missing before the colon (a key named null must stand in quotes)");
        } else if (const auto [first, is_new] = frame.lines.emplace(key.scalar, key.where.line); !is_new) {
            problem(key.where,
                    fmt::format("key \"{}\" was already given in line {}", excerpt(key.scalar, 60), first->second));
        } else {
            frame.drop_value = false;
        }
        frame.key = std::move(key.scalar);
        frame.key_where = std::move(key.where);
        frame.key_next = false;
    }

    const std::string& file_;
    const LineIndex& lines_;
    Problems& problems_;
    YAML::Mark last_quoted_ = YAML::Mark::null_mark();
    std::vector<Frame> frames_;
    std::size_t nodes_ = 0;
    Node root_;
};

std::string_view without_bom(std::string_view text) {
    constexpr std::string_view kBom = "\xEF\xBB\xBF";
    return text.substr(0, kBom.size()) == kBom ? text.substr(kBom.size()) : text;
}

std::optional<Node> parse_events(const std::string& file, std::string_view text, const LineIndex& lines,
                                 Problems& problems) {
    ViewBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    TreeBuilder builder(file, lines, problems);
    if (!parser.HandleNextDocument(builder)) return Node{Node::Kind::Null, Position{file, 0, 0}, "", false, {}, {}};
    Node root = builder.take_root();
    const YAML::Mark& quote = builder.last_quoted();
    if (!quote.is_null() && is_unclosed_quote(text, lines.offset(quote.line, quote.column))) {
        problems.push_back(Problem{Position{file, quote.line + 1, lines.column(quote.line, quote.column)}, "",
                                   "the quote that opens here is never closed"});
        return std::nullopt;
    }
    Problems ignored;
    TreeBuilder second(file, lines, ignored);
    if (parser.HandleNextDocument(second)) {
        const Node next = second.take_root();
        problems.push_back(Problem{next.where, "", "a second YAML document begins here (after ---); a file holds one"});
    }
    return root;
}

}  // namespace

std::optional<Node> parse_document(std::string file, std::string_view text, Problems& problems) {
    const auto refuse = [&](int line, int column, std::string message) {
        problems.push_back(Problem{Position{file, line, column}, "", std::move(message)});
        return std::nullopt;
    };
    if (text.size() > kLargestDocument) return refuse(0, 0, "is larger than " + to_string(Bytes{kLargestDocument}));
    text = without_bom(text);
    if (const auto bad = find_bad_byte(text)) return refuse(bad->line, bad->column, bad->what);
    const LineIndex lines(text);
    try {
        return parse_events(file, text, lines, problems);
    } catch (const TooBig& error) {
        return refuse(error.line(), error.column(), error.what());
    } catch (const YAML::Exception& error) {
        const SyntaxError explained = explain(text, SyntaxError{error.msg, error.mark.line + 1, error.mark.column + 1});
        return refuse(explained.line, lines.column(explained.line - 1, explained.column - 1), explained.message);
    } catch (const std::exception& error) {
        return refuse(0, 0, fmt::format("cannot be read as YAML: {}", error.what()));
    }
}

}  // namespace culvert::config
