package io.chaosproxy.http;

import io.chaosproxy.fault.Headers;
import io.chaosproxy.fault.Subject;
import io.chaosproxy.flow.Chunk;
import io.chaosproxy.flow.Direction;
import io.chaosproxy.relay.Connection;
import io.chaosproxy.relay.Outlet;
import io.chaosproxy.relay.Pump;
import io.chaosproxy.relay.Unwritable;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The way down of one HTTP connection: reads responses from the upstream, on a thread of its own. */
final class ResponseSide {
    private final Connection connection;
    private final SocketChannel upstream;
    private final Pending pending;
    private final Outlet outlet;
    private final ResponseHead head;
    private final Body body;
    private @Nullable Exchange current; // whose first byte has been here

    ResponseSide(Connection connection, SocketChannel upstream, Pending pending) {
        this.connection = connection;
        this.upstream = upstream;
        this.pending = pending;
        this.outlet = connection.outlet(Direction.DOWN);
        int maxHead = connection.proxy().spec().options().maxHead();
        this.head = new ResponseHead(maxHead);
        this.body = new Body(maxHead);
    }

    /** Relays responses until the upstream ends or the connection leaves HTTP. */
    void run() {
        try (Chunk chunk = new Chunk()) {
            Stretch stretch = new Stretch(chunk, outlet);
            while (readHead(chunk)) {
                Exchange exchange = pending.first();
                if (exchange == null) {
                    throw new BadMessage(502, "upstream answers without having been asked");
                }
                if (!isInterim() && !exchange.claimAnswer()) {
                    return; // the proxy has answered this itself and closes
                }
                relayHead(exchange, stretch);
                if (!isInterim()) {
                    if (exchange.verdict() == Exchange.Verdict.TUNNEL) {
                        stretch.push();
                        Pump.run(connection, Direction.DOWN, upstream, chunk);
                        return;
                    }
                    relayBody(exchange, chunk, stretch);
                    stretch.push();
                    outlet.flush();
                    exchange.over();
                    pending.firstDone();
                }
            }
            outlet.end();
            connection.linger(); // no further answer can come, so the client's connection has no purpose
        } catch (BadMessage e) {
            misunderstood(e);
        } catch (Unwritable gone) {
            if (!connection.isLingering()) {
                connection.end(gone); // a client that takes no more wants no answer
            }
        } catch (IOException e) {
            connection.end(e);
        } finally {
            connection.done(Direction.DOWN);
            connection.changed();
        }
    }

    /** Reads until a whole head is there; false at the end of the stream before a first byte. */
    private boolean readHead(Chunk chunk) throws IOException {
        head.reset();
        while (!chunk.bytes().hasRemaining() || head.scan(chunk.bytes()) < 0) {
            if (connection.read(Direction.DOWN, chunk, upstream) < 0) {
                if (chunk.bytes().hasRemaining()) {
                    throw new BadMessage(502, "upstream ended within the head of its response");
                }
                return false;
            }
        }
        return true;
    }

    /** Whether the head is that of an informational response, which another one follows (RFC 9110 §15.2). */
    private boolean isInterim() {
        return head.status() / 100 == 1 && head.status() != 101;
    }

    private void relayHead(Exchange exchange, Stretch stretch) throws IOException {
        boolean interim = isInterim();
        Subject subject = exchange.subject();
        body.begin(head, exchange.method());
        if (body.framing() == Framing.TUNNEL && !exchange.mayTunnel()) {
            throw new BadMessage(502, "upstream changes the protocol without having been asked");
        }
        if (!interim) {
            subject.contentLength(body.complete() ? 0 : body.announced());
        }
        if (current != exchange) {
            current = exchange;
            outlet.begin(subject);
            exchange.answering();
        }
        if (!interim && body.complete()) {
            endIfComplete(exchange);
            outlet.endPayload(); // there is none: what was to happen to it happens before the head
        }
        byte @Nullable [] changed =
                HeaderFaults.rewritten(head, Headers.On.RESPONSE, Map.of(), !interim, connection, subject);
        if (!interim) {
            exchange.verdict(body.framing() == Framing.TUNNEL ? Exchange.Verdict.TUNNEL : Exchange.Verdict.MESSAGE);
        }
        if (changed == null) {
            stretch.framing(head.length());
        } else {
            stretch.replace(head.length(), changed);
        }
        exchange.head(head.status(), interim, changed == null ? head.length() : changed.length);
        if (interim) {
            stretch.push();
        } else if (exchange.mayTunnel()) {
            connection.changed();
        }
    }

    private void relayBody(Exchange exchange, Chunk chunk, Stretch stretch) throws IOException {
        boolean ended = body.complete();
        while (true) {
            Body.Run run = body.next(chunk.bytes());
            endIfComplete(exchange);
            switch (run) {
                case CONTENT -> stretch.payload(body.length());
                case FRAMING -> {
                    if (body.payloadOver() && !ended) {
                        ended = true;
                        outlet.endPayload();
                    }
                    stretch.framing(body.length());
                }
                case MORE -> {
                    stretch.push();
                    if (connection.read(Direction.DOWN, chunk, upstream) < 0) {
                        endOfStream();
                        return;
                    }
                }
                case COMPLETE -> {
                    if (!ended) {
                        stretch.push();
                        outlet.endPayload();
                    }
                    return;
                }
            }
        }
    }

    /** Before the last piece goes, so that no rule that comes once the client has all takes this exchange for running. */
    private void endIfComplete(Exchange exchange) {
        if (body.complete()) {
            exchange.subject().end();
        }
    }

    /** The upstream ended; a client that was promised more is to see just that. */
    private void endOfStream() throws IOException {
        try {
            body.endOfStream();
        } catch (BadMessage e) {
            connection.warn("upstream broke off: " + e.getMessage());
            return;
        }
        outlet.endPayload();
    }

    /** Nobody knows where the next message begins: 502 if the client hasn't seen a part of this one, and the end. */
    private void misunderstood(BadMessage e) {
        connection.warn(e.getMessage());
        Exchange exchange = pending.first();
        try {
            if (exchange != null && exchange.claimAnswer()) {
                Answers.send(exchange, Answers.error(connection, e, exchange.method()));
            }
            connection.closeInOrder();
        } catch (IOException unsent) {
            connection.end(unsent);
        }
    }
}
