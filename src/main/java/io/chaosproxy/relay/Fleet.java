package io.chaosproxy.relay;

import io.chaosproxy.fault.Protocol;
import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * The proxies of one program by name, those that are switched off included. Proxies come and go while it runs; any thread
 * may call any method.
 */
public final class Fleet implements AutoCloseable {
    private final Common common;
    private final Function<Protocol, Relay> relays;
    private final Map<String, Proxy> proxies = new ConcurrentSkipListMap<>();
    private final ReentrantLock changing = new ReentrantLock();

    /** An empty fleet; {@code relays} says who serves the connections of a protocol. */
    public Fleet(Common common, Function<Protocol, Relay> relays) {
        this.common = common;
        this.relays = relays;
    }

    public Common common() {
        return common;
    }

    /**
     * Adds a proxy and, if it is to be on, listens.
     *
     * @throws NameTaken if there is one of this name
     * @throws CannotListen if it can't listen; then it isn't added
     */
    public Proxy add(ProxySpec spec, boolean on) throws IOException {
        changing.lock();
        try {
            if (proxies.containsKey(spec.name())) {
                throw new NameTaken(spec.name());
            }
            Proxy proxy = make(spec, on);
            proxies.put(spec.name(), proxy);
            common.events().tell(new Event.Added(proxy));
            return proxy;
        } finally {
            changing.unlock();
        }
    }

    /**
     * Puts a proxy in the place of the one of its name, which is switched off first.
     *
     * @throws CannotListen if it can't listen; then the one before stays, switched off
     */
    public Proxy replace(ProxySpec spec, boolean on) throws IOException {
        changing.lock();
        try {
            Proxy before = proxies.get(spec.name());
            if (before != null) {
                before.disable();
            }
            Proxy proxy = make(spec, on);
            proxies.put(spec.name(), proxy);
            if (before != null) {
                before.close();
                common.events().tell(new Event.Removed(before));
            }
            common.events().tell(new Event.Added(proxy));
            return proxy;
        } finally {
            changing.unlock();
        }
    }

    private Proxy make(ProxySpec spec, boolean on) throws IOException {
        Relay relay = relays.apply(spec.protocol());
        return on ? Proxy.start(spec, common, relay) : new Proxy(spec, common, relay);
    }

    public Optional<Proxy> find(String name) {
        return Optional.ofNullable(proxies.get(name));
    }

    /** All of them, ordered by name. */
    public Collection<Proxy> all() {
        return Collections.unmodifiableCollection(proxies.values());
    }

    /** Removes a proxy and closes its connections; false if there is none of this name. */
    public boolean remove(String name) {
        changing.lock();
        try {
            Proxy gone = proxies.remove(name);
            if (gone != null) {
                gone.close();
                common.events().tell(new Event.Removed(gone));
            }
            return gone != null;
        } finally {
            changing.unlock();
        }
    }

    /** Closes all of them at once. */
    @Override
    public void close() {
        all().forEach(Proxy::close);
    }

    /** There is a proxy of this name already. */
    public static final class NameTaken extends IOException {
        private static final long serialVersionUID = 1L;

        NameTaken(String name) {
            super("there is a proxy named " + name + " already");
        }
    }
}
