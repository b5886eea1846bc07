// Replays a corpus through a fuzz target without libFuzzer: each file whole, and cut and with one bit flipped at places
// spread evenly over the corpus: at every octet of a small one.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kMostVariants = 4096;  // of a corpus; a sanitizer needs milliseconds for each of a plan's

using Input = std::vector<std::uint8_t>;

std::size_t feed(Input input) {
    // An exact copy on the heap: a read past the end is then an error that asan sees.
    input.shrink_to_fit();
    LLVMFuzzerTestOneInput(input.data(), input.size());
    return 1;
}

std::size_t replay(const Input& whole, std::size_t stride) {
    std::size_t inputs = feed(whole);
    for (std::size_t at = 0; at < whole.size(); at += stride) {
        inputs += feed(Input(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at)));
        Input flipped = whole;
        flipped[at] = static_cast<std::uint8_t>(flipped[at] ^ (1U << (at % 8)));
        inputs += feed(std::move(flipped));
    }
    return inputs;
}

std::vector<Input> load_corpus(const char* folder) {
    std::vector<Input> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        files.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    return files;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const std::vector<Input> files = load_corpus(argv[1]);
    std::size_t octets = 0, inputs = feed({});
    for (const Input& file : files) octets += file.size();
    for (const Input& file : files) inputs += replay(file, 2 * octets / kMostVariants + 1);
    std::printf("%zu files, %zu inputs\n", files.size(), inputs);
    return files.empty() ? 1 : 0;
}
