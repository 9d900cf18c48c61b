package io.chaosproxy.http;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.MemoryBudget;
import io.chaosproxy.inject.Request;
import io.chaosproxy.inject.Target;
import io.chaosproxy.inject.Trace;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.observe.Event;
import io.chaosproxy.observe.EventBus;
import io.chaosproxy.observe.ExchangeId;
import io.chaosproxy.observe.ExchangeInfo;
import io.chaosproxy.relay.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

/**
 * One request and its response. The request's side makes it, the response's side completes it; what both look at is
 * volatile, and threads that wait for a change are woken through the connection.
 */
final class Exchange {
    /** Use of the connection behind the response. */
    enum Verdict {
        /** No final response yet. */
        OPEN,
        /** The response is an ordinary one: the next message follows. */
        MESSAGE,
        /** Both ends left HTTP: 101, or CONNECT was accepted. */
        TUNNEL
    }

    /** Sender of the response to the client. */
    private enum Voice {
        NONE,
        /** The upstream, but not for good: an informational response. */
        INTERIM,
        UPSTREAM,
        PROXY
    }

    // there is one for each request, so what changes atomically is no object of its own
    private static final AtomicReferenceFieldUpdater<Exchange, Voice> VOICE =
            AtomicReferenceFieldUpdater.newUpdater(Exchange.class, Voice.class, "voice");
    private static final AtomicIntegerFieldUpdater<Exchange> OVER =
            AtomicIntegerFieldUpdater.newUpdater(Exchange.class, "over");
    private static final AtomicLongFieldUpdater<Exchange> MEMORY =
            AtomicLongFieldUpdater.newUpdater(Exchange.class, "memory");

    private final Connection connection;
    private final Target target;
    private final String method;
    private final boolean mayTunnel;
    private final boolean hasBody;
    private volatile Voice voice = Voice.NONE;
    private volatile int over; // 1 once it is
    private final Instant began = Instant.now();
    private final long begin;
    private volatile Verdict verdict = Verdict.OPEN;
    private volatile int status;
    private volatile long bytesBefore; // that the client had before this response
    private volatile long heads; // bytes of this response that aren't body
    private volatile boolean answering;
    private volatile boolean last;
    private volatile boolean brokenOff;
    private volatile boolean requestRead;
    private volatile long memory; // of the budget for requests

    Exchange(Connection connection, Target target, RequestHead head, boolean mayTunnel) {
        this.connection = connection;
        this.target = target;
        this.begin = now();
        this.method = head.method();
        this.mayTunnel = mayTunnel;
        this.hasBody = head.has("Content-Length") || head.has("Transfer-Encoding");
        this.last = !head.keepAlive();
    }

    /**
     * One of its messages says, as it came or as it is forwarded, that the connection ends with this exchange: who sent it or
     * got it expects nothing else any more (RFC 9112 §9.6).
     */
    void isToBeLast() {
        last = true;
    }

    /** Whether the connection ends behind its response, unless that makes it a tunnel. */
    boolean isLast() {
        return last;
    }

    /** All of the request has come from the client; its last piece is about to go. */
    void requestRead() {
        requestRead = true;
    }

    boolean isRequestRead() {
        return requestRead;
    }

    Connection connection() {
        return connection;
    }

    Target target() {
        return target;
    }

    String method() {
        return method;
    }

    /** Whether the response may turn the connection into a tunnel, so that what follows the request has to wait. */
    boolean mayTunnel() {
        return mayTunnel;
    }

    /** Whether the request announced a body, of which the upstream may leave a part unread. */
    boolean hasBody() {
        return hasBody;
    }

    /** Takes the right to answer for the proxy, which excludes the upstream's response from now on. */
    boolean claimForProxy() {
        return VOICE.compareAndSet(this, Voice.NONE, Voice.PROXY);
    }

    /** Takes the right to answer for the upstream's response, whose head has come. */
    boolean claimForUpstream() {
        boolean claimed = VOICE.compareAndSet(this, Voice.NONE, Voice.UPSTREAM);
        if (claimed) {
            connection.proxy().traffic().upstreamFirstByte().record(now() - begin);
        }
        return claimed;
    }

    /** Takes the right to hand on an informational response; {@link #interimDone} gives it back. */
    boolean claimForInterim() {
        return VOICE.compareAndSet(this, Voice.NONE, Voice.INTERIM);
    }

    void interimDone() {
        voice = Voice.NONE;
    }

    boolean isAnsweredByProxy() {
        return voice == Voice.PROXY;
    }

    /** Whether an informational response is being handed on at this moment. */
    boolean isInterim() {
        return voice == Voice.INTERIM;
    }

