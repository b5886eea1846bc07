#include "controller/run/data_files.h"

#include <algorithm>
#include <cstring>

#include "common/base/check.h"
#include "common/crypto/digest.h"
#include "common/protocol/rows.h"

namespace culvert::run {
namespace {

protocol::Sha256 digest_of(const std::string& content) {
    const std::string digest = crypto::sha256(content);
    protocol::Sha256 sha256{};
    CULVERT_CHECK(digest.size() == sha256.size());
    std::memcpy(sha256.data(), digest.data(), sha256.size());
    return sha256;
}

}  // namespace

Result<DataFiles> DataFiles::of(const workload::Plan& plan, const std::vector<std::vector<workload::Row>>& rows,
                                const std::vector<workload::Member>& members) {
    CULVERT_CHECK(rows.size() == plan.data.size());
    DataFiles files;
    files.by_agent_.resize(members.size());
    for (std::size_t set = 0; set < plan.data.size(); ++set) {
        for (std::size_t agent = 0; agent < members.size(); ++agent) {
            auto own =
                workload::rows_of_seat(plan.data[set], rows[set], workload::data_seat(plan, set, members, agent));
            if (!own) return fail(own.error(), "data " + plan.data[set].name);
            auto content =
                std::make_shared<const std::string>(protocol::encode_rows(plan.data[set].columns.size(), *own));
            if (content->size() > protocol::kLargestFile)
                return fail(Code::InvalidInput, "data " + plan.data[set].name + ": more than 1 GiB for one agent");
            const protocol::FileRef ref{digest_of(*content), content->size()};
            files.by_agent_[agent].push_back(
                {.columns = plan.data[set].columns, .rows = ref, .name = plan.data[set].name});
            files.contents_.try_emplace(ref.sha256, std::move(content));
        }
    }
    return files;
}

std::shared_ptr<const std::string> DataFiles::find(std::size_t agent, const protocol::Sha256& sha256) const {
    const auto& own = by_agent_.at(agent);
    const bool is_own = std::any_of(
        own.begin(), own.end(), [&sha256](const protocol::DataSetFile& file) { return file.rows.sha256 == sha256; });
    const auto content = contents_.find(sha256);
    return is_own && content != contents_.end() ? content->second : nullptr;
}

}  // namespace culvert::run
