package io.chaosproxy.control.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The requests of a run through one listener. Runs on the thread of its caller, with a thread for each request that is under way
 * at once; no thread is left when it ends.
 */
final class LoadLeg {
    /** Upper bound for one leg; what is under way then is broken off. */
    static final Duration MAX_TIME = Duration.ofSeconds(60);

    /** Interval of reports. */
    private static final Duration REPORT = Duration.ofMillis(100);

    private final String name;
    private final LoadClient client;
    private final LoadRequest request;
    private final LinkedBlockingQueue<LoadResult> results = new LinkedBlockingQueue<>();
    private final AtomicInteger taken = new AtomicInteger();
    private volatile boolean ending;

    LoadLeg(String name, LoadClient client, LoadRequest request) {
        this.name = name;
        this.client = client;
        this.request = request;
    }

    /**
     * Sends all requests.
     *
     * @param report receives the results of the last interval, none included; what it throws ends the leg
     * @param ends whether the run is to end early; asked each interval
     */
    LoadSummary run(Consumer<List<LoadResult>> report, BooleanSupplier ends) throws InterruptedException {
        long began = System.nanoTime();
        List<Thread> workers = start(began);
        List<LoadResult> all = new ArrayList<>();
        try {
            boolean working = true;
            while (working && !ends.getAsBoolean() && System.nanoTime() - began < MAX_TIME.toNanos()) {
                working = awaitWorker(workers, REPORT);
                drain(all, report);
            }
        } finally {
            ending = true;
            workers.forEach(Thread::interrupt);
            for (Thread worker : workers) {
                worker.join();
            }
        }
        drain(all, report);
        return LoadSummary.of(name, request.count(), all, Duration.ofNanos(System.nanoTime() - began));
    }

    private List<Thread> start(long began) {
        List<Thread> workers = new ArrayList<>();
        for (int i = 1; i <= Math.min(request.concurrency(), request.count()); i++) {
            workers.add(Thread.ofVirtual().name("try " + name + " #" + i).start(() -> work(began)));
        }
        return workers;
    }

    private void work(long began) {
        while (!ending && taken.getAndIncrement() < request.count()) {
            results.add(client.send(request, began));
        }
    }

    /** Waits that long; false once all workers have ended. */
    private static boolean awaitWorker(List<Thread> workers, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        for (Thread worker : workers) {
            long left = end - System.nanoTime();
            if (!worker.join(Duration.ofNanos(Math.max(1, left)))) {
                return true;
            }
        }
        return false;
    }

    private void drain(List<LoadResult> all, Consumer<List<LoadResult>> report) {
        List<LoadResult> some = new ArrayList<>();
        results.drainTo(some);
        all.addAll(some);
        report.accept(some);
    }
}
