package io.chaosproxy.control;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigMistakes;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.relay.Fleet;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Takes the configuration file over again when it, or a file that it includes, has changed, and when it is told to.
 *
 * <p>The files are looked at once a second by a virtual thread: where a ConfigMap swaps a symlink, or on a network file
 * system, notifications don't come, and a look costs microseconds.
 */
public final class Reloader implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("io.chaosproxy.control");
    private static final Duration EVERY = Duration.ofSeconds(1);

    private final Fleet fleet;
    private final Path file;
    private final Map<String, String> overrides;
    private final ReentrantLock reloading = new ReentrantLock();
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    private volatile ChaosConfig current;
    private volatile Outcome last;
    private volatile Map<Path, String> seen;
    private volatile boolean open = true;

    /**
     * What became of a file.
     *
     * @param at when it was read
     * @param mistakes one line each, with file and line; empty if it was taken over
     */
    public record Outcome(Instant at, List<String> mistakes) {
        public Outcome {
            mistakes = List.copyOf(mistakes);
        }

        public boolean isTaken() {
            return mistakes.isEmpty();
        }
    }

    private Reloader(Fleet fleet, Path file, Map<String, String> overrides, Config text, ChaosConfig current) {
        this.fleet = fleet;
        this.file = file;
        this.overrides = Map.copyOf(overrides);
        this.current = current;
        this.seen = stamps(text);
        this.last = new Outcome(Instant.now(), List.of());
    }

    /**
     * Watches a file from now on.
     *
     * @param text the file as it was loaded
     * @param current what the fleet runs already
     */
    public static Reloader watch(
            Fleet fleet, Path file, Map<String, String> overrides, Config text, ChaosConfig current) {
        Reloader reloader = new Reloader(fleet, file, overrides, text, current);
        Thread.ofVirtual().name("configuration").start(reloader::look);
        return reloader;
    }

    /** Reads the file again now; a bad one changes nothing. */
    public Outcome reload() {
        reloading.lock();
        try {
            last = attempt();
            (last.isTaken() ? taken : refused).incrementAndGet();
            last.mistakes().forEach(mistake -> LOG.log(Level.WARNING, "not taken over: " + mistake));
            if (last.isTaken()) {
                LOG.log(Level.INFO, "taken over: " + file);
            }
            return last;
        } finally {
            reloading.unlock();
        }
    }

    private Outcome attempt() {
        Instant now = Instant.now();
        seen = stamps(seen.keySet()); // also if it turns out to be bad: it is reported once, not each second
        try {
            Config text = ConfigReader.load(file, overrides);
            seen = stamps(text);
            ChaosConfig next = ConfigReader.read(text);
            if (!next.seed().equals(current.seed())) {
                LOG.log(Level.WARNING, "the seed of " + file + " holds from the next start on");
            }
            Takeover.run(fleet, current, next);
            current = next;
            return new Outcome(now, List.of());
        } catch (ConfigMistakes e) {
            return new Outcome(now, e.mistakes().stream().map(Object::toString).toList());
        } catch (IOException e) {
            return new Outcome(now, List.of(file + ": " + e.getMessage()));
        }
    }

    /** What became of the file the last time it was read. */
    public Outcome last() {
        return last;
    }

    /** How often a file was taken over since the start. */
    public long taken() {
        return taken.get();
    }

    /** How often a file was refused. */
    public long refused() {
        return refused.get();
    }

    @Override
    public void close() {
        open = false;
    }

    private void look() {
        try {
            while (open) {
                Thread.sleep(EVERY);
                if (open && !stamps(seen.keySet()).equals(seen)) {
                    reload();
                }
            }
        } catch (InterruptedException e) {
            // nobody interrupts this thread on purpose; without it the file just isn't watched
        }
    }

    private Map<Path, String> stamps(Config text) {
        Set<Path> files = new TreeSet<>();
        files.add(file);
        collect(text.root(), files);
        return stamps(files);
    }

    private static void collect(ConfigValue value, Set<Path> files) {
        String name = value.origin().filename();
        if (name != null) {
            files.add(Path.of(name));
        }
        if (value instanceof ConfigObject object) {
            object.values().forEach(child -> collect(child, files));
        } else if (value instanceof ConfigList list) {
            list.forEach(child -> collect(child, files));
        }
    }

    /** What tells one state of a file from another: where symlinks lead, when it was written, how long it is. */
    private static Map<Path, String> stamps(Set<Path> files) {
        Map<Path, String> stamps = new TreeMap<>();
        for (Path path : files) {
            stamps.put(path, stamp(path));
        }
        return stamps;
    }

    private static String stamp(Path path) {
        try {
            return path.toRealPath() + " " + Files.getLastModifiedTime(path) + " " + Files.size(path);
        } catch (IOException e) {
            return "missing";
        }
    }
}
