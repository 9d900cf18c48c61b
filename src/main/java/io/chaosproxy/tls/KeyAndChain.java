package io.chaosproxy.tls;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What one side of TLS proves who it is with.
 *
 * @param chain the own certificate first, each one signed by the next
 */
public record KeyAndChain(PrivateKey key, List<X509Certificate> chain) {
    public KeyAndChain {
        chain = List.copyOf(chain);
    }

    /** The own certificate. */
    public X509Certificate certificate() {
        return chain.getFirst();
    }
}
