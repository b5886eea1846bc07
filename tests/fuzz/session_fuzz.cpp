// What a peer may send inside a channel, and the envelope bodies that carry it. Frames must come out the same however
// the stream is cut, and write themselves again as they were read.
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "tunnel/session/carriage.h"
#include "tunnel/session/frame.h"

using namespace culvert::tunnel::session;

namespace {

struct Reading {
    std::string frames;  // written again
    bool ok = true;
};

void read(FrameReader& reader, std::string_view bytes, Reading& reading) {
    if (!reading.ok) return;
    const auto taken = reader.feed(bytes, [&reading](const Frame& frame) {
        reading.frames += encode(frame);
        return true;
    });
    reading.ok = taken.has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (const auto carriage = decode_carriage(input)) {
        CULVERT_CHECK(decode_carriage(encode(*carriage)) == *carriage);
    }
    if (size < 1) return 0;
    const std::string_view stream = input.substr(1);

    Reading whole, cut;
    FrameReader at_once;
    read(at_once, stream, whole);
    FrameReader in_pieces;
    const std::size_t step = 1 + data[0] % 32U;
    for (std::size_t at = 0; at < stream.size(); at += step) read(in_pieces, stream.substr(at, step), cut);
    CULVERT_CHECK(whole.ok == cut.ok && whole.frames == cut.frames);

    Reading again;
    FrameReader reader;
    read(reader, whole.frames, again);
    CULVERT_CHECK(again.ok && again.frames == whole.frames);
    return 0;
}
