package io.chaosproxy.control;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValueFactory;
import io.chaosproxy.fault.Drawn;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.relay.Event;
import io.chaosproxy.relay.Events;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** The journal as a file: a line of JSON for each hit, in the shape in which the API shows hits. */
final class JournalFile implements AutoCloseable {
    private final Events events;
    private final LineFile<Hit> file;
    private final Consumer<Event> listener = this::accept;

    /** Writes what is told from now on. */
    JournalFile(Events events, Path path) {
        this.events = events;
        this.file = LineFile.open(path, JournalFile::line);
        events.add(listener);
    }

    LineFile<Hit> file() {
        return file;
    }

    private void accept(Event event) {
        if (event instanceof Event.Struck struck) {
            file.add(struck.hit());
        }
    }

    static String line(Hit hit) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("at", hit.at().toString());
        fields.put("proxy", hit.proxy());
        fields.put("connection", hit.connection());
        fields.put("exchange", hit.exchange());
        fields.put("client", hit.client());
        fields.put("request", hit.request());
        fields.put("rule", hit.rule());
        fields.put("type", hit.type());
        Drawn drawn = hit.drawn();
        if (!drawn.equals(Drawn.NOTHING)) {
            fields.put(
                    "drawn",
                    Map.of(
                            "what", drawn.what(),
                            "value", drawn.value(),
                            "unit", drawn.unit().name().toLowerCase(Locale.ROOT)));
        }
        return ConfigValueFactory.fromMap(fields).render(ConfigRenderOptions.concise());
    }

    @Override
    public void close() {
        events.remove(listener);
        file.close();
    }
}
