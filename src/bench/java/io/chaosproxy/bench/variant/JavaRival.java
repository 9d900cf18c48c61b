package io.chaosproxy.bench.variant;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A program of the package {@code rival}, on the Java that runs the benchmark. */
public final class JavaRival implements Variant {
    private static final Path SOURCES = Path.of("src", "bench", "java");

    private final String name;
    private final String mainClass;
    private final String version;
    private final boolean delays;
    private final boolean limits;
    private final boolean encrypts;

    private JavaRival(String name, String mainClass, String version, boolean delays, boolean limits, boolean encrypts) {
        this.name = name;
        this.mainClass = "io.chaosproxy.bench.rival." + mainClass;
        this.version = version;
        this.delays = delays;
        this.limits = limits;
        this.encrypts = encrypts;
    }

    public static Variant netty() {
        return new JavaRival(
                "netty", "NettyRelay", "Netty " + Jvm.jarVersion("netty-transport-classes-epoll"), true, true, true);
    }

    public static Variant vertx() {
        return new JavaRival("vertx", "VertxProxy", "Vert.x " + Jvm.jarVersion("vertx-http-proxy"), true, false, true);
    }

    public static Variant helidon() {
        return new JavaRival(
                "helidon", "HelidonHandlers", "Helidon " + Jvm.jarVersion("helidon-webserver"), true, false, true);
    }

    public static Variant asyncChannels() {
        return new JavaRival("async-channels", "AsyncChannels", "Java " + Runtime.version(), false, false, false);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Path> sources() {
        return List.of(SOURCES.resolve(mainClass.replace('.', '/') + ".java"));
    }

    @Override
    public Optional<String> version() {
        return Optional.of(version);
    }

    @Override
    public boolean isJava() {
        return true;
    }

    @Override
    public boolean can(Setting setting) {
        return (encrypts || !setting.tls()) && (delays || !setting.delays()) && (limits || !setting.limits());
    }

    @Override
    public Running start(Setting setting, Site site) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                Integer.toString(site.port()),
                Integer.toString(site.upstream()),
                Long.toString(setting.latency().toMillis()),
                Long.toString(setting.rate())));
        List<String> options = new ArrayList<>();
        if (setting.tls()) {
            Path folder = Files.createDirectories(site.folder());
            options.add(ServerIdentity.cipherOption(folder));
            arguments.add(ServerIdentity.certificateIn(folder).toString());
            arguments.add(ServerIdentity.keyIn(folder).toString());
        }
        return Running.start(name, site, Jvm.command(options, mainClass, arguments));
    }
}
