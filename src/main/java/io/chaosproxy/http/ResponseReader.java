package io.chaosproxy.http;

import io.chaosproxy.config.Options;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.flow.MemoryBudget;
import io.chaosproxy.flow.PeerClosedException;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.relay.Connection;
import io.chaosproxy.relay.Pump;
import io.chaosproxy.relay.StreamLoop;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The way down of one HTTP connection: reads responses from the upstream, on a thread of its own. */
final class ResponseReader {
    /** Upper bound of empty lines before a response, which are dropped. */
    private static final int MAX_EMPTY_LINES = 32;

    private final Connection connection;
    private final PipelinedExchanges pending;
    private final FaultPipeline pipeline;
    private final ResponseHead head;
    private final Body body;
    private final HeadMemory memory;
    private @Nullable Exchange current; // whose first byte has been here
    private @Nullable Exchange handingOn; // whose last byte has been here, and may not have been handed on
    private int emptyLines; // before the present response
    private final boolean replaceable;
    private volatile boolean left;

    /**
     * Reads from the present upstream.
     *
     * @param replaceable whether another upstream may take its place when it has ended
     */
    ResponseReader(Connection connection, PipelinedExchanges pending, boolean replaceable) {
        this.connection = connection;
        this.pending = pending;
        this.replaceable = replaceable;
        this.pipeline = connection.pipeline(Direction.DOWN);
        Options options = connection.proxy().options();
        this.head = new ResponseHead(options.maxHead(), options.strict());
        this.body = new Body(options.maxHead(), options.strict());
        this.memory = new HeadMemory(connection, MemoryBudget.Use.RESPONSES, options.maxHead());
    }

    /** The upstream is about to be left, and nothing is under way: the end of its stream is not that of the connection. */
    void leave() {
        left = true;
    }

    /** Relays responses until the upstream ends or the connection leaves HTTP. */
    void run() {
        try (Chunk chunk = Chunk.ofLater()) {
            try {
                relay(chunk);
            } catch (BadMessage e) {
                misunderstood(e);
                if (replaceable) {
                    pending.lastOne(); // the connection ends with this upstream
                }
                Pump.discard(connection, Direction.DOWN, chunk);
            } catch (PeerClosedException gone) {
                if (!connection.teardown().isLingering()) {
                    connection.teardown().end(Direction.DOWN, gone); // a client that takes no more wants no answer
                }
            } catch (IOException e) {
                if (!endsUpstreamOnly()) {
                    Pump.end(connection, Direction.DOWN, chunk, e);
                }
            }
        } finally {
            memory.giveBack();
            if (endsUpstreamOnly()) {
                connection.upstream().leave(); // its end gets an answer now, not with the next request
            } else {
                pending.lastOne(); // or a request that waits for its turn would keep the client's bytes from being read
                connection.teardown().done(Direction.DOWN);
            }
        }
    }

    /** Whether the connection goes on without this upstream. */
    private boolean endsUpstreamOnly() {
        return left || (replaceable && (pending.isUpstreamGone() || pending.endsUpstreamOnly()));
    }

    private void relay(Chunk chunk) throws IOException {
        WriteCoalescer stretch = new WriteCoalescer(chunk, pipeline);
        BodyRelay bodies = new BodyRelay(body, stretch, pipeline);
        StreamLoop.Outlet outlet = bodies.outlet(() -> handOnBody(chunk, stretch, bodies));
        try (StreamLoop stream = new StreamLoop(connection, Direction.DOWN, chunk, pipeline::isPlain, outlet)) {
            relay(chunk, stretch, bodies, stream);
        }
    }

    private void relay(Chunk chunk, WriteCoalescer stretch, BodyRelay bodies, StreamLoop stream) throws IOException {
        while (readHead(chunk)) {
            Exchange exchange = pending.first();
            if (exchange == null) {
                throw new BadMessage(502, "upstream answers without having been asked");
            }
            body.begin(head, exchange.method());
            if (body.framing() == Framing.TUNNEL && !exchange.mayTunnel()) {
                throw new BadMessage(502, "upstream changes the protocol without having been asked");
            }
            if (!(isInterim() ? exchange.claimForInterim() : exchange.claimForUpstream())) {
                return; // the proxy answers this itself and closes
            }
            begin(exchange);
            if (isInterim()) {
                relayInterim(exchange, stretch);
            } else {
                relayFinalHead(exchange, stretch);
                if (exchange.verdict() == Exchange.Verdict.TUNNEL) {
                    stretch.push();
                    memory.giveBack();
                    Pump.run(connection, Direction.DOWN, chunk);
                    return;
                }
                connection.activity().endsWithConnection(body.endsWithConnection());
                relayBody(exchange, chunk, stretch, bodies, stream);
                connection.activity().endsWithConnection(false); // what is still held tells that it is incomplete
                if (!exchange.isLast()
                        && chunk.bytes().hasRemaining()
                        && pending.expectsMore()
                        && !pipeline.holdsNothing()) {
                    pending.answered();
                    handingOn = exchange;
                    continue; // its bytes may be on a delay line, and the next response needn't wait for that
                }
                pipeline.flush();
                if (body.endsWithConnection()) {
                    pending.lastOne(); // or an answer of the proxy itself would become a part of this body
                }
                done(exchange);
                if (pending.isDrained()) {
                    connection.teardown().closeInOrder(EndCause.PROXY_STOPPED);
                    return;
                }
                if (exchange.isLast()) {
                    pending.close();
                    break; // as at the end of the upstream's stream
                }
            }
        }
        handOnRest();
        if (endsUpstreamOnly()) {
            return;
        }
        Exchange next = pending.first();
        if (next != null && !next.isAnsweredByProxy() && !pending.isClosing()) {
            brokeOff(next, "no response");
        }
        if (next == null || !next.isAnsweredByProxy()) {
            pipeline.end();
            if (pipeline.hasEnded()) {
                pending.over();
            } else {
                pending.lastOne(); // the client doesn't know yet
            }
        }
    }

