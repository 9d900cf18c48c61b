package io.chaosproxy.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Makes the JDK's contexts of keys and certificates. */
public final class Contexts {
    private Contexts() {}

    /**
     * A context.
     *
     * @param key what it shows to peers, if it has something
     * @param trust decides about the peers' certificates; null for the JDK's own choice
     */
    public static SSLContext of(Optional<KeyAndChain> key, TrustManager @Nullable [] trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(key.isPresent() ? keys(key.get()) : new KeyManager[0], trust, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the JDK can't use this key and certificate: " + e.getMessage(), e);
        }
    }

    /** A context of a server that asks no client for a certificate. */
    static SSLContext server(KeyAndChain material) {
        return of(Optional.of(material), new TrustManager[0]);
    }

    /** Not by a key store: the JDK's encrypts the key, and its key manager decrypts it in each handshake, which takes milliseconds. */
    private static KeyManager[] keys(KeyAndChain material) {
        return new KeyManager[] {new OneKey(material)};
    }

    /** Trusts what these certificates have signed, and themselves. */
    public static TrustManager[] trust(List<X509Certificate> certificates) {
        try {
            KeyStore store = emptyStore();
            for (int i = 0; i < certificates.size(); i++) {
                store.setCertificateEntry("trusted " + i, certificates.get(i));
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            return factory.getTrustManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("the JDK can't trust these certificates: " + e.getMessage(), e);
        }
    }

    /** Trusts every certificate. */
    public static TrustManager[] trustAll() {
        return new TrustManager[] {new Anybody()};
    }

    private static final class Anybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }
}
