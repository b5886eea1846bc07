// A YAML text as an immutable tree that knows where each value stands, with YAML's traps explained in words. yaml-cpp
// stays behind this file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "common/base/result.h"

namespace culvert::config {

struct Position {
    std::string file;  // as the user named it
    int line = 0;      // from 1; 0: the file as a whole
    int column = 0;    // from 1

    friend bool operator==(const Position&, const Position&) = default;
};

// One mistake of a user, in the form every program prints: `agent.yaml:7:14: link.heartbeat: "25" has no unit; write
// 25s`.
struct Problem {
    Position where;
    std::string key;      // path from the root: "scenarios.browse.steps[1].check"; empty: the file as a whole
    std::string message;  // what is wrong and what to write instead
};
using Problems = std::vector<Problem>;

std::string to_string(const Problem& problem);

struct Node {
    enum class Kind { Null, Scalar, Sequence, Map };
    struct Field;

    Kind kind = Kind::Null;
    Position where;
    std::string scalar;         // Scalar only
    bool quoted = false;        // Scalar only: "5" is text where 5 is a number
    std::vector<Node> items;    // Sequence only
    std::vector<Field> fields;  // Map only, in file order; keys are unique scalars (a duplicate is a Problem of parse)

    const Node* find(std::string_view key) const;
};

struct Node::Field {
    std::string key;
    Position key_where;
    Node value;
};

// Pure. At most kMostNodes nodes and kDeepest levels; aliases, anchors, merge keys, tags and several documents are
// refused in words.
inline constexpr std::size_t kLargestDocument = 4 << 20;  // bytes
inline constexpr std::size_t kMostNodes = 200'000;
inline constexpr std::size_t kDeepest = 64;
tl::expected<Node, Problems> parse_document(std::string file, std::string_view text);
tl::expected<Node, Problems> load_document(const std::string& file);

// The same, for a caller that goes on to find the mistakes of meaning too: the tree, whenever the syntax allows one (of
// two equal keys the first counts), beside the problems it has already.
std::optional<Node> parse_document(std::string file, std::string_view text, Problems& problems);

// A whole file as text; at most `at_most` bytes. The error is one line: "plan.yaml: no such file".
Result<std::string> load_text(const std::string& file, std::size_t at_most);

// By place in the file, then by key: the order in which problems are printed. Equal problems are kept once.
void sort_problems(Problems& problems);

}  // namespace culvert::config
