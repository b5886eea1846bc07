// HTTP/1.1 responses, incrementally and strictly (RFC 9112). Holds no memory while a head arrives in one piece;
// everything else is bounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/http/chunked_decoder.h"
#include "agent/http/response_head.h"

namespace culvert::agent::http {

class ResponseParser {
  public:
    static constexpr std::size_t kLongestHead = 64 << 10;
    static constexpr std::size_t kMostFields = 256;
    static constexpr int kMostInformational = 16;  // 1xx in front of one response

    enum class Progress : std::uint8_t { NeedMore, Complete, Broken };

    // Before each response. `to_head`: of a HEAD request, so there is no body whatever the head says.
    void begin(bool to_head);
    // Takes bytes from the front of `bytes`: all of them, unless the response is complete (the rest does not belong to
    // it). `head` is scratch, to be shared by many parsers.
    Progress feed(std::string_view& bytes, ResponseHead& head, ResponseSink& sink);
    // The connection ended in order: Complete when only that could end the body, else Broken.
    Progress end_of_stream();

    bool started() const { return started_; }         // a byte of this response was seen
    bool keep_alive() const { return keep_alive_; }   // after Complete: the connection may carry another request
    const char* problem() const { return problem_; }  // after Broken

  private:
    enum class State : std::uint8_t { Head, Length, Chunked, UntilClose, Done, Broken };

    Progress broken(const char* why);
    Progress take_head(std::string_view& bytes, ResponseHead& head, ResponseSink& sink);
    // Parses a whole head, including its empty line. False: problem_ says why.
    bool parse_head(std::string_view raw, ResponseHead& head);
    bool parse_status_line(std::string_view line, ResponseHead& head);
    bool parse_field(std::string_view line, ResponseHead& head);
    bool note_framing(std::string_view name, std::string_view value);
    bool note_length(std::string_view value);
    void choose_body(int status);
    Progress take_body(std::string_view& bytes, ResponseSink& sink);

    struct Framing {
        bool http10 = false;
        bool has_length = false;
        std::uint64_t length = 0;
        bool transfer_coded = false;
        bool chunked = false;
        bool says_close = false, says_keep_alive = false;
    };

    State state_ = State::Done;
    bool to_head_ = false;
    bool started_ = false;
    bool keep_alive_ = false;
    int informational_ = 0;
    Framing framing_;
    std::uint64_t left_ = 0;
    ChunkedDecoder chunks_;
    std::string pending_;       // a head that came in pieces
    std::size_t searched_ = 0;  // of pending_, for its end
    const char* problem_ = "";
};

}  // namespace culvert::agent::http
