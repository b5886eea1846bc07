#include "tunnel/channel/tls_context.h"

#include "common/base/check.h"

namespace culvert::tunnel::channel {
namespace {

constexpr long kLargestCertificateList = 16 << 10;  // the peer sends one certificate

}  // namespace

ContextHandle make_context(End end, const crypto::Identity& identity) {
    ContextHandle context(SSL_CTX_new(end == End::Client ? TLS_client_method() : TLS_server_method()));
    SSL_CTX* const raw = context.get();
    CULVERT_CHECK(raw != nullptr);
    CULVERT_CHECK(SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION) == 1 &&
                  SSL_CTX_set_max_proto_version(raw, TLS1_3_VERSION) == 1);
    // A resumed session would not show its certificate again, early data could be replayed: neither exists here.
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_num_tickets(raw, 0);
    SSL_CTX_set_max_early_data(raw, 0);
    SSL_CTX_set_recv_max_early_data(raw, 0);
    SSL_CTX_set_max_cert_list(raw, kLargestCertificateList);
    SSL_CTX_set_mode(raw,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_mode(raw, SSL_MODE_NO_AUTO_CHAIN);
    CULVERT_CHECK(SSL_CTX_use_certificate(raw, identity.certificate()) == 1 &&
                  SSL_CTX_use_PrivateKey(raw, identity.key()) == 1);
    SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return context;
}

int verify_error_of(crypto::RefusalReason reason) {
    switch (reason) {
        case crypto::RefusalReason::Malformed:
            return X509_V_ERR_CERT_REJECTED;
        case crypto::RefusalReason::ForeignCa:
        case crypto::RefusalReason::OtherMesh:
            return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;  // alert: unknown CA
        case crypto::RefusalReason::NotYetValid:
        case crypto::RefusalReason::Expired:
            return X509_V_ERR_CERT_HAS_EXPIRED;
        case crypto::RefusalReason::Revoked:
            return X509_V_ERR_CERT_REVOKED;
        case crypto::RefusalReason::WrongRole:
            return X509_V_ERR_INVALID_PURPOSE;  // alert: unsupported certificate
    }
    return X509_V_ERR_CERT_REJECTED;
}

std::string alert_text(int alert) {
    switch (alert) {
        case SSL_AD_UNKNOWN_CA:
            return "the peer refused this node's certificate: its mesh has another CA";
        case SSL_AD_CERTIFICATE_EXPIRED:
            return "the peer refused this node's certificate: not valid now, by the peer's clock; compare the clocks "
                   "of both machines";
        case SSL_AD_CERTIFICATE_REVOKED:
            return "the peer refused this node's certificate: it was revoked; join again with a new token";
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
            return "the peer refused this node's certificate: its role does not allow this";
        case SSL_AD_BAD_RECORD_MAC:
        case SSL_AD_DECODE_ERROR:
        case SSL_AD_UNEXPECTED_MESSAGE:
            return "the peer could not decrypt what arrived there: altered, lost or out of order on the way";
        default:
            return std::string("the peer ended the channel: ") + SSL_alert_desc_string_long(alert);
    }
}

}  // namespace culvert::tunnel::channel
