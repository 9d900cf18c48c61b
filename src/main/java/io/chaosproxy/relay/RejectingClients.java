package io.chaosproxy.relay;

import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * Clients that have rejected the certificate that was made for a name: for a time their connections to that name are not intercepted. It
 * also knows which clients have accepted one. Bounded: the entry that was not used for longest is forgotten. Thread-safe.
 */
final class RejectingClients {
    /** Then a client that may have been told to trust the authority is asked again. */
    static final Duration REMEMBERED = Duration.ofHours(1);

    /** Upper bound for the entries, of about 200 bytes each. */
    private static final int CAPACITY = 10_000;

    private final int capacity;
    private final LongSupplier nanoTime;
    private final ReentrantLock lock = new ReentrantLock();
    private final LinkedHashMap<Key, Answer> answers = new LinkedHashMap<>(16, 0.75f, true); // guarded by lock

    private record Key(InetAddress client, String name) {}

    /** Verdict of a client about a certificate, and its time in {@code nanoTime}. */
    private record Answer(boolean accepted, long since) {}

    RejectingClients(LongSupplier nanoTime) {
        this(CAPACITY, nanoTime);
    }

    RejectingClients(int capacity, LongSupplier nanoTime) {
        this.capacity = capacity;
        this.nanoTime = nanoTime;
    }

    /** Whether it has rejected a certificate of this name lately. */
    boolean isRejecting(InetAddress client, String name) {
        lock.lock();
        try {
            Key key = new Key(client, name);
            Answer last = answers.get(key);
            if (last == null || last.accepted()) {
                return false;
            }
            if (nanoTime.getAsLong() - last.since() >= REMEMBERED.toNanos()) {
                answers.remove(key);
                return false;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** It has said that it rejects the certificate. */
    void rejected(InetAddress client, String name) {
        put(new Key(client, name), false);
    }

    /**
     * It has ended the connection before its first byte, which clients do that compare certificates on their own. One that has accepted
     * a certificate before, such as a browser that connects in advance, is not taken for such a client.
     *
     * @return whether it counts as a rejection
     */
    boolean leftSilently(InetAddress client, String name) {
        lock.lock();
        try {
            Key key = new Key(client, name);
            Answer last = answers.get(key);
            boolean rejects = last == null || !last.accepted();
            if (rejects) {
                put(key, false);
            }
            return rejects;
        } finally {
            lock.unlock();
        }
    }

    /** It has sent a byte behind the handshake. */
    void accepted(InetAddress client, String name) {
        put(new Key(client, name), true);
    }

    private void put(Key key, boolean accepted) {
        lock.lock();
        try {
            answers.put(key, new Answer(accepted, nanoTime.getAsLong()));
            if (answers.size() > capacity) {
                answers.pollFirstEntry();
            }
        } finally {
            lock.unlock();
        }
    }
}