    Verdict verdict() {
        return verdict;
    }

    void verdict(Verdict decided) {
        verdict = decided;
    }

    /** Holds memory of the budget for its request, until it is over. */
    void holds(long bytes) {
        MEMORY.addAndGet(this, bytes);
    }

    /** Gives back what its request needs no more; this much stays. */
    void needsOnly(long bytes) {
        if (memory <= bytes) {
            return; // as nearly always: a usual request needs no more than its connection has
        }
        long before = MEMORY.getAndUpdate(this, held -> Math.min(held, bytes));
        MemoryBudget.PROCESS.giveBack(MemoryBudget.Use.REQUESTS, before - Math.min(before, bytes));
    }

    /** The responses before this one have been handed on, its own bytes follow. */
    void answering() {
        bytesBefore = connection.counters().bytes(Direction.DOWN);
        answering = true;
        connection.counters().awaitResponse(begin);
    }

    /** A head of this length is on its way to the client; the last one has the final status. */
    void head(int code, boolean interim, int length) {
        long before = heads; // one thread answers
        heads = before + length;
        if (!interim) {
            status = code;
            connection.proxy().traffic().answered(code);
        }
    }

    /** The upstream ended before its response was complete. */
    void brokeOff() {
        brokenOff = true;
    }

    /** It is over, whatever has become of it; only the first call counts. */
    void over() {
        if (over == 0 && OVER.compareAndSet(this, 0, 1)) {
            needsOnly(0);
            if (status == 0) {
                connection.proxy().traffic().answered(0);
            }
            Trace record = target.trace();
            if (record != null && !isHeldFromClient(record)) {
                record.over(status, end());
            }
            if (events().wantsExchanges()) {
                events().publish(new Event.Ended(info()));
            }
        }
    }

    /** Whether the proxy is done with it, and a rule holds or has swallowed what the client was to get. */
    private boolean isHeldFromClient(Trace record) {
        return connection.teardown().isOpen() && isKeptFromClient(record);
    }

    private boolean isKeptFromClient(Trace record) {
        boolean swallowed = answering && connection.counters().bytes(Direction.DOWN) == bytesBefore;
        return swallowed || record.isHeldFromClient();
    }

    /** The connection has ended, and with it an exchange that a rule has kept from the client until now. */
    void connectionOver() {
        over();
        Trace record = target.trace();
        if (record != null) {
            record.over(status, isKeptFromClient(record) && !isAnsweredByProxy() ? endOfKept() : end());
        }
    }

    /** An end in order is the client's if a rule has still kept the response from it. */
    private String endOfKept() {
        EndCause cause = connection.teardown().cause();
        return (cause == EndCause.COMPLETED ? EndCause.CLIENT_GONE : cause).toString();
    }

    /** Why it ended: for what the connection ends if there was no whole response, or that was not open any more. */
    private String end() {
        if (isAnsweredByProxy()) {
            return "answered-by-proxy";
        }
        return !brokenOff
                        && connection.teardown().isOpen()
                        && !connection.teardown().isLingering()
                ? EndCause.COMPLETED.toString()
                : connection.teardown().cause().toString();
    }

    /** Publishes that it has begun, for listeners that want to know. */
    void begun() {
        if (events().wantsExchanges()) {
            events().publish(new Event.Begun(id()));
        }
    }

    private EventBus events() {
        return connection.proxy().common().events();
    }

    private ExchangeId id() {
        return new ExchangeId(connection.proxy().name(), target.connection(), target.exchange(), began);
    }

    private ExchangeInfo info() {
        return new ExchangeInfo(
                id(),
                target.client(),
                target.spoken(),
                target.request() instanceof RequestSnapshot request ? request.line() : "",
                field("Referer"),
                field("User-Agent"),
                status,
                bytesSoFar(),
                firstByteSoFar(),
                Duration.ofNanos(now() - begin),
                target.hits());
    }

    private String field(String name) {
        Request request = target.request();
        String value = request == null ? null : request.header(name);
        return value == null ? "" : value;
    }

    /** The status that was handed on; 0 while there is none. */
    int status() {
        return status;
    }

    private long bytesSoFar() {
        return answering ? Math.max(0, connection.counters().bytes(Direction.DOWN) - bytesBefore - heads) : 0;
    }

    private Optional<Duration> firstByteSoFar() {
        OptionalLong at = answering ? connection.counters().responseAt() : OptionalLong.empty();
        return at.isPresent() ? Optional.of(Duration.ofNanos(at.getAsLong() - begin)) : Optional.empty();
    }

    private long now() {
        return connection.proxy().common().time().nanoTime();
    }
}
