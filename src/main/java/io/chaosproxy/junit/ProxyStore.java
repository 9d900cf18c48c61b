package io.chaosproxy.junit;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.config.ProxySpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Proxies of one test or one class, by name. JUnit closes it with its context: as an
 * {@code AutoCloseable} from 5.13 on, before only as the resource of a store.
 */
@SuppressWarnings("deprecation") // CloseableResource, until 5.12 is no longer the minimum
final class ProxyStore implements AutoCloseable, ExtensionContext.Store.CloseableResource {
    private final String whose;
    private final long seed;
    private final Map<String, ChaosProxy> proxies = new LinkedHashMap<>();
    private final List<AnnotationSite> sites = new ArrayList<>(); // one for each proxy
    private final List<Object> claimed = new ArrayList<>(); // until this is closed

    /**
     * Creates an empty store.
     *
     * @param whose owner in messages: {@code test} or {@code class}
     */
    ProxyStore(String whose, long seed) {
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

    /** Starts a proxy, or returns that of the same name: {@code @BeforeEach} and the test may both have a parameter for it. */
    ChaosProxy proxy(ProxySpec spec, AnnotationSite site) {
        return proxies.computeIfAbsent(spec.name(), name -> {
            ChaosProxy proxy = ChaosProxy.start(spec, seed);
            sites.add(site);
            return proxy;
        });
    }

    boolean has(String name) {
        return proxies.containsKey(name);
    }

    /**
     * Claims a field until this store is closed.
     *
     * @return false if a class around this one has it already, whose proxy then stays
     */
    boolean claim(Slot slot, AnnotationSite site, ExtensionContext context) {
        boolean isNew = InUse.claim(slot, site, context);
        if (isNew) {
            claimed.add(slot);
        }
        return isNew;
    }

    /** Claims the proxies of a class around this test, which are cleared for each test, until this is closed. */
    void share(ProxyStore around, ExtensionContext context) {
        if (!around.sites.isEmpty() && InUse.claim(around, around.sites.getFirst(), context)) {
            claimed.add(around);
        }
    }

    /** Restores the initial state of the proxies, except for their connections. */
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
        claimed.forEach(InUse::release);
        claimed.clear();
    }
}
