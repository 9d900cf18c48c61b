package io.chaosproxy.bench.variant;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A script of {@code src/bench/python}, with a Python that has the library. */
public final class PythonRival implements Variant {
    private static final Path SOURCES = Path.of("src", "bench", "python");

    private final String library;
    private final Path script;
    private final Optional<String> python;

    private PythonRival(String library, String script) {
        this.library = library;
        this.script = SOURCES.resolve(script);
        this.python = Stream.of("python3", "/usr/bin/python3", "/usr/local/bin/python3")
                .filter(command -> printedBy(command).isPresent())
                .findFirst();
    }

    public static Variant gevent() {
        return new PythonRival("gevent", "gevent_relay.py");
    }

    public static Variant tornado() {
        return new PythonRival("tornado", "tornado_proxy.py");
    }

    private Optional<String> printedBy(String command) {
        String program = "import sys, " + library + " as library; "
                + "print(getattr(library, '__version__', '') or library.version, 'on Python', sys.version.split()[0])";
        return Commands.output(List.of(command, "-c", program));
    }

    @Override
    public String name() {
        return library;
    }

    @Override
    public List<Path> sources() {
        return List.of(script);
    }

    @Override
    public Optional<String> version() {
        return python.flatMap(this::printedBy).map(text -> library + " " + text);
    }

    @Override
    public boolean can(Setting setting) {
        return !setting.tls() && !setting.limits();
    }

    @Override
    public long largestBody() {
        return library.equals("tornado") ? 1 << 30 : Long.MAX_VALUE; // LARGEST of the script
    }

    @Override
    public Running start(Setting setting, Site site) throws IOException {
        return Running.start(
                library,
                site,
                List.of(
                        python.orElseThrow(),
                        script.toString(),
                        Integer.toString(site.port()),
                        Integer.toString(site.upstream()),
                        Long.toString(setting.latency().toMillis())));
    }
}
