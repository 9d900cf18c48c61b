package io.chaosproxy.resources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** "Too many open files": nobody new is served for a while, and that is all. */
final class OpenFilesTest {
    private static final int LIMIT = 64;
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final List<Peer> clients = new ArrayList<>();

    @AfterEach
    void leave() throws IOException {
        for (Peer client : clients) {
            client.close();
        }
        clients.clear();
    }

    @Test
    void httpClientsGet502AndLaterOnesAreServed() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyProcess proxy = ProxyProcess.startWithOpenFiles(LIMIT, Protocol.HTTP, origin.port())) {
            Peer first = connect(proxy);
            TestProxy.await("accepted", () -> connections(proxy) == 1);
            assertTrue(proxy.exhaust() > 0);
            Peer late = connect(proxy); // by an accept that is under way already
            TestProxy.await("the loop meets the limit", () -> warnings(proxy) > 0 || connections(proxy) == 2);
            Peer later = connect(proxy);
            assertTrue(later.isSilentFor(500), "waits in the backlog");
            assertEquals(1, warnings(proxy), "said once for all tries: " + proxy.log());

            String answer = first.send(REQUEST).readResponse();
            assertTrue(answer.startsWith("HTTP/1.1 502 "), answer);
            assertTrue(answer.contains("Too many open files"), answer);
            assertEquals("end", first.endOutput().ending());
            late.close();
        }
    }

    @Test
    void httpClientsWaitWhileTheRestIsHeldInReserve() throws Exception {
        try (Origin origin = Origin.answering(RESPONSE);
                ProxyProcess proxy = ProxyProcess.startWithOpenFiles(LIMIT, Protocol.HTTP, origin.port())) {
            fill(proxy);
            Peer late = connect(proxy);
            assertTrue(late.isSilentFor(500), "waits");
            assertEquals(1, warnings(proxy), "said once for all tries: " + proxy.log());
            assertTrue(proxy.log().toString().contains("all but 16 of the 64 files"), proxy.log()::toString);
            assertEquals(RESPONSE, clients.getFirst().send(REQUEST).readResponse(), "those who are in are served");

            leave();
            Peer next = connect(proxy).send(REQUEST);
            assertEquals(RESPONSE, next.readResponse());
            TestProxy.await("those that left are forgotten", () -> connections(proxy) == 1);
            assertTrue(warnings(proxy) <= 3, "not one each: " + proxy.log());
        }
    }

    /** Each relayed connection needs two descriptors. */
    @Test
    void tcpClientsAreServedOrWaitAndLaterOnesAreServed() throws Exception {
        try (Origin origin = Origin.echo();
                ProxyProcess proxy = ProxyProcess.startWithOpenFiles(LIMIT, Protocol.TCP, origin.port())) {
            int served = 0;
            int waiting = 0;
            for (int i = 0; i < 2 * LIMIT && waiting < 3; i++) {
                switch (fate(proxy, connect(proxy).send("x"))) {
                    case SERVED -> served++;
                    case CLOSED -> fail("accepted a client and had nothing left to dial with");
                    case WAITS -> waiting++;
                }
            }
            assertTrue(served >= 5 && served < LIMIT / 2, served + " were served");

            leave();
            TestProxy.await("those that left are forgotten", () -> connections(proxy) == 0);
            for (int i = 0; i < served; i++) {
                assertEquals("hello", connect(proxy).send("hello").read(5), "as many as before");
            }
        }
    }

    private enum Fate {
        SERVED,
        CLOSED,
        WAITS
    }

    /** A client that hears nothing waits if the proxy has said that it is at its limit; else the machine is slow. */
    private static Fate fate(ProxyProcess proxy, Peer client) throws IOException {
        client.socket().setSoTimeout(300);
        for (int i = 0; i < 200; i++) {
            try {
                return client.read() == 'x' ? Fate.SERVED : Fate.CLOSED;
            } catch (SocketTimeoutException e) {
                if (warnings(proxy) > 0) {
                    return Fate.WAITS;
                }
            } catch (SocketException e) {
                return Fate.CLOSED; // its byte had not been read, which makes the end a reset
            }
        }
        throw new AssertionError("neither served nor told to wait: " + proxy.log());
    }

    /** Connects clients that say nothing until the proxy can't accept any more. */
    private void fill(ProxyProcess proxy) throws IOException, InterruptedException {
        while (warnings(proxy) == 0) {
            assertTrue(clients.size() < LIMIT, "accepted more than it may");
            connect(proxy);
            TestProxy.await("accepted or not", () -> connections(proxy) == clients.size() || warnings(proxy) > 0);
        }
    }

    private Peer connect(ProxyProcess proxy) throws IOException {
        Peer client = Peer.connect(proxy.address());
        clients.add(client);
        return client;
    }

    private static long connections(ProxyProcess proxy) {
        try {
            return proxy.connections();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long warnings(ProxyProcess proxy) {
        try {
            return proxy.log().stream()
                    .filter(line -> line.contains("can't accept"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
