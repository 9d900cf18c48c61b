package io.chaosproxy.bench.variant;

import java.io.IOException;
import java.nio.file.Path;
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

    private JavaRival(String name, String mainClass, String version, boolean delays, boolean limits) {
        this.name = name;
        this.mainClass = "io.chaosproxy.bench.rival." + mainClass;
        this.version = version;
        this.delays = delays;
        this.limits = limits;
    }

    public static Variant netty() {
        return new JavaRival("netty", "NettyRelay", "Netty " + jarVersion("netty-transport-classes-epoll"), true, true);
    }

    public static Variant vertx() {
        return new JavaRival("vertx", "VertxProxy", "Vert.x " + jarVersion("vertx-http-proxy"), true, false);
    }

    public static Variant helidon() {
        return new JavaRival("helidon", "HelidonHandlers", "Helidon " + jarVersion("helidon-webserver"), true, false);
    }

    public static Variant asyncChannels() {
        return new JavaRival("async-channels", "AsyncChannels", "Java " + Runtime.version(), false, false);
    }

    /** What stands behind the name of a library's file on the class path. */
    private static String jarVersion(String artifact) {
        for (String entry : System.getProperty("java.class.path").split(":")) {
            String file = Path.of(entry).getFileName().toString();
            if (file.matches(artifact + "-\\d.*\\.jar")) {
                return file.substring(artifact.length() + 1, file.length() - ".jar".length());
            }
        }
        return "of an unknown version";
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
    public boolean can(Setting setting) {
        return !setting.tls() && (delays || !setting.delays()) && (limits || !setting.limits());
    }

    @Override
    public Running start(Setting setting, Site site) throws IOException {
        return Running.start(
                name,
                site,
                Jvm.command(
                        mainClass,
                        List.of(
                                Integer.toString(site.port()),
                                Integer.toString(site.upstream()),
                                Long.toString(setting.latency().toMillis()),
                                Long.toString(setting.rate()))));
    }
}
