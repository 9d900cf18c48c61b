package io.chaosproxy.control.toxiproxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.control.ControlServer;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.Peer;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A fleet with nothing in it, and Toxiproxy's API in front of it on a free loopback port. */
final class ToxiproxyRig implements AutoCloseable {
    private final ProxyRegistry fleet = new ProxyRegistry(
            new ServerContext(1, TimeSource.SYSTEM, new Journal(Journal.DEFAULT_CAPACITY)), TestProxy::handler);
    private final ControlServer server;

    ToxiproxyRig() throws IOException {
        ControlSettings usual = ControlSettings.DEFAULTS;
        ControlSettings settings = new ControlSettings(
                new Address("127.0.0.1", 0),
                Optional.empty(),
                false,
                usual.tls(),
                usual.journal(),
                usual.accessLog(),
                usual.hitHeaders());
        server = ControlServer.start(settings, List.of(), new ToxiproxyApi(fleet));
    }

    ProxyRegistry fleet() {
        return fleet;
    }

    ProxyServer proxy(String name) {
        return fleet.find(name).orElseThrow();
    }

    int port() {
        return server.address().getPort();
    }

    /** An answer as it came. */
    record Answer(String head, String body) {
        /** Three digits. */
        String status() {
            return head.substring(9, 12);
        }

        /** Status and body, as tables of cases have them. */
        @Override
        public String toString() {
            return status() + " " + body;
        }
    }

    Answer get(String path) throws IOException {
        return call("GET", path, "");
    }

    Answer post(String path, String body) throws IOException {
        return call("POST", path, body);
    }

    /** One request on a connection of its own, in curl's manner, with these further header lines. */
    Answer call(String method, String path, String body, String... lines) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port() + "\r\n");
        for (String line : lines) {
            head.append(line).append("\r\n");
        }
        if (!method.equals("GET")) {
            head.append("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ")
                    .append(bytes.length)
                    .append("\r\n");
        }
        try (Peer client = Peer.connect(server.address())) {
            client.send(head.append("\r\n").toString()).send(bytes);
            String answer = method.equals("HEAD") ? client.readHead() : client.readResponse();
            int end = answer.indexOf("\r\n\r\n") + 4;
            return new Answer(
                    answer.substring(0, end), new String(answer.substring(end).getBytes(ISO_8859_1), UTF_8));
        }
    }

    @Override
    public void close() {
        server.close();
        fleet.close();
    }
}