    /** Reads until a whole head is there; false at the end of the stream before a first byte. */
    private boolean readHead(Chunk chunk) throws IOException {
        head.reset();
        emptyLines = 0;
        while (!beginsHead(chunk.bytes()) || head.scan(chunk.bytes()) < 0) {
            if (!memory.widen(head, chunk) && readOfHead(chunk) < 0) {
                if (beginsHead(chunk.bytes())) {
                    throw new BadMessage(502, "upstream ended within the head of its response");
                }
                return false;
            }
        }
        return true;
    }

    /**
     * Reads once. On TLS 1.3 an upstream that rejects our certificate says so only behind the handshake (RFC 8446 §4.4.2.4), in
     * place of its first response.
     */
    private int readOfHead(Chunk chunk) throws IOException {
        try {
            return read(chunk);
        } catch (SSLException e) {
            throw new BadMessage(502, "upstream ended TLS: " + e.getMessage());
        }
    }

    /**
     * Drops empty lines, which a recipient should ignore before a message (RFC 9112 §2.2); some servers send one behind a
     * body. They go no further, since many clients take them for a malformed response.
     *
     * @return whether something else has come
     */
    private boolean beginsHead(ByteBuffer bytes) throws BadMessage {
        if (head.isBegun()) {
            return true;
        }
        while (bytes.hasRemaining()) {
            int at = bytes.position();
            boolean cr = bytes.get(at) == '\r';
            if (cr && bytes.remaining() == 1) {
                return false; // until it is seen whether LF follows
            }
            if (bytes.get(cr ? at + 1 : at) != '\n') {
                return true;
            }
            if (++emptyLines > MAX_EMPTY_LINES) {
                throw new BadMessage(502, "more than " + MAX_EMPTY_LINES + " empty lines instead of a response");
            }
            bytes.position(at + (cr ? 2 : 1));
        }
        return false;
    }

    /**
     * Reads once. A reset behind the answer to a request with a body says that the upstream didn't want all of the body;
     * the client is to have the answer, which a reset could overtake (RFC 9112 §9.6).
     */
    private int read(Chunk chunk) throws IOException {
        if (!chunk.bytes().hasRemaining()) {
            memory.giveBack();
        }
        try {
            return connection.reader().read(Direction.DOWN, chunk);
        } catch (SocketException e) {
            Exchange last = current;
            if (last != null && last.hasBody() && !chunk.bytes().hasRemaining() && pending.first() == null) {
                return -1;
            }
            throw e;
        }
    }

    /** Whether the head is that of an informational response, which another one follows (RFC 9110 §15.2). */
    private boolean isInterim() {
        return head.status() / 100 == 1 && head.status() != 101;
    }

    /** Turns the way down to the exchange when its first byte is here. */
    private void begin(Exchange exchange) throws IOException {
        if (!isInterim()) {
            exchange.target().contentLength(body.complete() ? 0 : body.announced());
        }
        if (current != exchange) {
            current = exchange;
            Exchange before = handingOn;
            handingOn = null;
            pipeline.beginBehind(exchange.target(), () -> {
                if (before != null) {
                    done(before);
                }
                exchange.answering();
            });
        }
    }

    /** The client has the whole response. */
    private void done(Exchange exchange) {
        exchange.over();
        pending.firstDone();
    }

    private void handOnRest() throws IOException {
        Exchange last = handingOn;
        if (last != null) {
            pipeline.flush();
            handingOn = null;
            done(last);
        }
    }

    private void relayInterim(Exchange exchange, WriteCoalescer stretch) throws IOException {
        relayHead(exchange, stretch);
        stretch.push();
        exchange.interimDone();
        connection.changed();
    }

    private void relayFinalHead(Exchange exchange, WriteCoalescer stretch) throws IOException {
        if (body.complete()) {
            endIfComplete();
            pipeline.endPayload(); // there is none: what was to happen to it happens before the head
        }
        boolean tunnel = body.framing() == Framing.TUNNEL;
        exchange.verdict(tunnel ? Exchange.Verdict.TUNNEL : Exchange.Verdict.MESSAGE);
        relayHead(exchange, stretch);
        if (exchange.mayTunnel()) {
            connection.changed();
        }
    }

