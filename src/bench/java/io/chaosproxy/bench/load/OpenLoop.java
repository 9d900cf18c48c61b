package io.chaosproxy.bench.load;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * So many connections, each of which asks at moments fixed beforehand, whether or not it has been answered. An exchange
 * that has to wait for the one before counts from the moment at which it was due, so that a proxy which stalls is charged
 * with all that it held up (coordinated omission). One that nothing holds up counts from when it was sent, so that the
 * lateness of the load generator's own timer, up to a millisecond, isn't the proxy's.
 */
public final class OpenLoop implements AutoCloseable {
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(30);
    private static final long LONGEST = Duration.ofMinutes(1).toNanos();
    private static final int DIGITS = 3;

    private final Loop loop = new Loop();
    private final Request request;
    private final List<Turn> turns = new ArrayList<>();
    private Histogram histogram = new Histogram(LONGEST, DIGITS);
    private int connected;
    private int failures;
    private long interval;
    private long end;

    private OpenLoop(Request request) throws IOException {
        this.request = request;
    }

    /** Connects them all. */
    public static OpenLoop connect(Endpoint endpoint, int connections, Request request) throws IOException {
        OpenLoop load = new OpenLoop(request);
        for (int i = 0; i < connections; i++) {
            load.turns.add(load.new Turn(endpoint));
        }
        long deadline = System.nanoTime() + CONNECT_PATIENCE.toNanos();
        load.loop.run(() -> load.connected == connections || System.nanoTime() - deadline > 0);
        if (load.connected < connections) {
            load.close();
            throw new IOException("only " + load.connected + " of " + connections + " connections were accepted");
        }
        return load;
    }

    /** Has each connection ask once in each interval, evenly spread. Returns how long the answers took, in nanoseconds. */
    public Histogram run(Duration time, Duration each) throws IOException {
        histogram = new Histogram(LONGEST, DIGITS);
        interval = each.toNanos();
        long start = System.nanoTime();
        end = start + time.toNanos();
        for (int i = 0; i < turns.size(); i++) {
            turns.get(i).begin(start + interval * i / turns.size());
        }
        loop.run(() -> System.nanoTime() - end > 0);
        long patience = end + CONNECT_PATIENCE.toNanos();
        loop.run(() -> turns.stream().noneMatch(turn -> turn.busy) || System.nanoTime() - patience > 0);
        return histogram;
    }

    /** How many connections broke; they aren't replaced. */
    public int failures() {
        return failures;
    }

    @Override
    public void close() throws IOException {
        loop.close();
    }

    /** One connection and its timetable. */
    private final class Turn implements Client.Owner {
        private final Client client;
        private long due;
        private long counted;
        private boolean busy;
        private boolean late;
        private boolean broken;

        Turn(Endpoint endpoint) throws IOException {
            client = Client.connect(loop, this, endpoint);
        }

        void begin(long first) {
            due = first;
            late = false;
            setTimer();
        }

        /** A timer of an earlier run, or of an exchange that was already made up for, finds another moment due. */
        private void setTimer() {
            long moment = due;
            loop.at(moment, () -> {
                if (moment == due) {
                    strike();
                }
            });
        }

        private void strike() {
            if (busy) {
                late = true;
            } else if (due - end < 0 && !broken) {
                ask(System.nanoTime());
            }
        }

        private void ask(long from) {
            busy = true;
            counted = from;
            due += interval;
            setTimer();
            try {
                client.send(request);
            } catch (IOException e) {
                client.failed(e);
            }
        }

        @Override
        public void connected(Client self) {
            connected++;
        }

        @Override
        public void answered(Client self) {
            histogram.recordValue(Math.min(LONGEST, System.nanoTime() - counted));
            busy = false;
            if (late && due - end < 0) {
                late = due + interval - System.nanoTime() <= 0;
                ask(due);
            }
        }

        @Override
        public void failed(Client self, IOException reason) {
            broken = true;
            busy = false;
            failures++;
        }
    }
}
