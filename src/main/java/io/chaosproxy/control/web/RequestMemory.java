package io.chaosproxy.control.web;

import io.chaosproxy.flow.MemoryBudget;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Accounts for the heap that one request of the control plane holds: its body, the objects parsed from it, and an answer that its
 * client reads slowly. A request is answered with 503 when the budget is used up. Confined to the thread of the request.
 */
public final class RequestMemory implements AutoCloseable {
    /** A body or an answer of this size is a part of what a control connection costs anyway. */
    private static final int SMALL = 4 * 1024;

    /** How often a body is in memory while it is read: the pieces, the whole, and the text. */
    private static final int COPIES = 3;

    /** Heap of the objects that a parser may make of a byte. */
    private static final int OBJECTS = 30;

    /** How long a body that has been read may wait until those before it have been handled. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final MemoryBudget BUDGET = MemoryBudget.PROCESS;

    private final List<Part> parts = new ArrayList<>(2);

    private record Part(MemoryBudget.Use use, long bytes) {}

    private RequestMemory() {}

    /** The memory of a request; {@link #release} ends it. */
    private static RequestMemory of(ServerRequest request) {
        return request.context().get(RequestMemory.class).orElseGet(() -> {
            RequestMemory memory = new RequestMemory();
            request.context().register(memory);
            return memory;
        });
    }

    /** Takes memory for a body of up to this length, before it is read. */
    static void takeForBody(ServerRequest request, long length) {
        if (length > SMALL) {
            long bytes = COPIES * length;
            if (!BUDGET.tryTake(MemoryBudget.Use.CONTROL_BODIES, bytes)) {
                throw exhausted();
            }
            of(request).parts.add(new Part(MemoryBudget.Use.CONTROL_BODIES, bytes));
        }
    }

    /** Takes memory for the objects that are made of a body, waiting for those of other requests. */
    static void takeForObjects(ServerRequest request, long length) {
        if (length > SMALL) {
            long bytes = OBJECTS * length;
            awaitMemory(bytes);
            of(request).parts.add(new Part(MemoryBudget.Use.CONTROL, bytes));
        }
    }

    private static void awaitMemory(long bytes) {
        if (BUDGET.tryTake(MemoryBudget.Use.CONTROL, bytes)) {
            return;
        }
        long end = System.nanoTime() + PATIENCE.toNanos();
        try (MemoryBudget.Claim claim = BUDGET.claim(MemoryBudget.Use.CONTROL, bytes)) {
            while (!claim.keep()) {
                long left = end - System.nanoTime();
                if (left <= 0 || Thread.currentThread().isInterrupted()) {
                    throw exhausted();
                }
                LockSupport.parkNanos(claim, left);
            }
        }
    }

    /** Sends an answer, for which this much memory is held until its client has it. */
    public static void send(long bytes, Runnable answer) {
        boolean large = bytes > SMALL;
        if (large && !BUDGET.tryTake(MemoryBudget.Use.CONTROL, bytes)) {
            throw exhausted();
        }
        try {
            answer.run();
        } finally {
            if (large) {
                BUDGET.giveBack(MemoryBudget.Use.CONTROL, bytes);
            }
        }
    }

    private static Problem exhausted() {
        return new Problem(
                Status.SERVICE_UNAVAILABLE_503,
                "the heap for requests of the control plane is in use (-Xmx); try again in a second");
    }

    /** The request is over. */
    public static void release(ServerRequest request) {
        request.context().get(RequestMemory.class).ifPresent(RequestMemory::close);
    }

    @Override
    public void close() {
        parts.forEach(part -> BUDGET.giveBack(part.use(), part.bytes()));
        parts.clear();
    }
}
