package io.chaosproxy.http;

import io.chaosproxy.observe.EndCause;
import io.chaosproxy.relay.Connection;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The exchanges of one connection whose responses aren't complete, in the order of their requests (RFC 9112 §9.3.2), and
 * what its two sides know of each other. The request's side adds, the response's side removes.
 */
final class PipelinedExchanges {
    /** Requests that may be pipelined before the client has to wait for an answer. */
    static final int MAX_PIPELINED = 128;

    private final Connection connection;
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Exchange> exchanges = new ArrayDeque<>(4);
    private int answered; // responses at the head of the queue that have been read, and not handed on yet
    private volatile @Nullable Exchange sending; // its request is on its way up
    private volatile boolean over;
    private volatile boolean ended;
    private volatile boolean closing;
    private volatile boolean upstreamGone;
    private volatile boolean clientLeft;

    PipelinedExchanges(Connection connection) {
        this.connection = connection;
    }

    /** Adds an exchange as soon as there is room; false if no answer to it can come. */
    boolean add(Exchange exchange) {
        if (!await(() -> size() < MAX_PIPELINED)) {
            return false;
        }
        lock.lock();
        try {
            if (over || upstreamGone) {
                return false;
            }
            exchanges.add(exchange);
            connection.activity().answering(true);
            connection.activity().receiving(false);
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
            return answered == 0
                    ? exchanges.peek()
                    : exchanges.stream().skip(answered).findFirst().orElse(null);
        } finally {
            lock.unlock();
        }
    }

    /** The response of {@link #first} has been read whole; {@link #firstDone} follows once the client has it. */
    void answered() {
        lock.lock();
        try {
            answered++;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a further response is expected behind that of {@link #first}. */
    boolean expectsMore() {
        lock.lock();
        try {
            return exchanges.size() - answered > 1;
        } finally {
            lock.unlock();
        }
    }

    /** The oldest response has been handed on whole. */
    void firstDone() {
        lock.lock();
        try {
            exchanges.remove();
            answered = Math.max(0, answered - 1);
            connection.activity().answering(!exchanges.isEmpty());
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

    /** Waits until every response has been handed on and another answer may follow; false if none may. */
    boolean awaitNone() {
        return await(() -> size() == 0) && !over;
    }

    /** Waits until something is so; false if the connection or the responses ended before. */
    boolean await(BooleanSupplier so) {
        return so.getAsBoolean() || (connection.await(() -> so.getAsBoolean() || over) && so.getAsBoolean());
    }

    /** The request of this exchange is on its way up; the upstream may want it whatever it has answered. */
    void sending(Exchange exchange) {
        sending = exchange;
    }

    /** The request has been handed on. */
    void sent() {
        sending = null;
        lingerIfPointless();
    }

    /** Whether a shutdown ends the connection behind the response of the first exchange, of which the client is to be told. */
    boolean isLastOfDrain() {
        return isDrainedTo(1);
    }

    /** Whether a shutdown ends the connection now. */
    boolean isDrained() {
        return isDrainedTo(0);
    }

    /** If no more exchanges than these are under way, and no further request has begun to arrive, none is added any more. */
    private boolean isDrainedTo(int most) {
        if (!connection.proxy().isEnding()) {
            return false;
        }
        lock.lock();
        try {
            int left = exchanges.size() - (most == 0 ? 0 : answered);
            if (left <= most && !connection.activity().isReceiving()) {
                over = true;
            }
            return over && exchanges.size() <= most; // the request's side mustn't close while a response is under way
        } finally {
            lock.unlock();
        }
    }

    /** The upstream has ended: whether another one can take its place, since nothing was under way. */
    boolean endsUpstreamOnly() {
        lock.lock();
        try {
            Exchange request =
                    sending; // the upstream may have answered before the sender knows that the last piece has gone
            upstreamGone = exchanges.isEmpty() && (request == null || request.isRequestRead()) && !over;
            return upstreamGone;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the upstream has ended, and another one has to be dialled for the next request. */
    boolean isUpstreamGone() {
        return upstreamGone;
    }

    /** The client sends nothing more: it waits for the answers that are under way, or nobody does. */
    void clientLeft() {
        clientLeft = true;
    }

    /** Which end of the connection ended first. */
    EndCause endedFirst() {
        return clientLeft ? EndCause.CLIENT_GONE : EndCause.UPSTREAM_GONE;
    }

    /** The upstream has been left, whether or not it had ended. */
    void upstreamLeft() {
        upstreamGone = false;
    }

    /** No further response can come behind the present one. */
    void lastOne() {
        over = true;
        connection.changed();
    }

    /** The responses have ended. */
    void over() {
        lastOne();
        ended = true;
        lingerIfPointless();
    }

    private void lingerIfPointless() {
        if (ended && sending == null) {
            connection.teardown().linger();
        }
    }

    /** The response that was handed on last ends the connection. */
    void close() {
        closing = true;
        lastOne();
    }

    /** Whether the connection ends and takes no further request. */
    boolean isClosing() {
        return closing;
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
