package io.chaosproxy.kit;

import io.chaosproxy.stream.Sink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A sink that keeps what reached it, and when; any thread may look. */
public final class Collector implements Sink {
    private final HandClock clock;
    private final List<Arrival> arrivals = new ArrayList<>();
    private final ByteArrayOutputStream all = new ByteArrayOutputStream();
    private @Nullable IOException failure;

    /**
     * One write, or the end.
     *
     * @param millis since the test began
     * @param what the bytes as ISO 8859-1, or {@code END}
     */
    public record Arrival(double millis, String what) {
        /** Such as {@code 12.5 abc}. */
        @Override
        public String toString() {
            String time = Double.toString(millis);
            return (time.endsWith(".0") ? time.substring(0, time.length() - 2) : time) + " " + what;
        }
    }

    public Collector(HandClock clock) {
        this.clock = clock;
    }

    /** Each character as one byte. */
    public static ByteBuffer bytes(String latin1) {
        return ByteBuffer.wrap(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Override
    public synchronized void write(ByteBuffer bytes) throws IOException {
        if (failure != null) {
            throw failure;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        all.writeBytes(copy);
        arrivals.add(new Arrival(clock.millis(), new String(copy, StandardCharsets.ISO_8859_1)));
    }

    @Override
    public synchronized void end() {
        arrivals.add(new Arrival(clock.millis(), "END"));
    }

    /** From now on each write throws this. */
    public synchronized void failWith(IOException reason) {
        failure = reason;
    }

    /** Every write and the end, such as {@code "0 ab", "12.5 c", "12.5 END"}. */
    public synchronized List<String> log() {
        return arrivals.stream().map(Arrival::toString).toList();
    }

    public synchronized List<Arrival> arrivals() {
        return List.copyOf(arrivals);
    }

    /** All bytes in one. */
    public synchronized byte[] all() {
        return all.toByteArray();
    }
}
