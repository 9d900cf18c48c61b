package io.chaosproxy.http;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.Options;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.ExchangeFault;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.flow.MemoryBudget;
import io.chaosproxy.flow.PeerClosedException;
import io.chaosproxy.inject.ActivePlan;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.inject.ReservedResponse;
import io.chaosproxy.inject.Target;
import io.chaosproxy.inject.Trace;
import io.chaosproxy.net.UpstreamUnreachableException;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.relay.Connection;
import io.chaosproxy.relay.Pump;
import io.chaosproxy.relay.StreamLoop;
import io.chaosproxy.stream.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The way up of one HTTP connection: reads requests from the client, on the connection's own thread.
 *
 * <p>The upstream is dialled when the first request has to go there. From then on responses come down on a thread of
 * their own, so an early answer, a long poll, a WebSocket and a client that leaves are nothing special.
 */
final class RequestReader {
    /** How much of a request line is kept that can't be read. */
    private static final int MAX_UNREAD_LINE = 1024;

    /** Heap of an exchange besides its head, about. */
    private static final long EACH = 1024;

    private final Connection connection;
    private final PipelinedExchanges pending;
    private final FaultPipeline pipeline;
    private final RequestHead head;
    private final Body body;
    private final ForwardedRequest forwarded;
    private final Chunk chunk;
    private final WriteCoalescer stretch;
    private final BodyRelay bodies;
    private final StreamLoop stream;
    private final HeadMemory memory;
    private long needed; // by the current exchange
    private long exchanges;
    private @Nullable Exchange current;
    private @Nullable RequestSnapshot last; // the one that the next request may repeat
    private final ResponseSide responses;
    private final boolean forwards;
    private boolean tunnels;

    /**
     * The requests of a connection.
     *
     * @param forwards whether each request names its target, as on a forward proxy
     */
    RequestReader(Connection connection, Chunk chunk, AtomicBoolean strippedH2c, boolean forwards) {
        this.connection = connection;
        this.pending = new PipelinedExchanges(connection);
        this.pipeline = connection.pipeline(Direction.UP);
        Options options = connection.proxy().options();
        this.head = new RequestHead(options.maxHead(), options.strict(), forwards);
        this.body = new Body(options.maxHead(), options.strict());
        this.forwarded = new ForwardedRequest(connection, head, strippedH2c, forwards);
        this.responses = new ResponseSide(connection, pending, forwards);
        this.forwards = forwards;
        this.chunk = chunk;
        this.stretch = new WriteCoalescer(chunk, pipeline);
        this.bodies = new BodyRelay(body, stretch, pipeline);
        this.stream = new StreamLoop(
                connection,
                Direction.UP,
                chunk,
                pipeline::isPlain,
                bodies.outlet(() -> current != null && handOnBody(current)));
        this.memory = new HeadMemory(connection, MemoryBudget.Use.REQUESTS, options.maxHead());
    }

    /** Relays requests until the client ends, the connection leaves HTTP, or requests are no longer taken. */
    void run() throws IOException {
        try {
            while (readHead()) {
                if (pending.isClosing() || (current != null && current.isLast())) {
                    discard(); // the client has said, or been told, that no request follows
                    return;
                }
                if (forwards && ProxyRequest.isConnect(head)) {
                    tunnels = awaitsTurn() && tunnel();
                    return;
                }
                takeMemory();
                if (!serve(begin(snapshot()))) {
                    return;
                }
                if (pending.isDrained()) {
                    closeInOrder(EndCause.PROXY_STOPPED);
                    return;
                }
            }
            clientLeft();
        } catch (BadMessage e) {
            refuse(e);
        } catch (PeerClosedException gone) {
            discard(); // the answer may still be on its way down
        } finally {
            stream.close();
        }
    }

    /** Waits for the end of the responses, if any were to come. */
    void awaitResponses() throws IOException {
        responses.await();
    }

    /** Whether the last request was CONNECT, and has been accepted: what follows is for the target. */
    boolean isTunnel() {
        return tunnels;
    }

    /** The connection has ended, and what was under way with it. */
    void over() {
        memory.giveBack();
        pending.allOver();
        if (current != null) {
            current.connectionOver();
        }
    }

