package io.chaosproxy.observe;

/**
 * Result of the TLS negotiation on one side of a connection.
 *
 * @param version such as {@code TLSv1.3}
 * @param cipher cipher suite, such as {@code TLS_AES_256_GCM_SHA384}
 * @param alpn protocol of the layer above (RFC 7301); empty if none was negotiated
 */
public record TlsInfo(String version, String cipher, String alpn) {}
