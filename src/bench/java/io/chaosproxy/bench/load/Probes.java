package io.chaosproxy.bench.load;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/** Clients that measure how long small exchanges take beside another load. All run on the thread that calls {@link #run}. */
public final class Probes implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final long LONGEST = Duration.ofMinutes(1).toNanos();
    private static final int DIGITS = 3;

    private final Loop loop = new Loop();
    private final List<Probe> probes = new ArrayList<>();
    private long end;

    public Probes() throws IOException {}

    /** Adds one connection that is kept and asks again as soon as it has its answer. It is open when this returns. */
    public Probe ping(Endpoint endpoint, Request request) throws IOException {
        Ping ping = new Ping(endpoint, request);
        probes.add(ping);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        loop.run(() -> ping.connected || ping.failures() > 0 || System.nanoTime() - deadline > 0);
        if (!ping.connected) {
            throw new IOException("a connection was not accepted");
        }
        return ping;
    }

    /**
     * Adds an exchange on a new connection in each interval, whether or not the one before has been answered. Its time
     * begins with the connect.
     */
    public Probe fresh(Endpoint endpoint, Request request, Duration interval) {
        Fresh fresh = new Fresh(endpoint, request, interval.toNanos());
        probes.add(fresh);
        return fresh;
    }

    /** Measures anew for this time, and then waits for the answers that are missing. */
    public void run(Duration time) throws IOException {
        long start = System.nanoTime();
        end = start + time.toNanos();
        for (Probe probe : probes) {
            probe.times.reset();
            probe.begin(start);
        }
        loop.run(() -> System.nanoTime() - end > 0);
        long deadline = end + PATIENCE.toNanos();
        loop.run(() -> probes.stream().allMatch(probe -> probe.asking == 0) || System.nanoTime() - deadline > 0);
        if (probes.stream().anyMatch(probe -> probe.asking > 0)) {
            throw new IOException("no answer in " + PATIENCE.toSeconds() + " s");
        }
    }

    @Override
    public void close() throws IOException {
        loop.close();
    }

    /** One kind of exchange, and how long it took. */
    public abstract static class Probe {
        private final Histogram times = new Histogram(LONGEST, DIGITS);
        private int asking;
        private int failures;

        private Probe() {}

        /** How long the exchanges of the last run took, in nanoseconds. */
        public Histogram times() {
            return times;
        }

        /** How many connections broke. */
        public int failures() {
            return failures;
        }

        abstract void begin(long start);

        void asked() {
            asking++;
        }

        void answered(long from) {
            asking--;
            times.recordValue(Math.min(LONGEST, System.nanoTime() - from));
        }

        void broke() {
            asking--;
            failures++;
        }
    }

    private final class Ping extends Probe implements Client.Owner {
        private final Request request;
        private final Client client;
        private boolean connected;
        private long from;

        Ping(Endpoint endpoint, Request request) throws IOException {
            this.request = request;
            client = Client.connect(loop, this, endpoint);
        }

        @Override
        void begin(long start) {
            asked();
            try {
                ask();
            } catch (IOException e) {
                client.failed(e);
            }
        }

        private void ask() throws IOException {
            from = System.nanoTime();
            client.send(request);
        }

        @Override
        public void connected(Client self) {
            connected = true;
        }

        @Override
        public void answered(Client self) throws IOException {
            answered(from);
            if (System.nanoTime() - end < 0) {
                asked();
                ask();
            }
        }

        @Override
        public void failed(Client self, IOException reason) {
            broke();
        }
    }

    private final class Fresh extends Probe {
        private final Endpoint endpoint;
        private final Request request;
        private final long interval;

        Fresh(Endpoint endpoint, Request request, long interval) {
            this.endpoint = endpoint;
            this.request = request;
            this.interval = interval;
        }

        @Override
        void begin(long due) {
            loop.at(due, () -> {
                if (due - end < 0) {
                    begin(due + interval);
                    asked();
                    new Exchange().begin();
                }
            });
        }

        private final class Exchange implements Client.Owner {
            private final long from = System.nanoTime();

            void begin() {
                try {
                    Client.connect(loop, this, endpoint);
                } catch (IOException e) {
                    broke();
                }
            }

            @Override
            public void connected(Client client) throws IOException {
                client.send(request);
            }

            @Override
            public void answered(Client client) {
                Fresh.this.answered(from);
                client.close();
            }

            @Override
            public void failed(Client client, IOException reason) {
                broke();
            }
        }
    }
}
