package io.chaosproxy.control.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import io.chaosproxy.config.Address;
import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.control.ControlServer;
import io.chaosproxy.control.reload.ConfigWatcher;
import io.chaosproxy.fault.Journal;
import io.chaosproxy.flow.TimeSource;
import io.chaosproxy.kit.TestProxy;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.ServerContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A fleet with nothing in it, and the native API in front of it on a free loopback port, behind a token. */
final class NativeRig implements AutoCloseable {
    static final String TOKEN = "a-token-of-the-test";

    private final ProxyRegistry fleet;
    private final NativeApi api;
    private final ControlServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    NativeRig() throws IOException {
        this(TimeSource.SYSTEM, fleet -> Optional.empty());
    }

    NativeRig(TimeSource time, Function<ProxyRegistry, Optional<ConfigWatcher>> reloader) throws IOException {
        fleet = new ProxyRegistry(
                new ServerContext(1, time, new Journal(Journal.DEFAULT_CAPACITY)), TestProxy::handler);
        ControlSettings usual = ControlSettings.DEFAULTS;
        ControlSettings settings = new ControlSettings(
                new Address("127.0.0.1", 0),
                Optional.of(TOKEN),
                false,
                usual.tls(),
                usual.journal(),
                usual.accessLog(),
                usual.hitHeaders());
        api = new NativeApi(fleet, settings, reloader.apply(fleet));
        server = ControlServer.start(settings, api.routes(), api.before((request, response) -> response.send("other")));
    }

    ProxyRegistry fleet() {
        return fleet;
    }

    NativeApi api() {
        return api;
    }

    ProxyServer proxy(String name) {
        return fleet.find(name).orElseThrow();
    }

    InetSocketAddress address() {
        return server.address();
    }

    /** An answer as it came. */
    record Answer(int status, String type, String body) {
        Config json() {
            return ConfigFactory.parseString(body, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
        }

        /** Path and message of each field that is wrong, in a line. */
        List<String> errors() {
            return json().getConfigList("errors").stream()
                    .map(error -> error.getString("path") + ": " + error.getString("message"))
                    .toList();
        }
    }

    Answer get(String path) throws IOException, InterruptedException {
        return call("GET", path, "");
    }

    Answer get(String path, String accept) throws IOException, InterruptedException {
        return call("GET", path, new byte[0], "Accept", accept);
    }

    Answer put(String path, String body) throws IOException, InterruptedException {
        return call("PUT", path, body);
    }

    Answer patch(String path, String body) throws IOException, InterruptedException {
        return call("PATCH", path, body);
    }

    Answer post(String path, String body) throws IOException, InterruptedException {
        return call("POST", path, body);
    }

    Answer delete(String path) throws IOException, InterruptedException {
        return call("DELETE", path, "");
    }

    Answer call(String method, String path, String body) throws IOException, InterruptedException {
        return call(method, path, body.getBytes(UTF_8));
    }

    /** With header fields, each as name and value. */
    Answer call(String method, String path, byte[] body, String... fields) throws IOException, InterruptedException {
        HttpRequest.Builder builder = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + address().getPort() + path))
                .method(method, BodyPublishers.ofByteArray(body))
                .header("Authorization", "Bearer " + TOKEN)
                .timeout(Duration.ofSeconds(60));
        if (fields.length > 0) {
            builder.headers(fields);
        }
        HttpRequest request = builder.build();
        HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
        String text = new String(response.body(), UTF_8);
        if (text.contains(TOKEN)) {
            throw new AssertionError("the token stands in the answer of " + method + " " + path);
        }
        return new Answer(
                response.statusCode(),
                response.headers().firstValue("Content-Type").orElse(""),
                text);
    }

    @Override
    public void close() {
        client.close();
        api.close();
        server.close();
        fleet.close();
    }
}
