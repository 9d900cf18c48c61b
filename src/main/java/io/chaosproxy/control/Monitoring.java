package io.chaosproxy.control;

import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.control.reload.ConfigWatcher;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.observe.EventBus;
import io.chaosproxy.relay.ProxyRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Monitoring of a registry besides the API: health, metrics, journal file and access log. */
final class Monitoring implements AutoCloseable {
    private final List<AutoCloseable> files = new ArrayList<>();
    private final Metrics metrics;
    private final Health health;

    /** {@code reloader} is empty without a configuration file. */
    Monitoring(ProxyRegistry registry, ControlSettings settings, Optional<ConfigWatcher> reloader) {
        metrics = new Metrics(registry, reloader);
        health = new Health(registry, reloader);
        EventBus events = registry.common().events();
        settings.journal().ifPresent(path -> {
            JournalFile journal = new JournalFile(events, path);
            metrics.watch("journal", journal.file());
            files.add(journal);
        });
        settings.accessLog().ifPresent(path -> {
            AccessLog log = new AccessLog(events, path);
            metrics.watch("access-log", log.file());
            files.add(log);
        });
    }

    List<Route> routes() {
        return Stream.concat(health.routes().stream(), metrics.routes().stream())
                .toList();
    }

    /** Writes the last lines and ends; to be closed after the registry, so that they are the last. */
    @Override
    public void close() {
        for (AutoCloseable file : files) {
            close(file);
        }
        metrics.close();
    }

    private static void close(AutoCloseable file) {
        try {
            file.close();
        } catch (Exception e) {
            throw new IllegalStateException(e); // none of them throws
        }
    }
}
