package io.chaosproxy.http;

import io.chaosproxy.relay.Connection;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The exchanges of one connection whose responses aren't complete, in the order of their requests (RFC 9112 §9.3.2). The
 * request's side adds, the response's side removes.
 */
final class Pending {
    /** Requests that may be pipelined before the client has to wait for an answer. */
    private static final int MOST = 128;

    private final Connection connection;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Exchange> exchanges = new ArrayDeque<>(4);

    Pending(Connection connection) {
        this.connection = connection;
    }

    /** Adds an exchange as soon as there is room; false if the connection ended before. */
    boolean add(Exchange exchange) {
        if (size() >= MOST && !connection.await(() -> size() < MOST)) {
            return false;
        }
        lock.lock();
        try {
            exchanges.add(exchange);
            connection.busy(true);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The exchange whose response comes next; null if none is expected. */
    @Nullable
    Exchange first() {
        lock.lock();
        try {
            return exchanges.peek();
        } finally {
            lock.unlock();
        }
    }

    /** The response of the first exchange has been handed on whole. */
    void firstDone() {
        lock.lock();
        try {
            exchanges.remove();
            connection.busy(!exchanges.isEmpty());
        } finally {
            lock.unlock();
        }
        connection.changed();
    }

    /** The connection has ended: no exchange gets any further. */
    void allOver() {
        lock.lock();
        try {
            exchanges.forEach(Exchange::over);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until every response has been handed on; false if the connection ended before. */
    boolean awaitNone() {
        return connection.await(() -> size() == 0);
    }

    int size() {
        lock.lock();
        try {
            return exchanges.size();
        } finally {
            lock.unlock();
        }
    }
}
