package io.chaosproxy.junit;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.relay.ProxySpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The proxies of one test, or those of a class, by name. JUnit closes it with the context that it is kept in. */
final class Rig implements AutoCloseable {
    private final String whose;
    private final long seed;
    private final Map<String, ChaosProxy> proxies = new LinkedHashMap<>();

    /**
     * Without proxies.
     *
     * @param whose they are to be: those of a test or of a class
     */
    Rig(String whose, long seed) {
        this.whose = whose;
        this.seed = seed;
    }

    String whose() {
        return whose;
    }

    long seed() {
        return seed;
    }

    Collection<ChaosProxy> proxies() {
        return proxies.values();
    }

    /** The proxy of this name; a parameter of {@code @BeforeEach} and one of the test may mean the same. */
    ChaosProxy proxy(ProxySpec spec) {
        return proxies.computeIfAbsent(spec.name(), name -> ChaosProxy.start(spec, seed));
    }

    boolean has(String name) {
        return proxies.containsKey(name);
    }

    /** Makes them as they were at the start, whatever a test did to them, but for their connections. */
    void clear() {
        for (ChaosProxy proxy : proxies.values()) {
            proxy.enable();
            proxy.clear();
            proxy.journal().clear();
        }
    }

    @Override
    public void close() {
        List<ChaosProxy> all = new ArrayList<>(proxies.values());
        proxies.clear();
        all.forEach(ChaosProxy::close);
    }
}