    private void relayHead(Exchange exchange, WriteCoalescer stretch) throws IOException {
        if (!isInterim()) {
            takeMemoryForEdits(exchange);
        }
        byte @Nullable [] changed = isInterim() ? unruled() : ruled(exchange);
        if (changed == null) {
            stretch.framing(head.length());
        } else {
            stretch.replace(head.length(), changed);
        }
        exchange.head(head.status(), isInterim(), changed == null ? head.length() : changed.length);
        head.slim();
    }

    /** Memory for what rules add, held until that has been handed on; a large head has memory to spare. */
    private void takeMemoryForEdits(Exchange exchange) throws IOException {
        long edits = connection.proxy().active().from(exchange.target().plan()).editLength(Direction.DOWN);
        if (edits > 0 && !memory.isTaken()) {
            memory.takeAtLeast(HeadMemory.of(edits));
        }
    }

    private byte @Nullable [] ruled(Exchange exchange) {
        HeaderFaults.Forwarded forwarded = HeaderFaults.apply(
                head, Direction.DOWN, lastWords(exchange), List.of(), true, connection, exchange.target());
        if (!head.keepAlive() || !forwarded.keepAlive()) {
            exchange.isToBeLast();
        }
        return forwarded.changed();
    }

    /** Rules for fields are meant for the response, of which an exchange has one; informational heads go as they came. */
    private byte @Nullable [] unruled() {
        return head.mustBeRewritten() ? head.rewritten(Map.of(), List.of()) : null;
    }

    /** The field that says of the last response before a shutdown that the connection closes (RFC 9112 §9.6). */
    private Map<String, String> lastWords(Exchange exchange) {
        boolean endsItself = !head.keepAlive() || exchange.verdict() == Exchange.Verdict.TUNNEL;
        return isInterim() || endsItself || !pending.isLastOfDrain()
                ? Map.of()
                : Map.of("Connection", head.closingConnection());
    }

    private void relayBody(Exchange exchange, Chunk chunk, WriteCoalescer stretch, BodyRelay bodies, StreamLoop stream)
            throws IOException {
        bodies.begin(body.complete());
        while (handOnBody(chunk, stretch, bodies)) {
            memory.giveBack();
            if (stream.read() < 0) {
                endOfStream(exchange);
                return;
            }
        }
    }

    /** Hands on what the chunk has of the body; whether more is to be read. */
    private boolean handOnBody(Chunk chunk, WriteCoalescer stretch, BodyRelay bodies) throws IOException {
        Body.Run run;
        do {
            run = next(chunk, stretch);
            endIfComplete();
            bodies.handOn(run);
        } while (run != Body.Run.MORE && run != Body.Run.COMPLETE);
        return run == Body.Run.MORE;
    }

    /** The next run of the body; before an error the client gets all that was good. */
    private Body.Run next(Chunk chunk, WriteCoalescer stretch) throws IOException {
        try {
            return body.next(chunk.bytes());
        } catch (BadMessage e) {
            stretch.push();
            pipeline.flush();
            throw e;
        }
    }

    /** Before the last piece goes, so that no rule that comes once the client has all takes this exchange for running. */
    private void endIfComplete() throws IOException {
        if (body.complete()) {
            pipeline.closing();
        }
    }

    /** The upstream ended; a client that was promised more is to see just that. */
    private void endOfStream(Exchange exchange) throws IOException {
        try {
            body.endOfStream();
        } catch (BadMessage e) {
            brokeOff(exchange, String.valueOf(e.getMessage()));
            pending.lastOne(); // the client sees that by the end of its connection
            return;
        }
        pipeline.endPayload();
    }

    /** The upstream ended before its response was complete, which isn't its fault if nobody waits for that any more. */
    private void brokeOff(Exchange exchange, String how) {
        EndCause first = pending.endedFirst();
        boolean known = !connection.teardown().isOpen() || connection.teardown().isLingering(); // a rule, or the proxy
        exchange.brokeOff();
        connection.teardown().because(first);
        if (first == EndCause.UPSTREAM_GONE && !known) {
            connection.warn("upstream broke off: " + how);
        }
    }

    /** Ends the connection, since where the next message begins is unknown; with a 502 if the client has seen no part of this one. */
    private void misunderstood(BadMessage e) {
        Exchange exchange = pending.first();
        if (exchange != null && exchange.isAnsweredByProxy()) {
            return; // which closes as well
        }
        connection.warn(e.getMessage());
        try {
            handOnRest();
            if (exchange != null && exchange.claimForProxy()) {
                LocalResponder.send(exchange, LocalResponder.error(connection, e, exchange.method()));
            }
            connection.teardown().closeInOrder(EndCause.PROTOCOL_ERROR);
        } catch (IOException unsent) {
            connection.teardown().end(Direction.DOWN, unsent);
        }
    }
}
