package io.chaosproxy.bench.variant;

import io.chaosproxy.fault.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** HAProxy in one of its modes. */
public final class HaProxy implements Variant {
    private final Optional<Path> program = Commands.find("haproxy");
    private final Protocol mode;

    public HaProxy(Protocol mode) {
        this.mode = mode;
    }

    @Override
    public String name() {
        return "haproxy-" + mode.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public List<Path> sources() {
        return List.of();
    }

    @Override
    public Optional<String> version() {
        return program.flatMap(haproxy -> Commands.output(List.of(haproxy.toString(), "-v")))
                .flatMap(text -> text.lines().findFirst())
                .map(line -> line.replaceAll(" - .*", ""));
    }

    @Override
    public boolean can(Setting setting) {
        return setting.relaysOnly();
    }

    @Override
    public Running start(Setting setting, Site site) throws IOException {
        Files.createDirectories(site.folder());
        Path file = Files.writeString(site.folder().resolve(name() + ".cfg"), configuration(setting, site));
        return Running.start(name(), site, List.of(program.orElseThrow().toString(), "-db", "-f", file.toString()));
    }

    private String configuration(Setting setting, Site site) throws IOException {
        String tls = setting.tls()
                ? "ssl crt %s ssl-min-ver TLSv1.3 ciphersuites %s"
                        .formatted(ServerIdentity.in(site.folder().toAbsolutePath()), ServerIdentity.CIPHER)
                : "";
        return """
            global
              maxconn 8000
            defaults
              mode %s
              timeout connect 10s
              timeout client 1h
              timeout server 1h
            frontend bench
              bind 127.0.0.1:%d %s
              default_backend origin
            backend origin
              server origin 127.0.0.1:%d
            """.formatted(mode.name().toLowerCase(Locale.ROOT), site.port(), tls, site.upstream());
    }
}
