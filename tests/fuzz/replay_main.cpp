// Replays a corpus through a fuzz target without libFuzzer: each file whole, cut at every length, and with one bit
// flipped at each place.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kMostVariants = 2048;  // of one file: large files are cut and flipped at evenly spread places

using Input = std::vector<std::uint8_t>;

std::size_t feed(Input input) {
    // An exact copy on the heap: a read past the end is then an error that asan sees.
    input.shrink_to_fit();
    LLVMFuzzerTestOneInput(input.data(), input.size());
    return 1;
}

std::size_t replay(const Input& whole) {
    std::size_t inputs = feed(whole);
    const std::size_t stride = whole.size() / kMostVariants + 1;
    for (std::size_t at = 0; at < whole.size(); at += stride) {
        inputs += feed(Input(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at)));
        Input flipped = whole;
        flipped[at] = static_cast<std::uint8_t>(flipped[at] ^ (1U << (at % 8)));
        inputs += feed(std::move(flipped));
    }
    return inputs;
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t files = 0, inputs = feed({});
    for (int i = 1; i < argc; ++i) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
            if (!entry.is_regular_file()) continue;
            std::ifstream in(entry.path(), std::ios::binary);
            inputs += replay(Input(std::istreambuf_iterator<char>(in), {}));
            ++files;
        }
    }
    std::printf("%zu files, %zu inputs\n", files, inputs);
    return files == 0 ? 1 : 0;
}
