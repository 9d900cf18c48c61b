package io.chaosproxy.bench.load;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** So many downloads that don't end, and what each of them got. */
public final class Downloads implements AutoCloseable, Client.Owner {
    private static final long ENDLESS = 1L << 50;

    private final Loop loop = new Loop();
    private final List<Client> clients = new ArrayList<>();

    private Downloads() throws IOException {}

    /** Begins them. */
    public static Downloads begin(Endpoint endpoint, int connections) throws IOException {
        Downloads downloads = new Downloads();
        for (int i = 0; i < connections; i++) {
            downloads.clients.add(Client.connect(downloads.loop, downloads, endpoint));
        }
        return downloads;
    }

    /** Receives for so long. Returns the bytes that each connection got meanwhile. */
    public long[] run(Duration time) throws IOException {
        long[] before = received();
        long end = System.nanoTime() + time.toNanos();
        loop.run(() -> System.nanoTime() - end > 0);
        long[] got = received();
        for (int i = 0; i < got.length; i++) {
            got[i] -= before[i];
        }
        return got;
    }

    /** Receives until then. */
    public void run(BooleanSupplier done) throws IOException {
        loop.run(done);
    }

    /** Bytes that each connection got up to now. */
    public long[] received() {
        return clients.stream().mapToLong(Client::received).toArray();
    }

    @Override
    public void connected(Client client) throws IOException {
        client.send(Request.get("/bytes/" + ENDLESS));
    }

    @Override
    public void answered(Client client) {
        throw new IllegalStateException("the endless has ended");
    }

    @Override
    public void failed(Client client, IOException reason) {
        throw new IllegalStateException("a download broke: " + reason.getMessage(), reason);
    }

    @Override
    public void close() throws IOException {
        loop.close();
    }
}