    /** Reads until a whole head is there; false at the end of the stream. */
    private boolean readHead() throws IOException {
        head.reset();
        while (!hasHead()) {
            if (!memory.widen(head, chunk) && read() < 0) {
                return false;
            }
        }
        return true;
    }

    private boolean hasHead() throws BadMessage {
        ByteBuffer bytes = chunk.bytes();
        if (!bytes.hasRemaining()) {
            return false;
        }
        if (!isEmptyLines(bytes)) {
            connection.activity().receiving(true);
        }
        return head.scan(bytes) >= 0;
    }

    /** Whether no request has begun: some clients send an empty line behind a body (RFC 9112 §2.2). */
    private static boolean isEmptyLines(ByteBuffer bytes) {
        int end = Math.min(bytes.limit(), bytes.position() + 2 * RequestHead.MAX_EMPTY_LINES);
        int at = bytes.position();
        while (at < end && isLineEnd(bytes.get(at))) {
            at++;
        }
        return at == end;
    }

    private static boolean isLineEnd(byte b) {
        return b == '\r' || b == '\n';
    }

    private int read() throws IOException {
        if (current != null && !chunk.bytes().hasRemaining()) {
            current.needsOnly(needed);
        }
        return connection.reader().read(Direction.UP, chunk);
    }

    private void takeMemory() throws IOException {
        needed = memoryNeeded();
        if (needed > 0) {
            memory.takeAtLeast(needed);
        }
    }

    private RequestSnapshot snapshot() {
        RequestSnapshot request = RequestSnapshot.of(head, last);
        boolean usual = head.length() <= HeadMemory.TYPICAL && !head.isLarge();
        last = usual ? request : null; // a large one occupies no heap behind its exchange
        return request;
    }

    private Exchange begin(RequestSnapshot request) {
        connection.proxy().traffic().exchangeBegun();
        ActivePlan plan = connection.proxy().active();
        Target target = connection.target().exchange(++exchanges, request, plan);
        target.record(
                connection.proxy().common().traces().begin(connection.proxy().name(), target));
        Exchange exchange = new Exchange(connection, target, head, forwarded.mayTunnel());
        current = exchange;
        exchange.holds(memory.handOver());
        exchange.begun();
        return exchange;
    }

    /** Heap that the exchange occupies until it is over, beyond that of a connection with one usual request. */
    private long memoryNeeded() {
        long fields = head.isLarge() ? head.memory() : 0; // once a rule asks for one
        long edits = HeadMemory.of(connection.proxy().active().editLength(Direction.UP));
        boolean usual = pending.size() == 0 && head.length() <= HeadMemory.TYPICAL && fields == 0 && edits == 0;
        return usual ? 0 : head.length() + EACH + fields + edits;
    }

    /** Serves one exchange; false if no other can follow on this connection. */
    private boolean serve(Exchange exchange) throws IOException {
        body.begin(head);
        if (forwards && !isPermitted(exchange)) {
            return false;
        }
        Optional<ReservedResponse> respond =
                ReservedResponse.of(exchange.target().plan(), exchange.target(), connection.hits());
        if (respond.isPresent()) {
            try (ReservedResponse reserved = respond.get()) {
                return respond(exchange, reserved);
            }
        }
        if (!reach(exchange)) {
            return false;
        }
        if (body.complete()) { // before the head goes, behind which the upstream may answer and leave
            exchange.requestRead();
        }
        pending.sending(exchange);
        pipeline.beginBehind(exchange.target(), () -> {});
        relayHead(exchange);
        if (!relayBody(exchange)) {
            return false;
        }
        pending.sent();
        return !exchange.mayTunnel() || !tunnels(exchange);
    }

    /** Answers in the upstream's place, once all answers before this one have gone. */
    private boolean respond(Exchange exchange, ReservedResponse reserved) throws IOException {
        if (!arrives(exchange) || !awaitsTurn()) {
            return false;
        }
        boolean keepAlive = head.keepAlive()
                && !head.expectsContinue()
                && !connection.proxy().isEnding();
        if (!send(exchange, reserved.take(), keepAlive)) {
            closeInOrder(EndCause.COMPLETED);
            return false;
        }
        boolean complete = relayBody(exchange); // to the end that its head went to
        connection.activity().receiving(false);
        return complete;
    }

