package io.chaosproxy.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * The server's side of TLS: certificates, of which the client's server name (SNI) chooses one, and what is asked of clients.
 *
 * <p>There is one context for each certificate: the JDK resumes a session in the context that began it without a look at the
 * name, so with a common one a client could get to a name whose certificate it has never seen. Thread-safe.
 */
public final class TlsServer {
    /** Whether a client shows a certificate. */
    public enum ClientCertificates {
        /** It is not asked for one. */
        NONE,
        /** It may show one, which must be trusted then. */
        WANT,
        /** Without a trusted one the handshake fails. */
        REQUIRE
    }

    private static final int DNS_NAME = 2;

    private record Entry(List<String> names, SSLContext context) {
        boolean isFor(String name) {
            return names.contains(name);
        }

        /** A wildcard stands for one label (RFC 9525 §6.3). */
        boolean coversByWildcard(String name) {
            int dot = name.indexOf('.');
            return dot > 0 && names.contains("*" + name.substring(dot));
        }
    }

    private final List<Entry> entries = new ArrayList<>();
    private final ClientCertificates clients;

    /**
     * A server.
     *
     * @param certificates the first is for clients that name no server, or one that none is for
     * @param trust certificates that clients' are checked against; without effect if none are asked for
     */
    public TlsServer(List<KeyAndChain> certificates, ClientCertificates clients, List<X509Certificate> trust) {
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException("a server needs a certificate");
        }
        this.clients = clients;
        for (KeyAndChain each : certificates) {
            entries.add(new Entry(names(each.certificate()), Contexts.of(Optional.of(each), Contexts.trust(trust))));
        }
    }

    private static List<String> names(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> alternative : alternatives) {
                    if (alternative.get(0).equals(DNS_NAME)) {
                        names.add(String.valueOf(alternative.get(1)).toLowerCase(Locale.ROOT));
                    }
                }
            }
        } catch (CertificateParsingException e) {
            // it is for no name, so it can be the first only
        }
        return names;
    }

    /**
     * An engine for one connection.
     *
     * @param serverName what the client named, in lower case ({@link ClientHello#serverName})
     * @param protocols for the layer above (ALPN), the preferred one first. None are negotiated if there are none; a client
     *     that offers only others is rejected (RFC 7301 §3.2)
     */
    public SSLEngine engine(Optional<String> serverName, List<String> protocols) {
        SSLEngine engine = serverName
                .map(this::chosen)
                .orElse(entries.getFirst())
                .context()
                .createSSLEngine();
        engine.setUseClientMode(false);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setApplicationProtocols(protocols.toArray(String[]::new));
        parameters.setUseCipherSuitesOrder(true);
        switch (clients) {
            case NONE -> parameters.setNeedClientAuth(false);
            case WANT -> parameters.setWantClientAuth(true);
            case REQUIRE -> parameters.setNeedClientAuth(true);
        }
        engine.setSSLParameters(parameters);
        return engine;
    }

    private Entry chosen(String name) {
        return entries.stream()
                .filter(entry -> entry.isFor(name))
                .findFirst()
                .or(() -> entries.stream()
                        .filter(entry -> entry.coversByWildcard(name))
                        .findFirst())
                .orElse(entries.getFirst());
    }
}
