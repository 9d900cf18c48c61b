package io.chaosproxy.bench.rival;

import io.helidon.common.configurable.Resource;
import io.helidon.common.pki.Keys;
import io.helidon.common.tls.Tls;
import io.helidon.http.HeaderNames;
import io.helidon.webclient.api.HttpClientResponse;
import io.helidon.webclient.api.WebClient;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/** A reverse proxy of Helidon's WebServer and WebClient: a handler that asks the upstream, on virtual threads. */
final class HelidonHandlers {
    private final WebClient client;
    private final Duration latency;

    private HelidonHandlers(Listen listen) {
        latency = Duration.ofMillis(listen.latencyMillis());
        client = WebClient.builder()
                .baseUri("http://127.0.0.1:" + listen.upstream())
                .connectionCacheSize(10_000)
                .build();
    }

    public static void main(String[] args) {
        Listen listen = Listen.of(args);
        HelidonHandlers handlers = new HelidonHandlers(listen);
        WebServerConfig.Builder server = WebServer.builder()
                .host("127.0.0.1")
                .port(listen.port())
                .backlog(1024)
                .connectionOptions(options -> options.tcpNoDelay(true))
                .routing(routing -> routing.any(handlers::relay));
        listen.identity().ifPresent(identity -> server.tls(tls(identity)));
        server.build().start();
    }

    private static Tls tls(Listen.Identity identity) {
        Keys keys = Keys.builder()
                .pem(pem -> pem.key(Resource.create(identity.key().toPath()))
                        .certChain(Resource.create(identity.certificate().toPath())))
                .build();
        return Tls.builder()
                .privateKey(keys)
                .privateKeyCertChain(keys)
                .addEnabledProtocol("TLSv1.3")
                .build();
    }

    private void relay(ServerRequest request, ServerResponse response) throws IOException, InterruptedException {
        try (HttpClientResponse answer = ask(request)) {
            Thread.sleep(latency);
            response.status(answer.status());
            response.header(answer.headers().get(HeaderNames.CONTENT_LENGTH));
            try (InputStream from = answer.inputStream();
                    OutputStream to = response.outputStream()) {
                from.transferTo(to);
            }
        }
    }

    private HttpClientResponse ask(ServerRequest request) {
        var asked =
                client.method(request.prologue().method()).path(request.path().rawPath());
        if (!request.content().hasEntity()) {
            return asked.request();
        }
        asked.header(request.headers().get(HeaderNames.CONTENT_LENGTH));
        return asked.outputStream(to -> {
            try (to;
                    InputStream from = request.content().inputStream()) {
                from.transferTo(to);
            }
        });
    }
}
