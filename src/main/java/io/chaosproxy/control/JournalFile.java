package io.chaosproxy.control;

import io.chaosproxy.control.api.JsonViews;
import io.chaosproxy.control.web.JsonWriter;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.observe.Event;
import io.chaosproxy.observe.EventBus;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The journal as a file: a line of JSON for each hit, in the shape in which the API shows hits. */
final class JournalFile implements AutoCloseable {
    /** Characters of a line without its request. */
    private static final int BASE_LENGTH = 300;

    private final EventBus events;
    private final AsyncLineWriter<Hit> file;
    private final Consumer<Event> listener = this::accept;

    /** Writes each hit from now on. */
    JournalFile(EventBus events, Path path) {
        this.events = events;
        this.file = AsyncLineWriter.open(
                path,
                JournalFile::line,
                hit -> BASE_LENGTH
                        + hit.request().length()
                        + hit.spoken().serverName().length());
        events.addWithoutTraffic(listener);
    }

    AsyncLineWriter<Hit> file() {
        return file;
    }

    private void accept(Event event) {
        if (event instanceof Event.Struck struck) {
            file.add(struck.hit());
        }
    }

    static String line(Hit hit) {
        return JsonWriter.SORTED.write(JsonViews.hit(hit));
    }

    @Override
    public void close() {
        events.remove(listener);
        file.close();
    }
}
