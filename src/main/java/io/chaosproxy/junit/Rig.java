package io.chaosproxy.junit;

import io.chaosproxy.ChaosProxy;
import io.chaosproxy.relay.ProxySpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The proxies of one test, or those of a class, by name. JUnit closes it with the context that it is kept in: as an
 * {@code AutoCloseable} from 5.13 on, before only as the resource of a store.
 */
@SuppressWarnings("deprecation") // CloseableResource, until 5.12 is no longer the minimum
final class Rig implements AutoCloseable, ExtensionContext.Store.CloseableResource {
    private final String whose;
    private final long seed;
    private final Map<String, ChaosProxy> proxies = new LinkedHashMap<>();
    private final List<Place> places = new ArrayList<>(); // one for each proxy
    private final List<Object> claimed = new ArrayList<>(); // until this is closed

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
    ChaosProxy proxy(ProxySpec spec, Place place) {
        return proxies.computeIfAbsent(spec.name(), name -> {
            ChaosProxy proxy = ChaosProxy.start(spec, seed);
            places.add(place);
            return proxy;
        });
    }

    boolean has(String name) {
        return proxies.containsKey(name);
    }

    /**
     * Claims a field for the time until this is closed.
     *
     * @return false if a class around this one has it already, whose proxy then stays
     */
    boolean claim(Slot slot, Place place, ExtensionContext context) {
        boolean isNew = InUse.claim(slot, place, context);
        if (isNew) {
            claimed.add(slot);
        }
        return isNew;
    }

    /** Claims the proxies of a class around this test, which are cleared for each test, until this is closed. */
    void share(Rig around, ExtensionContext context) {
        if (!around.places.isEmpty() && InUse.claim(around, around.places.getFirst(), context)) {
            claimed.add(around);
        }
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
        claimed.forEach(InUse::release);
        claimed.clear();
    }
}
