package io.chaosproxy.tls;

import io.chaosproxy.net.NameResolver;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
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
     * An engine for one connection. Sessions are resumed with the same host and port.
     *
     * @param host as it is configured, a name or an address
     * @param protocols to offer for the layer above (ALPN); none if there are none
     */
    public SSLEngine engine(String host, int port, List<String> protocols) {
        String name = serverName.orElse(host);
        SSLEngine engine = context.createSSLEngine(name, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setApplicationProtocols(protocols.toArray(String[]::new));
        if (!NameResolver.isLiteral(name)) { // RFC 6066 §3 has no addresses
            parameters.setServerNames(List.of(new SNIHostName(name)));
        }
        if (checked) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        engine.setSSLParameters(parameters);
        return engine;
    }
}
