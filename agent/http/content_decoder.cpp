#include "agent/http/content_decoder.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "common/base/text.h"

namespace culvert::agent::http {
namespace {

constexpr int kGzipWindow = MAX_WBITS + 16, kZlibWindow = MAX_WBITS, kRawWindow = -MAX_WBITS;
constexpr std::size_t kPiece = 16 << 10;

}  // namespace

void ContentDecoder::Free::operator()(z_stream_s* stream) const {
    inflateEnd(stream);
    delete stream;
}

bool ContentDecoder::is_plain(std::string_view coding) {
    const std::string name = to_lower_ascii(trim(coding));
    return name.empty() || name == "identity";
}

std::unique_ptr<ContentDecoder> ContentDecoder::make(std::string_view coding) {
    const std::string name = to_lower_ascii(trim(coding));
    const bool deflate = name == "deflate";
    if (!deflate && name != "gzip" && name != "x-gzip") return nullptr;
    std::unique_ptr<z_stream_s, Free> stream(new z_stream_s{});
    if (inflateInit2(stream.get(), deflate ? kZlibWindow : kGzipWindow) != Z_OK) return nullptr;
    return std::unique_ptr<ContentDecoder>(new ContentDecoder(std::move(stream), deflate));
}

// "deflate" means the zlib format, but some servers leave its two bytes of header out.
bool ContentDecoder::begin_member(std::string_view bytes) {
    state_ = State::Running;
    if (!deflate_) return inflateReset(stream_.get()) == Z_OK;
    const bool has_header = (static_cast<unsigned char>(bytes.front()) & 0x0F) == Z_DEFLATED;
    return inflateReset2(stream_.get(), has_header ? kZlibWindow : kRawWindow) == Z_OK;
}

bool ContentDecoder::append(std::string_view bytes, std::string& out, std::size_t most) {
    if (state_ == State::Full) return bytes.empty();
    std::array<char, kPiece> piece;
    z_stream_s& stream = *stream_;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write there
    stream.avail_in = static_cast<uInt>(bytes.size());
    bool more = false;  // of what was taken in is still to come out
    while (state_ != State::Broken && (stream.avail_in > 0 || more)) {
        const std::string_view left(reinterpret_cast<const char*>(stream.next_in), stream.avail_in);
        if (state_ != State::Running && !begin_member(left)) break;
        stream.next_out = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_out = static_cast<uInt>(piece.size());
        const int result = inflate(&stream, Z_NO_FLUSH);
        const std::size_t made = piece.size() - stream.avail_out;
        const std::size_t room = most - std::min(most, out.size());
        out.append(piece.data(), std::min(made, room));
        if (made > room) {
            state_ = State::Full;
            return false;
        }
        if (result == Z_STREAM_END) {
            state_ = State::AtEnd;
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            state_ = State::Broken;
        }
        more = state_ == State::Running && stream.avail_out == 0;
        if (result == Z_BUF_ERROR && made == 0) break;
    }
    return true;
}

std::string_view ContentDecoder::problem() const {
    if (state_ == State::Broken) return "the compressed body is damaged";
    if (state_ == State::Running) return "the compressed body is cut short";
    return {};
}

}  // namespace culvert::agent::http
