package io.chaosproxy.control;

import io.chaosproxy.config.ControlSettings;
import io.chaosproxy.control.reload.Reloader;
import io.chaosproxy.control.web.Route;
import io.chaosproxy.observe.EventBus;
import io.chaosproxy.relay.Fleet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** All through which a fleet is seen from outside, but for the API: health, metrics, the files that were asked for. */
final class Observatory implements AutoCloseable {
    private final List<AutoCloseable> files = new ArrayList<>();
    private final Metrics metrics;
    private final Health health;

    /** Of a fleet, and of the file that it follows, if any. */
    Observatory(Fleet fleet, ControlSettings settings, Optional<Reloader> reloader) {
        metrics = new Metrics(fleet, reloader);
        health = new Health(fleet, reloader);
        EventBus events = fleet.common().events();
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

    /** Writes the last lines and ends; to be closed after the fleet, so that they are the last. */
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
