package io.chaosproxy.bench.workload;

import io.chaosproxy.bench.variant.ProcessTree;
import io.chaosproxy.bench.variant.Running;
import java.io.IOException;
import java.util.Optional;

/** Wall clock and processor time from a moment on: of the proxy, and of load generator and origin together. */
final class Account {
    private static final double NANOS = 1e9;

    private final Optional<ProcessTree> proxy;
    private final ProcessTree origin;
    private final long start;
    private final double proxyBefore;
    private final double othersBefore;

    private Account(Optional<ProcessTree> proxy, ProcessTree origin) throws IOException {
        this.proxy = proxy;
        this.origin = origin;
        this.proxyBefore = proxySeconds();
        this.othersBefore = otherSeconds();
        this.start = System.nanoTime();
    }

    static Account open(Stand stand, Running proxy) throws IOException {
        return new Account(proxy.processes(), stand.origin().processes());
    }

    /** Stops the clock. */
    Cost close() throws IOException {
        double wall = (System.nanoTime() - start) / NANOS;
        return new Cost(wall, proxySeconds() - proxyBefore, otherSeconds() - othersBefore, proxy.isPresent());
    }

    private double proxySeconds() throws IOException {
        return proxy.isPresent() ? proxy.get().cpuSeconds() : 0;
    }

    private double otherSeconds() throws IOException {
        return origin.cpuSeconds() + ProcessTree.self().cpuSeconds();
    }
}
