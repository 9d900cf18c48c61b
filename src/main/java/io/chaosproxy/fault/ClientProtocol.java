package io.chaosproxy.fault;

/**
 * Protocol that the client of a connection speaks, as far as the proxy knows it; unknown parts are empty.
 *
 * @param name {@code tcp} or {@code http}, or as it was detected: {@code http}, {@code http2}, {@code tls}, {@code socks5}, {@code opaque}
 * @param serverName server name of the ClientHello with which the client began TLS (RFC 6066 §3)
 * @param tls version of TLS that is terminated here, such as {@code TLSv1.3}
 * @param cipher cipher suite, such as {@code TLS_AES_256_GCM_SHA384}
 */
public record ClientProtocol(String name, String serverName, String tls, String cipher) {
    /** Nothing is known. */
    public static final ClientProtocol UNKNOWN = new ClientProtocol("", "", "", "");

    /**
     * {@return the same of this name}
     *
     * @param known name of the protocol
     */
    public ClientProtocol named(String known) {
        return new ClientProtocol(known, serverName, tls, cipher);
    }

    /**
     * {@return the same with a server name}
     *
     * @param known server name
     */
    public ClientProtocol serverName(String known) {
        return new ClientProtocol(name, known, tls, cipher);
    }

    /**
     * {@return the same with TLS}
     *
     * @param version version
     * @param suite cipher suite
     */
    public ClientProtocol secured(String version, String suite) {
        return new ClientProtocol(name, serverName, version, suite);
    }
}
