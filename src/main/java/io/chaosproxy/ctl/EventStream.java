package io.chaosproxy.ctl;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Server-sent events (HTML Standard §9.2) as the control plane sends them: a name and one line of data each. */
final class EventStream implements AutoCloseable {
    private static final String NAME = "event:";
    private static final String DATA = "data:";

    private final InputStream in;
    private final BufferedReader lines;

    /** An event; the data is JSON. */
    record ServerEvent(String name, String data) {}

    EventStream(InputStream in) {
        this.in = in;
        this.lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }

    /** Waits for the next event; empty if the server has ended the stream. */
    Optional<ServerEvent> next() throws IOException {
        String name = "";
        String data = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(NAME)) {
                name = line.substring(NAME.length()).strip();
            } else if (line.startsWith(DATA)) {
                data = line.substring(DATA.length()).strip();
            } else if (line.isEmpty() && !data.isEmpty()) {
                return Optional.of(new ServerEvent(name, data));
            }
        }
        return Optional.empty();
    }

    /** Ends the stream; thread-safe. */
    @Override
    public void close() throws IOException {
        in.close();
    }
}
