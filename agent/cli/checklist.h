// The steps of a join as a person reads them: a tick for each that passed, a cross and the reason for the one that did
// not.
//
//   ✓ token      mesh acme, 1 relay, expires in 23 h
//   ✗ CONNECT    http://proxy.corp:3128 answered 407: …
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace culvert::agent::cli {

class Checklist {
  public:
    // `print` gets each line without its end.
    explicit Checklist(std::function<void(std::string_view line)> print) : print_(std::move(print)) {}

    void passed(std::string_view step, std::string_view detail);
    void failed(std::string_view step, std::string_view why);
    // Goes on, but somebody should know.
    void noted(std::string_view step, std::string_view what);
    // Not over yet. The same text is not printed twice in a row.
    void waiting(std::string_view step, std::string_view for_what);

  private:
    void line(std::string_view mark, std::string_view step, std::string_view text);

    const std::function<void(std::string_view)> print_;
    std::string last_waiting_;
};

}  // namespace culvert::agent::cli
