package io.chaosproxy.kit;

import io.chaosproxy.config.ListenerTls.KeyFiles;
import io.chaosproxy.tls.KeyAndChain;
import io.chaosproxy.tls.Pem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Ends of TLS connections by the JDK's own sockets, and files with keys. */
public final class Tls {
    private Tls() {}

    /** A context that trusts these authorities, and has this certificate. */
    public static SSLContext context(List<X509Certificate> trusted, Optional<KeyAndChain> own)
            throws GeneralSecurityException, IOException {
        KeyStore trust = store();
        for (int i = 0; i < trusted.size(); i++) {
            trust.setCertificateEntry("t" + i, trusted.get(i));
        }
        TrustManagerFactory trusts = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusts.init(trust);
        KeyStore keys = store();
        if (own.isPresent()) {
            keys.setKeyEntry(
                    "own", own.get().key(), new char[0], own.get().chain().toArray(X509Certificate[]::new));
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), trusts.getTrustManagers(), null);
        return context;
    }

    private static KeyStore store() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** A client that checks the host, connected over TCP; the handshake has not begun. */
    public static SSLSocket client(InetSocketAddress address, SSLContext context, String host, String... protocols)
            throws IOException {
        Socket plain = new Socket();
        plain.connect(new InetSocketAddress("127.0.0.1", address.getPort()), 60_000);
        plain.setSoTimeout(60_000);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, address.getPort(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setApplicationProtocols(protocols);
        socket.setSSLParameters(parameters);
        return socket;
    }

    /** The server's side of TLS on an accepted connection. */
    public static SSLSocket server(Peer accepted, SSLContext context, String... protocols) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(accepted.socket(), null, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        socket.setSSLParameters(parameters);
        return socket;
    }

    /** The first bytes of a client that names this host. */
    public static byte[] hello(String host) throws Exception {
        try (Origin origin = Origin.manual()) {
            SSLContext any = context(List.of(), Optional.empty());
            SSLSocket socket = client(new InetSocketAddress("127.0.0.1", origin.port()), any, host);
            Thread handshake = Thread.ofVirtual().start(() -> {
                try {
                    socket.startHandshake();
                } catch (IOException e) {
                    // it is closed
                }
            });
            try (Peer peer = origin.next()) {
                byte[] head = peer.read(5).getBytes(StandardCharsets.ISO_8859_1);
                byte[] rest =
                        peer.read(((head[3] & 0xff) << 8) | (head[4] & 0xff)).getBytes(StandardCharsets.ISO_8859_1);
                byte[] all = Arrays.copyOf(head, head.length + rest.length);
                System.arraycopy(rest, 0, all, head.length, rest.length);
                return all;
            } finally {
                handshake.join();
            }
        }
    }

    /** The first bytes of a client that names this host, of any bytes; only the length is bounded. */
    public static byte[] helloNaming(String name) throws Exception {
        byte[] host = name.getBytes(StandardCharsets.UTF_8);
        String stand = "a".repeat(Math.min(host.length, 50)) + "b".repeat(Math.max(0, host.length - 50));
        byte[] hello = hello(stand.substring(0, stand.length() - 2) + ".a");
        String text = new String(hello, StandardCharsets.ISO_8859_1);
        int at = text.indexOf(stand.substring(0, stand.length() - 2) + ".a");
        System.arraycopy(host, 0, hello, at, host.length);
        return hello;
    }

    /** Writes chain and key as PEM, under this name. */
    public static KeyFiles files(Path folder, String name, KeyAndChain identity) throws IOException {
        Path certificate = folder.resolve(name + ".pem");
        Path key = folder.resolve(name + ".key");
        Files.writeString(key, Pem.of(identity.key()));
        Files.writeString(certificate, Pem.of(identity.chain()));
        return KeyFiles.pem(certificate, key);
    }

    /** Writes what is to be trusted as PEM. */
    public static Path trust(Path folder, String name, X509Certificate authority) throws IOException {
        return Files.writeString(folder.resolve(name), Pem.of(List.of(authority)));
    }

    /** Whether a failure is a TCP reset, whatever it is wrapped in. */
    public static boolean isReset(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (cause instanceof SocketException && (message.contains("reset") || message.contains("Broken pipe"))) {
                return true;
            }
        }
        return false;
    }

    /** How the stream of a TLS connection ends: by a reset, by a close_notify, or without one. */
    public static String ending(SSLSocket socket) {
        try {
            socket.getInputStream().readAllBytes();
            return "close_notify";
        } catch (IOException e) {
            return isReset(e) ? "reset" : "truncated";
        }
    }
}
