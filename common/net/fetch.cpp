#include "common/net/fetch.h"

#include <curl/curl.h>

#include <cstring>
#include <utility>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/text.h"

namespace culvert::net {
namespace {

constexpr long kMostRedirects = 3;
constexpr int kPollAtMost_ms = 1000;
constexpr std::size_t kLongestShown = 200;

struct EasyClose {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiClose {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

struct Transfer {
    const FetchRequest& request;
    crypto::TlsVerdict verdict;
    std::string body;
    bool too_large = false;

    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept {
        auto& transfer = *static_cast<Transfer*>(self);
        transfer.too_large = transfer.body.size() + size * count > transfer.request.at_most;
        if (transfer.too_large) return 0;
        transfer.body.append(data, size * count);
        return size * count;
    }
    static CURLcode on_ssl_context(CURL*, void* context, void* self) noexcept {
        auto& transfer = *static_cast<Transfer*>(self);
        transfer.request.trust->use_for_proxy(static_cast<ssl_ctx_st*>(context), &transfer.verdict);
        return CURLE_OK;
    }
};

template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
    CULVERT_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK);
}

void configure(CURL* easy, Transfer& transfer, char* error_text) {
    const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(transfer.request.timeout).count();
    set(easy, CURLOPT_URL, transfer.request.url.c_str());
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_FOLLOWLOCATION, 1L);
    set(easy, CURLOPT_MAXREDIRS, kMostRedirects);
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout));
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_QUICK_EXIT, 1L);
    set(easy, CURLOPT_PROXY, "");
    set(easy, CURLOPT_NOPROXY, "");
    set(easy, CURLOPT_USERAGENT, "culvert/" CULVERT_VERSION);
    set(easy, CURLOPT_ERRORBUFFER, error_text);
    set(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(easy, CURLOPT_WRITEDATA, &transfer);
    set(easy, CURLOPT_CAINFO, nullptr);
    set(easy, CURLOPT_CAPATH, nullptr);
    set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(easy, CURLOPT_SSL_CTX_FUNCTION, &Transfer::on_ssl_context);
    set(easy, CURLOPT_SSL_CTX_DATA, &transfer);
}

// Empty: cancelled.
std::optional<CURLcode> perform(CURLM* multi, CURL* easy, const std::stop_token& cancel) {
    const std::stop_callback wake(cancel, [multi] { curl_multi_wakeup(multi); });
    CULVERT_CHECK(curl_multi_add_handle(multi, easy) == CURLM_OK);
    int running = 1;
    while (running != 0 && !cancel.stop_requested()) {
        CULVERT_CHECK(curl_multi_perform(multi, &running) == CURLM_OK);
        if (running != 0) CULVERT_CHECK(curl_multi_poll(multi, nullptr, 0, kPollAtMost_ms, nullptr) == CURLM_OK);
    }
    std::optional<CURLcode> code;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
        if (message->msg == CURLMSG_DONE) code = message->data.result;
    }
    curl_multi_remove_handle(multi, easy);
    return code;
}

std::string cause(CURL* easy, CURLcode code, const char* error_text) {
    long os_error = 0;
    curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
    if (os_error != 0) return std::strerror(static_cast<int>(os_error));
    return excerpt(error_text[0] != '\0' ? error_text : curl_easy_strerror(code), kLongestShown);
}

}  // namespace

Result<std::string> fetch(const FetchRequest& request, const std::stop_token& cancel) {
    CULVERT_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    Transfer transfer{request, {}, {}, false};
    char error_text[CURL_ERROR_SIZE] = {};
    const std::unique_ptr<CURLM, MultiClose> multi(curl_multi_init());
    const std::unique_ptr<CURL, EasyClose> easy(curl_easy_init());
    CULVERT_CHECK(multi != nullptr && easy != nullptr);
    configure(easy.get(), transfer, error_text);
    const std::optional<CURLcode> code = perform(multi.get(), easy.get(), cancel);
    if (!code) return fail(Code::Disconnected, "was cancelled");
    if (transfer.too_large)
        return fail(Code::InvalidInput, "is larger than " + std::to_string(request.at_most) + " bytes");
    if (*code == CURLE_OPERATION_TIMEDOUT)
        return fail(Code::Timeout, "its server did not answer within " + to_string(request.timeout));
    if (*code == CURLE_PEER_FAILED_VERIFICATION) {
        return fail(Code::InvalidInput, "the certificate of its server is refused: " + transfer.verdict.reason +
                                            " (issuer " + transfer.verdict.issuer + ", SHA-256 " +
                                            transfer.verdict.sha256 + "); add its CA to extra_ca");
    }
    if (*code != CURLE_OK)
        return fail(Code::Disconnected, "cannot be fetched: " + cause(easy.get(), *code, error_text));
    long status = 0;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) return fail(Code::Disconnected, "its server answered " + std::to_string(status));
    return std::move(transfer.body);
}

}  // namespace culvert::net
