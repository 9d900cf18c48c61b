package io.chaosproxy.tls;

import io.chaosproxy.fault.TlsFault;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLEngine;

/** A listener's side of TLS: its own certificates, and those with a defect for clients that a rule hits. Thread-safe. */
public final class ListenerServer {
    private final TlsServer good;
    private final CertificateAuthority authority;
    private final List<String> names;
    private final TlsServer.ClientCertificates clients;
    private final List<X509Certificate> trust;
    private final Map<TlsFault.Defect, TlsServer> defective = new ConcurrentHashMap<>();

    /**
     * A server.
     *
     * @param own the first is for clients that name no server, or one that none is for
     * @param authority signs certificates with a defect
     * @param names hosts and addresses that those are for, at least one
     * @param trust authorities of client certificates; without effect if none are asked for
     */
    public ListenerServer(
            List<KeyAndChain> own,
            CertificateAuthority authority,
            List<String> names,
            TlsServer.ClientCertificates clients,
            List<X509Certificate> trust) {
        this.good = new TlsServer(own, clients, trust);
        this.authority = authority;
        this.names = List.copyOf(names);
        this.clients = clients;
        this.trust = List.copyOf(trust);
    }

    /**
     * An engine for one connection.
     *
     * @param serverName what the client named, in lower case
     * @param protocols for the layer above (ALPN), the preferred one first; none if empty
     * @param defect of the certificate; empty for a good one
     */
    public SSLEngine engine(Optional<String> serverName, List<String> protocols, Optional<TlsFault.Defect> defect) {
        TlsServer server = defect.isPresent() ? defective.computeIfAbsent(defect.get(), this::serverWith) : good;
        return server.engine(serverName, protocols);
    }

    private TlsServer serverWith(TlsFault.Defect defect) {
        return new TlsServer(List.of(DefectiveCertificate.of(defect, authority, names)), clients, trust);
    }
}
