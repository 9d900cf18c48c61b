package io.chaosproxy.tls;

import io.chaosproxy.fault.TlsFault;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Servers with certificates that are signed on demand, one for each name, and kept in a bounded cache. Each has a context of its own
 * for the reason that {@link TlsServer} gives. Thread-safe; a certificate is made by the first thread that needs it, while others that
 * need the same one wait.
 */
public final class LeafIssuer {
    /** Upper bound for the certificates that are kept; one takes about 6 KiB, its sessions aside. */
    public static final int DEFAULT_CAPACITY = 1_000;

    /** Sessions of clients that resume without a ticket; the JDK keeps 20,480 for each context otherwise. */
    private static final int SESSIONS = 256;

    /** A certificate is replaced when less than this fraction of its validity is left. */
    private static final int RENEWAL = 3;

    private final CertificateAuthority authority;
    private final Duration validity;
    private final int capacity;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final LinkedHashMap<Key, Leaf> leaves = new LinkedHashMap<>(16, 0.75f, true); // guarded by lock

    /**
     * Without certificates.
     *
     * @param authority signs them
     * @param validity of each, from when it is made, at most {@link CertificateAuthority#MAX_VALIDITY}
     */
    public LeafIssuer(CertificateAuthority authority, Duration validity) {
        this(authority, validity, DEFAULT_CAPACITY, InstantSource.system());
    }

    LeafIssuer(CertificateAuthority authority, Duration validity, int capacity, InstantSource clock) {
        this.authority = authority;
        this.validity = validity;
        this.capacity = capacity;
        this.clock = clock;
    }

    private record Key(String name, Optional<TlsFault.Defect> defect) {}

    /** A server for one name, made when it is first needed. */
    private static final class Leaf {
        private final ReentrantLock making = new ReentrantLock();
        private @Nullable SSLContext context; // guarded by making, as the next one
        private Instant renewal = Instant.MIN;
    }

    /**
     * An engine for one connection.
     *
     * @param name as {@link CertifiedName} has it
     * @param protocols for the layer above (ALPN), the preferred one first; none if empty
     * @param defect of the certificate; empty for a good one
     */
    public SSLEngine engine(String name, List<String> protocols, Optional<TlsFault.Defect> defect) {
        SSLEngine engine = context(name, defect).createSSLEngine();
        engine.setUseClientMode(false);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setApplicationProtocols(protocols.toArray(String[]::new));
        parameters.setUseCipherSuitesOrder(true);
        engine.setSSLParameters(parameters);
        return engine;
    }

    /** The only one for this name and defect, as long as it is kept. */
    SSLContext context(String name, Optional<TlsFault.Defect> defect) {
        Leaf leaf = leaf(new Key(name, defect));
        leaf.making.lock();
        try {
            SSLContext present = leaf.context;
            Instant now = clock.instant();
            if (present != null && now.isBefore(leaf.renewal)) {
                return present;
            }
            KeyAndChain made = defect.map(known -> DefectiveCertificate.of(known, authority, List.of(name)))
                    .orElseGet(() -> authority.server(List.of(name), validity));
            SSLContext context = Contexts.server(made);
            context.getServerSessionContext().setSessionCacheSize(SESSIONS);
            leaf.context = context;
            leaf.renewal = renewal(made, now);
            return context;
        } finally {
            leaf.making.unlock();
        }
    }

    /** A defective one, such as an expired one, is of use for as long as a good one. */
    private Instant renewal(KeyAndChain made, Instant now) {
        Instant end = made.certificate().getNotAfter().toInstant();
        Duration left = end.isAfter(now) ? Duration.between(now, end) : validity;
        return now.plus(left.multipliedBy(RENEWAL - 1).dividedBy(RENEWAL));
    }

    private Leaf leaf(Key key) {
        lock.lock();
        try {
            Leaf leaf = leaves.computeIfAbsent(key, wanted -> new Leaf());
            if (leaves.size() > capacity) {
                leaves.pollFirstEntry();
            }
            return leaf;
        } finally {
            lock.unlock();
        }
    }
}