    /** Sends the response of a rule; whether the connection goes on behind it. */
    private boolean send(Exchange exchange, ExchangeFault.Response response, boolean keepAlive) throws IOException {
        HeadMemory own = new HeadMemory(connection, MemoryBudget.Use.RESPONSES, 0);
        try {
            long edits =
                    connection.proxy().active().from(exchange.target().plan()).editLength(Direction.DOWN);
            own.takeAtLeast(LocalResponse.memoryFor(response, edits));
            LocalResponse answer = LocalResponse.of(response, exchange.method(), keepAlive);
            return LocalResponder.send(exchange, answer);
        } finally {
            own.giveBack();
        }
    }

    private boolean awaitsTurn() {
        if (pending.awaitNone()) {
            return true;
        }
        discard();
        return false;
    }

    /**
     * Lets the head pass the faults of the way up, as if it went to the upstream: a request that is answered here is as
     * late, and is reset at the same moment, as any other. False if a fault swallowed it, so that there is no response.
     */
    private boolean arrives(Exchange exchange) throws IOException {
        Arrival arrival = new Arrival();
        pipeline.begin(exchange.target(), arrival);
        stretch.framing(head.length());
        stretch.push();
        pipeline.flush();
        if (!arrival.hasBytes()) {
            Pump.run(connection, Direction.UP, chunk);
            return false;
        }
        return exchange.claimForProxy();
    }

    /** Takes the bytes of a request that the upstream doesn't get. */
    private static final class Arrival implements Sink {
        private volatile boolean reached; // a delay line's thread may write

        boolean hasBytes() {
            return reached;
        }

        @Override
        public void write(ByteBuffer bytes) {
            reached = true;
            bytes.position(bytes.limit());
        }

        @Override
        public void end() {}
    }

    /** Adds the exchange to those that wait for a response, once its upstream is connected; false if none can come. */
    private boolean reach(Exchange exchange) throws IOException {
        Optional<Address> wanted = forwards ? Optional.of(ProxyRequest.target(head)) : Optional.empty();
        while (true) {
            if (responses.hasBegun() && (pending.isUpstreamGone() || !responses.isOf(wanted))) {
                if (!awaitsTurn()) {
                    return false;
                }
                leave();
            }
            if (!responses.hasBegun() && !dial(exchange, wanted)) {
                return false;
            }
            if (pending.add(exchange)) {
                responses.begin();
                return true;
            }
            if (!pending.isUpstreamGone()) {
                discard();
                return false;
            }
        }
    }

    /** Leaves the upstream, which has answered everything. */
    private void leave() throws IOException {
        pipeline.flush(); // a fault may hold the end of a body that was answered before
        responses.leave();
    }

    /** Answers CONNECT; whether what follows is for its target, which is connected then. */
    private boolean tunnel() throws IOException {
        leave();
        connection.activity().receiving(false);
        return new TunnelRequest(connection, chunk).serve(head);
    }

    private boolean dial(Exchange exchange, Optional<Address> to) throws IOException {
        Trace record = exchange.target().trace();
        try {
            if (record != null) {
                record.is(Trace.Moment.DIALLING);
            }
            responses.dial(to);
            if (record != null) {
                record.is(Trace.Moment.CONNECTED);
            }
        } catch (UpstreamUnreachableException e) {
            exchange.claimForProxy(); // nobody else can answer it
            close(
                    exchange,
                    LocalResponder.unreachable(connection, e, exchange.method()),
                    EndCause.UPSTREAM_UNREACHABLE);
            return false;
        }
        return true;
    }

    /** Answers a request to a forward proxy that names no target, or whose client may not use the proxy. */
    private boolean isPermitted(Exchange exchange) throws IOException {
        exchange.target().isNamed(ProxyRequest.target(head));
        if (ProxyRequest.isAuthorized(head, connection.proxy().credentials())) {
            return true;
        }
        if (awaitsTurn() && exchange.claimForProxy()) {
            LocalResponder.refuse(exchange, LocalResponder.unauthorized(connection, exchange.method()));
            closeInOrder(EndCause.PROTOCOL_ERROR);
        }
        return false;
    }

    private void relayHead(Exchange exchange) throws IOException {
        int length = head.length();
        HeaderFaults.Forwarded sent = forwarded.forward(exchange.target());
        if (!sent.keepAlive()) {
            exchange.isToBeLast();
        }
        byte @Nullable [] changed = sent.changed();
        if (changed == null) {
            stretch.framing(length);
        } else {
            stretch.replace(length, changed);
        }
        head.slim();
    }

