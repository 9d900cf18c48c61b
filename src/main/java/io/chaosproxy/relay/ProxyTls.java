package io.chaosproxy.relay;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.Intercept;
import io.chaosproxy.config.ListenerTls;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.UpstreamTls;
import io.chaosproxy.tls.CertificateAuthority;
import io.chaosproxy.tls.KeyAndChain;
import io.chaosproxy.tls.KeyReader;
import io.chaosproxy.tls.LeafIssuer;
import io.chaosproxy.tls.ListenerServer;
import io.chaosproxy.tls.Pem;
import io.chaosproxy.tls.Reloaded;
import io.chaosproxy.tls.TlsClient;
import io.chaosproxy.tls.TlsServer;
import io.chaosproxy.tls.UnusableFileException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Keys and certificates of a proxy, read from the files that its settings name, and read again when these change. A file that can't be
 * used after a change leaves everything as it was. Thread-safe.
 */
final class ProxyTls {
    /** How often files are looked at, while connections come. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** Longer than that a certificate that is created at the start would need a new start anyway. */
    private static final Duration SELF_SIGNED_VALIDITY = CertificateAuthority.MAX_VALIDITY;

    private final ProxySettings proxy;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile @Nullable Loaded loaded;
    private @Nullable CertificateAuthority own; // guarded by reading; signs what is created here

    ProxyTls(ProxySettings proxy) {
        this.proxy = proxy;
    }

    /** TLS made from the settings and their files. */
    private record Sides(
            Optional<ListenerServer> server, Optional<TlsClient> client, Optional<Interceptor> interceptor) {}

    /**
     * Interception of TLS. With another authority, clients have rejected nothing yet.
     *
     * @param leaves servers for its clients
     * @param upstream client of their targets
     * @param rejecting clients that do not want it
     */
    record Interceptor(LeafIssuer leaves, TlsClient upstream, RejectingClients rejecting) {}

    /**
     * TLS that was read for these settings.
     *
     * @param looked when the files were looked at, in {@code nanoTime}
     */
    private record Loaded(
            Optional<ListenerTls> listener,
            Optional<UpstreamTls> upstream,
            Optional<Intercept> intercept,
            long looked,
            Reloaded<Sides> sides) {
        boolean isOf(ProxySpec spec) {
            return listener.equals(spec.tls())
                    && upstream.equals(spec.upstreamTls())
                    && intercept.equals(spec.intercept());
        }
    }

    private static CertificateAuthority authority(ListenerTls.KeyFiles files) throws UnusableFileException {
        return KeyReader.authority(files.certificate(), files.key(), files.passwordFile());
    }

    /** Reads the files and creates what is to be created, so that the first connection needn't; they have been checked. */
    void begin() {
        try {
            if (isUsed()) {
                current();
            }
        } catch (IOException e) {
            log(Level.WARNING, String.valueOf(e.getMessage()));
        }
    }

    /** Certificate of the listener; empty if it does not terminate TLS. */
    Optional<ListenerServer> server() throws IOException {
        return isUsed() ? current().server() : Optional.empty();
    }

    /** How the upstream is reached by TLS; empty if it is reached without. */
    Optional<TlsClient> client() throws IOException {
        return isUsed() ? current().client() : Optional.empty();
    }

    /** How TLS of tunnels is intercepted; empty if it is not. */
    Optional<Interceptor> interceptor() throws IOException {
        return isUsed() ? current().interceptor() : Optional.empty();
    }

    private boolean isUsed() {
        ProxySpec spec = proxy.settings();
        return spec.tls().isPresent()
                || spec.upstreamTls().isPresent()
                || spec.intercept().isPresent();
    }

    private Sides current() throws IOException {
        ProxySpec spec = proxy.settings();
        Loaded present = loaded;
        if (present != null && present.isOf(spec) && System.nanoTime() - present.looked() < LOOK.toNanos()) {
            return present.sides().current();
        }
        reading.lock();
        try {
            present = loaded;
            Reloaded<Sides> sides;
            if (present != null && present.isOf(spec)) {
                sides = present.sides();
                report(spec, sides.refresh());
            } else {
                Optional<KeyAndChain> created = created(spec);
                sides = new Reloaded<>(NamedFiles.of(spec).paths(), () -> load(spec, created));
            }
            loaded = new Loaded(spec.tls(), spec.upstreamTls(), spec.intercept(), System.nanoTime(), sides);
            return sides.current();
        } finally {
            reading.unlock();
        }
    }

    private void report(ProxySpec spec, Reloaded.Outcome outcome) {
        switch (outcome) {
            case Reloaded.Outcome.Unchanged same -> {}
            case Reloaded.Outcome.Changed changed -> log(Level.INFO, "keys and certificates were read again");
            case Reloaded.Outcome.Rejected rejected ->
                log(
                        Level.WARNING,
                        "keys and certificates stay as they were: "
                                + NamedFiles.of(spec).keysOf(rejected.reason().file()) + ": "
                                + rejected.reason().getMessage());
        }
    }

    private void log(Level level, String what) {
        proxy.log(Options.Log.WARNINGS, level, "proxy " + proxy.name() + ": " + what);
    }

    private Sides load(ProxySpec spec, Optional<KeyAndChain> created) throws UnusableFileException {
        Optional<ListenerServer> server = spec.tls().orElse(null) instanceof ListenerTls.Terminated tls
                ? Optional.of(server(tls, created, spec))
                : Optional.empty();
        if (spec.intercept().isPresent()) {
            return new Sides(
                    server,
                    Optional.empty(),
                    Optional.of(interceptor(spec, spec.intercept().get())));
        }
        Optional<TlsClient> client = spec.upstreamTls().isPresent()
                ? Optional.of(client(spec.upstreamTls().get()))
                : Optional.empty();
        return new Sides(server, client, Optional.empty());
    }

