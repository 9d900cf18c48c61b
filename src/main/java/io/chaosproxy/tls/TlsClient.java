package io.chaosproxy.tls;

import io.chaosproxy.net.NameResolver;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;

/** The client's side of TLS: whom it trusts, and the certificate that it shows. Thread-safe. */
public final class TlsClient {
    private final SSLContext context;
    private final boolean checked;
    private final Optional<String> serverName;

    private TlsClient(SSLContext context, boolean checked, Optional<String> serverName) {
        this.context = context;
        this.checked = checked;
        this.serverName = serverName;
    }

    /**
     * Checks the server's certificate and its name.
     *
     * @param trust authorities to trust; those of the JDK if there are none
     * @param certificate what is shown to a server that asks
     * @param serverName what is named and expected in place of the host that is connected to
     */
    public static TlsClient trusting(
            List<X509Certificate> trust, Optional<KeyAndChain> certificate, Optional<String> serverName) {
        TrustManager[] managers = trust.isEmpty() ? null : Contexts.trust(trust);
        return new TlsClient(Contexts.of(certificate, managers), true, serverName);
    }

    /** Accepts any certificate for any name. */
    public static TlsClient insecure(Optional<KeyAndChain> certificate, Optional<String> serverName) {
        return new TlsClient(Contexts.of(certificate, Contexts.trustAll()), false, serverName);
    }

    /**
     * An engine for one connection. Sessions are resumed with the same host and port. A host that the JDK takes for no name of one,
     * such as {@code my_host}, is not sent as SNI, and no certificate is accepted for it if certificates are checked.
     *
     * @param host as it is configured, a name or an address
     * @param protocols to offer for the layer above (ALPN); none if there are none
     */
    public SSLEngine engine(String host, int port, List<String> protocols) {
        String name = SniName.withoutRoot(serverName.orElse(host));
        SSLEngine engine = context.createSSLEngine(name, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setApplicationProtocols(protocols.toArray(String[]::new));
        if (!NameResolver.isLiteral(name)) { // RFC 6066 §3 has no addresses
            parameters.setServerNames(
                    SniName.of(name).<List<SNIServerName>>map(List::of).orElse(List.of()));
        }
        if (checked) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        engine.setSSLParameters(parameters);
        return engine;
    }

    /**
     * The name for which the JDK can't check any certificate, so that each handshake fails; empty if it can, or nothing is checked.
     *
     * @param host as for {@link #engine}
     */
    public Optional<String> uncheckable(String host) {
        String name = SniName.withoutRoot(serverName.orElse(host));
        return checked && !NameResolver.isLiteral(name) && !SniName.isAccepted(name)
                ? Optional.of(name)
                : Optional.empty();
    }
}
