package io.chaosproxy.control.reload;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.chaosproxy.config.ChaosConfig;
import io.chaosproxy.config.ConfigReader;
import io.chaosproxy.config.InvalidConfigException;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.flow.OutOfMemory;
import io.chaosproxy.inject.PlanMemoryException;
import io.chaosproxy.inject.ProxyClosedException;
import io.chaosproxy.net.ListenException;
import io.chaosproxy.relay.ProxyRegistry;
import io.chaosproxy.relay.ProxyServer;
import io.chaosproxy.relay.UnusableSettingsException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reloads the configuration file when its text, or that of an included file, has changed, and on request.
 *
 * <p>A virtual thread polls the files once a second: notifications are missing where a ConfigMap swaps a symlink and on
 * network file systems, and a poll costs microseconds. The same thread retries proxies that could not listen again after a
 * rejected reload.
 */
public final class ConfigWatcher implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("io.chaosproxy.control");
    private static final Duration EVERY = Duration.ofSeconds(1);

    private final ProxyRegistry registry;
    private final Path file;
    private final Map<String, String> overrides;
    private final ChaosConfig started;
    private final ReentrantLock reloading = new ReentrantLock();
    private final Set<String> lost = ConcurrentHashMap.newKeySet();
    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    private volatile ChaosConfig current;
    private volatile Outcome last;
    private volatile Instant lastTaken;
    private volatile Map<Path, State> seen;
    private volatile boolean open = true;

    /**
     * Outcome of a reload.
     *
     * @param at when it was read
     * @param mistakes one line each, with file and line; empty if it was applied
     * @param ignored one line for each part that differs from what runs and holds from the next start on
     * @param lost names of proxies that lost their address in the attempt, and are tried again
     * @param exhausted whether it was rejected for want of descriptors or heap, so that it may be applied when connections have ended
     */
    public record Outcome(
            Instant at, List<String> mistakes, List<String> ignored, List<String> lost, boolean exhausted) {
        public Outcome {
            lost = List.copyOf(lost);
            mistakes = List.copyOf(mistakes);
            ignored = List.copyOf(ignored);
        }

        public boolean isTaken() {
            return mistakes.isEmpty();
        }
    }

    /**
     * One state of a file.
     *
     * @param stamp real path, modification time and size; cheap to compare
     * @param text content; empty if unreadable
     */
    private record State(String stamp, ByteBuffer text) {
        static State of(Path path) {
            String stamp = stampOf(path);
            try {
                return new State(stamp, ByteBuffer.wrap(Files.readAllBytes(path)));
            } catch (IOException e) {
                return new State(stamp, ByteBuffer.allocate(0));
            }
        }

        static String stampOf(Path path) {
            try {
                return path.toRealPath() + " " + Files.getLastModifiedTime(path) + " " + Files.size(path);
            } catch (IOException e) {
                return "missing";
            }
        }
    }

    private ConfigWatcher(
            ProxyRegistry registry, Path file, Map<String, String> overrides, Config text, ChaosConfig current) {
        this.registry = registry;
        this.file = file;
        this.overrides = Map.copyOf(overrides);
        this.started = current;
        this.current = current;
        this.seen = states(files(text));
        this.last = new Outcome(Instant.now(), List.of(), List.of(), List.of(), false);
        this.lastTaken = last.at();
    }

    /**
     * Watches a file from now on.
     *
     * @param text the file as it was loaded
     * @param current what the registry runs already
     */
    public static ConfigWatcher watch(
            ProxyRegistry registry, Path file, Map<String, String> overrides, Config text, ChaosConfig current) {
        ConfigWatcher reloader = new ConfigWatcher(registry, file, overrides, text, current);
        Thread.ofVirtual().name("configuration").start(reloader::look);
        return reloader;
    }

    /**
     * Reads the file again now, changed or not, and puts in force what it names; a bad one changes nothing. Rules and proxies
     * that were added at run time stay.
     */
    public Outcome reload() {
        return apply(ConfigReconciler.Extent.NAMED);
    }

    /** Reloads the file, removes rules and proxies that were added at run time, and enables all proxies. */
    public Outcome reset() {
        return apply(ConfigReconciler.Extent.EVERYTHING);
    }

    private Outcome apply(ConfigReconciler.Extent extent) {
        reloading.lock();
        try {
            last = attempt(extent);
            (last.isTaken() ? taken : refused).incrementAndGet();
            last.mistakes().forEach(mistake -> LOG.log(Level.WARNING, "not reloaded: " + mistake));
            if (last.isTaken()) {
                lastTaken = last.at();
                LOG.log(Level.INFO, "reloaded: " + file);
            }
            last.ignored().forEach(ignored -> LOG.log(Level.WARNING, ignored));
            return last;
        } finally {
            reloading.unlock();
        }
    }

    private Outcome attempt(ConfigReconciler.Extent extent) {
        Instant now = Instant.now();
        Map<Path, State> before = states(seen.keySet());
        seen = before; // also if it turns out to be bad: it is reported once, not each second
        try {
            Config text = ConfigReader.load(file, overrides);
            seen = known(before, files(text));
            ChaosConfig next = ConfigReader.read(text);
            reconcile(text, next, extent);
            current = next;
            lost.clear();
            return new Outcome(now, List.of(), ignored(next), List.of(), false);
        } catch (InvalidConfigException e) {
            return refused(now, e.errors().stream().map(Object::toString).toList());
        } catch (IOException e) {
            return refused(now, e);
        } catch (PlanMemoryException e) {
            return new Outcome(now, List.of(file + ": " + e.getMessage()), List.of(), List.of(), true);
        } catch (InvalidValueException | ProxyClosedException e) {
            return refused(now, List.of(file + ": " + e.getMessage()));
        }
    }

    /** An error of files that the settings name is one of the configuration, and has a place in it. */
    private void reconcile(Config text, ChaosConfig next, ConfigReconciler.Extent extent) throws IOException {
        try {
            ConfigReconciler.run(registry, current, next, extent);
        } catch (UnusableSettingsException e) {
            seen = known(seen, watched(e.files())); // mended in these files, it may be taken
            throw new InvalidConfigException(e.settings().stream()
                    .map(setting -> ConfigReader.located(text, setting.error()))
                    .toList());
        }
    }

    /** The files of the configuration, and those of these that can be read without waiting. */
    private Set<Path> watched(Set<Path> named) {
        Set<Path> files = new TreeSet<>(seen.keySet());
        named.stream()
                .filter(path -> Files.notExists(path) || Files.isRegularFile(path))
                .forEach(files::add);
        return files;
    }

    private static Outcome refused(Instant at, List<String> mistakes) {
        return new Outcome(at, mistakes, List.of(), List.of(), false);
    }

    /** The address that could not be had, and the proxies that lost theirs in the attempt. */
    private Outcome refused(Instant at, IOException e) {
        List<String> lines = new ArrayList<>();
        List<String> names = new ArrayList<>();
        lines.add(file + ": " + e.getMessage());
        for (Throwable suppressed : e.getSuppressed()) {
            if (suppressed instanceof ListenException cannot) {
                names.add(cannot.proxy());
                lines.add(file + ": had to stop listening for the attempt, and is tried again each second: "
                        + cannot.getMessage());
            }
        }
        lost.addAll(names);
        boolean exhausted = e instanceof ListenException cannot && cannot.isForWantOfDescriptors();
        return new Outcome(at, lines, List.of(), names, exhausted);
    }

    /** The parts of a file that only a start puts in force. */
    private List<String> ignored(ChaosConfig next) {
        List<String> lines = new ArrayList<>();
        if (!next.seed().equals(started.seed())) {
            lines.add("the seed of " + file + " holds from the next start on; "
                    + registry.common().seed() + " is in force");
        }
        if (!next.control().equals(started.control())) {
            lines.add("control of " + file + " holds from the next start on; it differs from what is in force");
        }
        if (!next.cluster().equals(started.cluster())) {
            lines.add("cluster of " + file + " holds from the next start on; it differs from what is in force");
        }
        return lines;
    }

    /** Outcome of the last reload. */
    public Outcome last() {
        return last;
    }

    /** When it was last applied; at the start, if no reload was applied yet. */
    public Instant lastTaken() {
        return lastTaken;
    }

    /** Number of applied reloads since the start. */
    public long taken() {
        return taken.get();
    }

    /** Number of rejected reloads. */
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
                lookOnce();
            }
        } catch (InterruptedException e) {
            // not expected; ends the watch
        }
    }

    /** A defect, or a machine out of memory or descriptors, costs one look and not the watch. */
    private void lookOnce() {
        try {
            if (open && isChanged()) {
                reload();
            }
            retry();
        } catch (RuntimeException | Error e) {
            report(e);
        }
    }

    private void report(Throwable defect) {
        try {
            OutOfMemory.passOn(defect);
            LOG.log(Level.ERROR, "a look at " + file + " failed; the next one is in a second", defect);
        } catch (RuntimeException | Error e) {
            // a logger that fails itself must not end the watch
        }
    }

    /** Whether the text of a file is another. One that was merely touched is remembered as it is now. */
    private boolean isChanged() {
        Map<Path, State> before = seen;
        if (before.entrySet().stream()
                .allMatch(each ->
                        State.stampOf(each.getKey()).equals(each.getValue().stamp()))) {
            return false;
        }
        Map<Path, State> now = states(before.keySet());
        boolean changed = now.entrySet().stream().anyMatch(each -> {
            State former = before.get(each.getKey());
            return former == null || !former.text().equals(each.getValue().text());
        });
        reloading.lock();
        try {
            if (!changed && seen == before) {
                seen = now;
            }
        } finally {
            reloading.unlock();
        }
        return changed;
    }

    /** Switches on what lost its address, once that is free again. */
    private void retry() {
        lost.removeIf(this::isBack);
    }

    /** Whether a proxy listens again, or isn't to any more: it was switched off or removed meanwhile. */
    private boolean isBack(String name) {
        registry.changing().lock();
        try {
            Optional<ProxyServer> proxy = registry.find(name).filter(found -> found.isWanted() && !found.isEnabled());
            if (proxy.isPresent()) {
                proxy.get().enable();
                LOG.log(
                        Level.INFO,
                        "proxy " + name + " listens again on "
                                + proxy.get().spec().listen());
            }
            return true;
        } catch (ProxyClosedException e) {
            return true;
        } catch (IOException e) {
            return false; // its address is still another's; the next look tries again
        } finally {
            registry.changing().unlock();
        }
    }

    private Set<Path> files(Config text) {
        Set<Path> files = new TreeSet<>();
        files.add(file);
        collect(text.root(), files);
        return files;
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

    private static Map<Path, State> states(Set<Path> files) {
        return known(Map.of(), files);
    }

    /** The states of files: those that are known, since they may have changed after they were read, and the others anew. */
    private static Map<Path, State> known(Map<Path, State> known, Set<Path> files) {
        Map<Path, State> states = new TreeMap<>();
        for (Path path : files) {
            State state = known.get(path);
            states.put(path, state == null ? State.of(path) : state);
        }
        return states;
    }
}
