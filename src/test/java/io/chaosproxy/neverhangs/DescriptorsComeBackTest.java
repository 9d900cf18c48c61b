package io.chaosproxy.neverhangs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.chaosproxy.fault.Protocol;
import io.chaosproxy.kit.Origin;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections that a rule holds, and whose clients leave: the descriptors of the process are what they were before. */
final class DescriptorsComeBackTest {
    private static final int OPEN_FILES = 1024;
    private static final int CLIENTS = 50;

    /** Descriptors that may have been open for something else when the free ones were counted. */
    private static final int OTHERS = 5;

    private static final List<String> RULES = List.of(
            "{'type':'refuse','how':'hang'}",
            "{'type':'rate','rate':0,'direction':'up'}",
            "{'type':'outage','min':'1h','max':'1h'}",
            "{'type':'timeout','silence':'1h'}",
            "{'type':'latency','delay':'1h'}",
            "{'type':'latency','delay':'1h','scope':'stream','direction':'both'}");

    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @ParameterizedTest
    @EnumSource(names = "FORWARD", mode = EnumSource.Mode.EXCLUDE)
    void ofClientsThatLeave(Protocol protocol) throws Exception {
        String upstream = protocol == Protocol.HTTP ? "http://" : "";
        try (Origin origin = Origin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                Program program = Program.run(
                        OPEN_FILES,
                        "held { protocol = " + protocol.name().toLowerCase(Locale.ROOT)
                                + ", listen = \"127.0.0.1:0\", upstream = \"" + upstream + origin.address() + "\" }");
                Calls calls = new Calls(program.control())) {
            InetSocketAddress held = calls.address("held");
            exchange(held); // opens what the first connection of a process opens
            awaitNoConnection(calls);
            int before = program.freeFiles();
            for (String rule : RULES) {
                calls.call("PUT", "/api/v1/proxies/held/rules/hold", rule.replace('\'', '"'));
                List<Peer> clients = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    clients.add(Peer.connect(held).send(REQUEST));
                }
                int whileHeld = before - CLIENTS + OTHERS;
                TestProxy.await(rule + " holds all", () -> free(program) <= whileHeld);
                leave(clients);
                TestProxy.await(rule + " gives descriptors back", () -> free(program) >= before);
                calls.call("DELETE", "/api/v1/proxies/held/rules/hold", "");
            }
        }
    }

    /** Half of them by FIN, the others by RST. */
    private static void leave(List<Peer> clients) throws IOException {
        for (int i = 0; i < clients.size(); i++) {
            if (i % 2 == 0) {
                clients.get(i).reset();
            } else {
                clients.get(i).close();
            }
        }
    }

    private static void awaitNoConnection(Calls calls) throws Exception {
        TestProxy.await(
                "no connection",
                () -> !calls.answer("GET", "/api/v1/connections", "").contains("\"number\""));
    }

    private static void exchange(InetSocketAddress proxy) throws IOException {
        try (Peer client = Peer.connect(proxy)) {
            assertEquals("HTTP/1.1 200", client.send(REQUEST).readResponse().substring(0, 12));
        }
    }

    private static int free(Program program) {
        try {
            return program.freeFiles();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
