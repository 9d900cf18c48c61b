package io.chaosproxy.bench.variant;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Toxiproxy with one proxy. Its bandwidth is each connection's own, so it can't limit the total. */
public final class Toxiproxy implements Variant {
    private final Optional<Path> program;

    /** With the program at this path, or the one of that name on the PATH. */
    public Toxiproxy(Path wanted) {
        program = Files.isExecutable(wanted) ? Optional.of(wanted) : Commands.find(wanted.toString());
    }

    @Override
    public String name() {
        return "toxiproxy";
    }

    @Override
    public List<Path> sources() {
        return List.of();
    }

    @Override
    public Optional<String> version() {
        return program.flatMap(server -> Commands.output(List.of(server.toString(), "-version")));
    }

    @Override
    public boolean can(Setting setting) {
        return !setting.tls() && !setting.limits();
    }

    @Override
    public Optional<String> controlPath() {
        return Optional.of("/proxies");
    }

    @Override
    public Running start(Setting setting, Site site) throws IOException {
        Files.createDirectories(site.folder());
        Path file =
                Files.writeString(site.folder().resolve("toxiproxy.json"), """
                    [{"name": "bench", "listen": "127.0.0.1:%d", "upstream": "127.0.0.1:%d", "enabled": true}]
                    """.formatted(site.port(), site.upstream()));
        ProcessBuilder command = new ProcessBuilder(
                program.orElseThrow().toString(),
                "-port",
                Integer.toString(site.control()),
                "-config",
                file.toString());
        command.environment().put("LOG_LEVEL", "error");
        return Running.start(name(), site, command, () -> {
            if (setting.delays()) {
                delay(site.control(), setting.latency().toMillis());
            }
        });
    }

    private static void delay(int api, long millis) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api + "/proxies/bench/toxics"))
                .POST(HttpRequest.BodyPublishers.ofString("""
                    {"type": "latency", "stream": "downstream", "attributes": {"latency": %d}}
                    """.formatted(millis)))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IOException("toxiproxy refused the latency: " + response.body());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
