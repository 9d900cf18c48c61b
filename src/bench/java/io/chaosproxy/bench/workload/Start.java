package io.chaosproxy.bench.workload;

import io.chaosproxy.bench.variant.Running;
import io.chaosproxy.bench.variant.Variant;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** From the start of the process to the first byte that it relays, and the memory that it occupies then. */
public final class Start implements Workload {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final byte[] REQUEST =
            "GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
    private static final double SECOND = 1e9;
    private static final double KIB_PER_MIB = 1024;

    @Override
    public String name() {
        return "start";
    }

    @Override
    public String title() {
        return "from the start to the first relayed byte";
    }

    @Override
    public boolean suits(Variant variant) {
        return variant.can(setting()) && !variant.showsRules();
    }

    @Override
    public boolean warmsUp() {
        return false;
    }

    @Override
    public Outcome round(Stand stand, Duration time) throws IOException {
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        long start = System.nanoTime();
        try (Running proxy = stand.fresh(setting())) {
            while (!answers(proxy)) {
                if (!proxy.isAlive() || System.nanoTime() - start > PATIENCE.toNanos()) {
                    throw new IOException("no answer: " + proxy.log());
                }
                pause();
            }
            figures.put(Figure.FIRST_BYTE, (System.nanoTime() - start) / SECOND);
            if (proxy.processes().isPresent()) {
                figures.put(Figure.RESIDENT, proxy.processes().get().residentKib() / KIB_PER_MIB);
            }
        }
        return Outcome.of(figures);
    }

    private static boolean answers(Running proxy) throws IOException {
        try (Socket client = new Socket()) {
            client.connect(proxy.address());
            client.getOutputStream().write(REQUEST);
            InputStream in = client.getInputStream();
            return in.read() >= 0;
        } catch (ConnectException e) {
            return false; // it doesn't listen yet
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(1);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
