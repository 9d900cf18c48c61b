package io.chaosproxy.bench.workload;

import io.chaosproxy.bench.load.ClosedLoop;
import io.chaosproxy.bench.load.Request;
import io.chaosproxy.bench.variant.Commands;
import io.chaosproxy.bench.variant.Running;
import io.chaosproxy.bench.variant.Variant;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The lesson of every course on web servers: 100 requests at once to an origin that takes 500 ms. 0.5 s is perfect. */
public final class SlowOrigin implements Workload {
    private static final int REQUESTS = 100;
    private static final String PATH = "/wait/500";
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final double SECOND = 1e9;
    private static final double MILLIS_PER_SECOND = 1000;

    /** Not the time of the whole test, for ab sends its first request alone. */
    private static final Pattern LONGEST = Pattern.compile("100%\\s+(\\d+) \\(longest request\\)");

    private final Optional<Path> ab = Commands.find("ab");

    @Override
    public String name() {
        return "slow-origin";
    }

    @Override
    public String title() {
        return REQUESTS + " requests at once to an origin that takes 500 ms";
    }

    @Override
    public boolean suits(Variant variant) {
        return variant.can(setting()) && !variant.showsRules();
    }

    /** It waits far more than it works. */
    @Override
    public boolean warmsUp() {
        return false;
    }

    @Override
    public Outcome round(Stand stand, Duration time) throws IOException {
        Running proxy = stand.kept(setting());
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        long start = System.nanoTime();
        try (ClosedLoop load = ClosedLoop.kept(endpoint(proxy), REQUESTS, Request.get(PATH))) {
            load.once(PATIENCE);
            figures.put(Figure.ALL_ANSWERED, (System.nanoTime() - start) / SECOND);
            figures.put(Figure.BROKEN, (double) load.failures());
        }
        if (ab.isPresent()) {
            byAb(ab.get(), proxy).ifPresent(seconds -> figures.put(Figure.AB, seconds));
        }
        return Outcome.of(figures);
    }

    /** Empty where HTTP/1.0, which ab speaks, is refused. */
    private static Optional<Double> byAb(Path ab, Running proxy) throws IOException {
        String number = Integer.toString(REQUESTS);
        String url = "http://127.0.0.1:" + proxy.address().getPort() + PATH;
        String printed = Commands.output(List.of(ab.toString(), "-q", "-c", number, "-n", number, url))
                .orElseThrow(() -> new IOException("ab failed"));
        Matcher longest = LONGEST.matcher(printed);
        return printed.contains("Non-2xx") || !longest.find()
                ? Optional.empty()
                : Optional.of(Integer.parseInt(longest.group(1)) / MILLIS_PER_SECOND);
    }
}
