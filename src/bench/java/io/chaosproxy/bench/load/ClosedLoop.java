package io.chaosproxy.bench.load;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** So many connections, each of which asks again as soon as it has its answer. */
public final class ClosedLoop implements AutoCloseable, Client.Owner {
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(20);
    private static final int TOO_MANY_FAILURES = 1000;

    private final Endpoint endpoint;
    private final Request request;
    private final boolean fresh;
    private final Loop loop = new Loop();
    private final List<Client> idle = new ArrayList<>();
    private boolean going;
    private long answered;
    private int failures;

    private ClosedLoop(Endpoint endpoint, Request request, boolean fresh) throws IOException {
        this.endpoint = endpoint;
        this.request = request;
        this.fresh = fresh;
    }

    /** Connections that are kept; they are open when this returns. */
    public static ClosedLoop kept(Endpoint endpoint, int connections, Request request) throws IOException {
        ClosedLoop load = new ClosedLoop(endpoint, request, false);
        for (int i = 0; i < connections; i++) {
            Client.connect(load.loop, load, endpoint);
        }
        long deadline = System.nanoTime() + CONNECT_PATIENCE.toNanos();
        load.loop.run(() -> load.idle.size() == connections || System.nanoTime() - deadline > 0);
        if (load.idle.size() < connections) {
            load.close();
            throw new IOException("only " + load.idle.size() + " of " + connections + " connections were accepted");
        }
        return load;
    }

    /** A new connection for each exchange, so many at a time. */
    public static ClosedLoop fresh(Endpoint endpoint, int connections, Request request) throws IOException {
        ClosedLoop load = new ClosedLoop(endpoint, request, true);
        load.going = true;
        for (int i = 0; i < connections; i++) {
            Client.connect(load.loop, load, endpoint);
        }
        return load;
    }

    /** Asks for so long, and returns how many exchanges were completed. */
    public long run(Duration time) throws IOException {
        long before = answered;
        going = true;
        for (Client client : idle) {
            client.send(request);
        }
        idle.clear();
        long deadline = System.nanoTime() + time.toNanos();
        loop.run(() -> System.nanoTime() - deadline > 0);
        return answered - before;
    }

    /** Has each connection asked once, and returns when all have been answered. */
    public void once(Duration patience) throws IOException {
        going = false;
        int all = idle.size();
        List<Client> asking = List.copyOf(idle);
        idle.clear();
        for (Client client : asking) {
            client.send(request);
        }
        long deadline = System.nanoTime() + patience.toNanos();
        loop.run(() -> idle.size() + failures >= all || System.nanoTime() - deadline > 0);
        if (idle.size() < all) {
            throw new IOException(idle.size() + " of " + all + " were answered in " + patience);
        }
    }

    /** How many connections broke. */
    public int failures() {
        return failures;
    }

    @Override
    public void connected(Client client) throws IOException {
        if (going) {
            client.send(request);
        } else {
            idle.add(client);
        }
    }

    @Override
    public void answered(Client client) throws IOException {
        answered++;
        if (fresh) {
            client.close();
            Client.connect(loop, this, endpoint);
        } else if (going) {
            client.send(request);
        } else {
            idle.add(client);
        }
    }

    @Override
    public void failed(Client client, IOException reason) {
        if (++failures > TOO_MANY_FAILURES) {
            throw new IllegalStateException(
                    "too many connections broke, the last one so: " + reason.getMessage(), reason);
        }
        try {
            Client.connect(loop, this, endpoint);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        loop.close();
    }
}