    /** Hands the body on as it comes; false if the client ended within it. */
    private boolean relayBody(Exchange exchange) throws IOException {
        bodies.begin(false);
        while (handOnBody(exchange)) {
            exchange.needsOnly(needed);
            if (stream.read() < 0) {
                pipeline.end();
                return false;
            }
        }
        return true;
    }

    /** Hands on what the chunk has of the body; whether more is to be read. */
    private boolean handOnBody(Exchange exchange) throws IOException {
        Body.Run run;
        do {
            run = next(exchange);
            if (body.complete()) { // before its last piece goes
                exchange.requestRead();
            }
            bodies.handOn(run);
        } while (run != Body.Run.MORE && run != Body.Run.COMPLETE);
        return run == Body.Run.MORE;
    }

    /** The next run of the body; one that can't be understood is answered unless the upstream has begun to. */
    private Body.Run next(Exchange exchange) throws IOException {
        try {
            return body.next(chunk.bytes());
        } catch (BadMessage e) {
            if (exchange.isAnsweredByProxy()) {
                throw e; // a rule has answered already
            }
            if (pending.await(() -> pending.first() == exchange && !exchange.isInterim()) && exchange.claimForProxy()) {
                connection.warn("refused a request: " + e.getMessage());
                close(exchange, LocalResponder.error(connection, e, exchange.method()), EndCause.PROTOCOL_ERROR);
            }
            throw new IOException(e.getMessage(), e);
        }
    }

    /**
     * Waits for the client's next byte and then for the upstream's word on what kind of byte it is; in this order, so that
     * a client which leaves meanwhile is noticed.
     *
     * @return whether this direction has come to its end
     */
    private boolean tunnels(Exchange exchange) throws IOException {
        if (!chunk.bytes().hasRemaining() && read() < 0) {
            clientLeft();
            return true;
        }
        pending.await(() -> exchange.verdict() != Exchange.Verdict.OPEN);
        if (exchange.verdict() != Exchange.Verdict.TUNNEL) {
            return false;
        }
        exchange.needsOnly(needed);
        Pump.run(connection, Direction.UP, chunk);
        return true;
    }

    /** The client sends nothing more: it waits for answers that are under way, or it has left. */
    private void clientLeft() throws IOException {
        if (!responses.hasBegun() || pending.size() == 0) {
            connection.teardown().close(EndCause.COMPLETED);
        } else {
            pending.clientLeft();
            pipeline.end(); // the upstream sees it at once, whatever it is thinking about
        }
    }

    /** Answers a message that can't be understood and closes: where the next one begins is unknown. */
    private void refuse(BadMessage e) throws IOException {
        connection.warn("refused a request: " + e.getMessage());
        Exchange read = head.length() > 0 ? current : null;
        Exchange exchange = read == null ? begin(RequestSnapshot.unread(head.method(), firstLine())) : read;
        if (exchange.status() > 0) {
            closeInOrder(EndCause.PROTOCOL_ERROR); // a rule has answered, and then the body went wrong
        } else if (pending.awaitNone()) {
            LocalResponder.refuse(exchange, LocalResponder.error(connection, e, exchange.method()));
            closeInOrder(EndCause.PROTOCOL_ERROR);
        } else {
            discard();
        }
    }

    /** Bytes of a request that can't be read, up to the end of its first line. */
    private byte[] firstLine() {
        ByteBuffer bytes = chunk.bytes();
        int from = bytes.position();
        while (from < bytes.limit() && isLineEnd(bytes.get(from))) {
            from++;
        }
        int to = from;
        while (to < Math.min(bytes.limit(), from + MAX_UNREAD_LINE) && !isLineEnd(bytes.get(to))) {
            to++;
        }
        byte[] line = new byte[to - from];
        bytes.get(from, line);
        return line;
    }

    /** Sends a last answer and closes, so that the client sees both. */
    private void close(Exchange exchange, LocalResponse answer, EndCause cause) throws IOException {
        LocalResponder.send(exchange, answer);
        closeInOrder(cause);
    }

    private void closeInOrder(EndCause cause) {
        connection.teardown().closeInOrder(cause);
        discard();
    }

    private void discard() {
        Pump.discard(connection, Direction.UP, chunk);
    }
}