    private Interceptor interceptor(ProxySpec spec, Intercept intercept) throws UnusableFileException {
        warnIfReadable(intercept.authority().key().orElse(intercept.authority().certificate()));
        return new Interceptor(
                new LeafIssuer(authority(intercept.authority()), intercept.validity()),
                client(spec.upstreamTls().orElse(UpstreamTls.DEFAULTS)),
                new RejectingClients(System::nanoTime));
    }

    private ListenerServer server(ListenerTls.Terminated tls, Optional<KeyAndChain> created, ProxySpec spec)
            throws UnusableFileException {
        List<KeyAndChain> identities = new ArrayList<>(created.stream().toList());
        for (ListenerTls.KeyFiles files : tls.allCertificates()) {
            KeyAndChain identity = KeyReader.read(files.certificate(), files.key(), files.passwordFile());
            warnIfNotValid(identity.certificate(), files.certificate());
            identities.add(identity);
        }
        return new ListenerServer(
                identities,
                authority(),
                names(spec),
                switch (tls.clientCertificates()) {
                    case NONE -> TlsServer.ClientCertificates.NONE;
                    case WANT -> TlsServer.ClientCertificates.WANT;
                    case REQUIRE -> TlsServer.ClientCertificates.REQUIRE;
                },
                tls.clientTrust().isPresent()
                        ? KeyReader.trusted(tls.clientTrust().get())
                        : List.of());
    }

    /** The key of an authority makes impostors of all who have it. */
    private void warnIfReadable(Path key) {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(key);
            if (permissions.contains(PosixFilePermission.OTHERS_READ)) {
                log(
                        Level.WARNING,
                        "every user of this machine can read " + key + ": whoever has the key of the authority can"
                                + " impersonate any site to clients that trust it (chmod 600)");
            }
        } catch (IOException | UnsupportedOperationException e) {
            // this file system has other permissions
        }
    }

    private void warnIfNotValid(X509Certificate certificate, Path file) {
        try {
            certificate.checkValidity();
        } catch (CertificateException e) {
            log(
                    Level.WARNING,
                    "the certificate in " + file + " is valid from "
                            + certificate.getNotBefore().toInstant() + " until "
                            + certificate.getNotAfter().toInstant() + ", so clients will reject it");
        }
    }

    /** The authority of the certificate that is created at the start; empty if none is. */
    Optional<X509Certificate> ownAuthority() {
        if (!(proxy.settings().tls().orElse(null) instanceof ListenerTls.Terminated tls) || !tls.isSelfSigned()) {
            return Optional.empty();
        }
        reading.lock();
        try {
            return Optional.of(authority().own().certificate());
        } finally {
            reading.unlock();
        }
    }

    private CertificateAuthority authority() {
        CertificateAuthority present = own;
        if (present == null) {
            present = CertificateAuthority.create("chaos-proxy " + proxy.name());
            own = present;
        }
        return present;
    }

    /** Hosts and addresses that certificates are for which are created here. */
    private static List<String> names(ProxySpec spec) {
        Set<String> names = new LinkedHashSet<>(List.of("localhost", "127.0.0.1", "::1"));
        String upstream = spec.upstream().map(Address::host).orElse("");
        for (String host : List.of(spec.listen().host(), upstream)) {
            if (!host.isEmpty()) {
                names.add(host.toLowerCase(Locale.ROOT));
            }
        }
        return List.copyOf(names);
    }

    /** A certificate of this process, if it is asked for; clients are to trust its authority, of which the file is. */
    private Optional<KeyAndChain> created(ProxySpec spec) throws IOException {
        if (!(spec.tls().orElse(null) instanceof ListenerTls.Terminated tls) || !tls.isSelfSigned()) {
            return Optional.empty();
        }
        CertificateAuthority authority = authority();
        List<String> names = names(spec);
        KeyAndChain made = authority.server(names, SELF_SIGNED_VALIDITY);
        if (tls.selfSignedFile().isPresent()) {
            Path file = tls.selfSignedFile().get();
            try {
                Files.writeString(file, Pem.of(authority.own().chain()));
            } catch (IOException e) {
                throw new IOException("tls.self-signed-file: " + file + " can't be written: " + e.getMessage(), e);
            }
        }
        String file = tls.selfSignedFile()
                .map(path -> "; clients trust it by " + path)
                .orElse("");
        log(
                Level.INFO,
                "certificate created for " + String.join(", ", names) + ", SHA-256 " + made.fingerprint() + file);
        return Optional.of(made);
    }

    private TlsClient client(UpstreamTls tls) throws UnusableFileException {
        Optional<KeyAndChain> identity = Optional.empty();
        if (tls.client().isPresent()) {
            ListenerTls.KeyFiles files = tls.client().get();
            identity = Optional.of(KeyReader.read(files.certificate(), files.key(), files.passwordFile()));
        }
        if (tls.insecure()) {
            log(Level.WARNING, "any certificate of its upstream is accepted (upstream-tls.insecure)");
            return TlsClient.insecure(identity, tls.serverName());
        }
        List<X509Certificate> trust =
                tls.trust().isPresent() ? KeyReader.trusted(tls.trust().get()) : List.of();
        return TlsClient.trusting(trust, identity, tls.serverName());
    }
}
