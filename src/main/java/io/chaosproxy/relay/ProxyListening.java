package io.chaosproxy.relay;

import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.net.ListenException;
import io.chaosproxy.net.Listener;
import io.chaosproxy.net.OwnListeners;
import io.chaosproxy.observe.EndCause;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where a proxy listens, and whether it does: it is switched on and off and adopts other settings. The lock of the registry is
 * held by the caller of each method that changes something, unless its comment says otherwise; reading needs no lock.
 */
final class ProxyListening {
    /** Upper bound for the wait for clients that have connected and are not accepted yet, at a shutdown. */
    private static final Duration LAST_ACCEPTS = Duration.ofSeconds(1);

    private final ProxyState proxy;
    private final OpenConnections connections;
    private final ConnectionIntake intake;
    private final ConnectionWatch watch;
    private volatile @Nullable Listener listener;
    private volatile boolean wanted;
    private volatile @Nullable InetSocketAddress lastAddress;
    private @Nullable InetSocketAddress own; // entered as one of the process; guarded by the registry's lock

    ProxyListening(ProxyState proxy, OpenConnections connections, ConnectionIntake intake) {
        this.proxy = proxy;
        this.connections = connections;
        this.intake = intake;
        this.watch = new ConnectionWatch(proxy, connections);
    }

    /** Listens, if it doesn't already: on the same port as before, if it has been on. */
    void enable() throws IOException {
        proxy.checkOpen();
        wanted = true;
        if (!isOn()) {
            listenWith(bind(proxy.settings()));
        }
    }

    /** Stops listening and closes every connection at once. */
    void disable() {
        wanted = false;
        stop();
        connections.stop(EndCause.PROXY_STOPPED);
    }

    /** Frees its address; connections go on. */
    void stop() {
        Listener open = listener;
        if (open != null) {
            listener = null;
            leaveOwnListeners();
            open.close();
        }
    }

    private void leaveOwnListeners() {
        if (own != null) {
            OwnListeners.remove(own);
            own = null;
        }
    }

    /** Listens where it did until it stopped a moment ago, for a change of several proxies that then failed. */
    void listenAgain() throws IOException {
        proxy.checkOpen();
        if (!isOn()) {
            ProxySpec at = proxy.settings();
            listenWith(Listener.bindAgain(
                    intake,
                    at.listen().unresolved(),
                    at.options().backlog(),
                    at.options().maxConnections()));
        }
    }

    /**
     * Takes an address for this proxy; clients can connect when this returns, and wait until it is started. Needs no lock.
     *
     * @throws UnusableSettingsException if the settings name files that can't be used
     * @throws ListenException naming proxy and address
     */
    Listener bind(ProxySpec at) throws IOException {
        NamedFiles.check(List.of(at));
        return Listener.bind(
                intake,
                at.listen().unresolved(),
                at.options().backlog(),
                at.options().maxConnections());
    }

    private void listenWith(Listener opened) {
        try {
            proxy.listensOn(opened.address().getPort());
        } catch (InvalidValueException e) { // the free port that it got is that of its upstream
            opened.close();
            throw e;
        }
        lastAddress = opened.address();
        if (proxy.protocol() == Protocol.FORWARD) {
            own = opened.address();
            OwnListeners.add(opened.address());
        }
        proxy.tls().begin();
        listener = opened;
        opened.start();
        watch.start(opened);
    }

    /** Adopts other settings: connections are closed, and the proxy is on if it was. */
    void redirect(ProxySpec changed) throws IOException {
        proxy.checkOpen();
        boolean wasOn = isOn();
        disable();
        Map<String, String> written = new HashMap<>(proxy.settings().written());
        written.putAll(changed.written());
        proxy.settings(changed.writtenAs(written));
        lastAddress = null;
        if (wasOn) {
            enable();
        }
    }

    /** Whether it listens with just the socket that this asks for. */
    boolean listensAs(ProxySpec changed) {
        ProxySpec present = proxy.settings();
        return isOn()
                && present.listen().equals(changed.listen())
                && present.options().backlog() == changed.options().backlog();
    }

    /**
     * Adopts other settings; nothing of it can fail. Connections are closed if it listens or leads elsewhere or is to be off,
     * else they stay.
     *
     * @param opened where it listens from now on; null to go on as before if it is to be on
     */
    void become(ProxySpec changed, boolean on, @Nullable Listener opened) {
        ProxySpec before = proxy.settings();
        boolean elsewhere =
                !before.listen().equals(changed.listen()) || !before.upstream().equals(changed.upstream());
        wanted = on;
        proxy.settings(changed);
        if (!before.listen().equals(changed.listen())) {
            lastAddress = null;
        }
        if (opened != null || !on) {
            stop();
        }
        if (elsewhere || !on) {
            connections.stop(EndCause.PROXY_STOPPED); // before the first one that is accepted elsewhere
        }
        Listener open = listener;
        if (opened != null) {
            listenWith(opened);
        } else if (open != null) {
            open.limit(changed.options().maxConnections());
            if (!before.options().idleTimeout().equals(changed.options().idleTimeout())) {
                watch.watchIdle(open);
            }
        }
    }

    /**
     * Accepts the clients that have connected by now, at most this long, and stops for good. Takes the lock itself, since it
     * waits for the accept loop in between.
     */
    void stopBehindQueue(Duration atMost, ReentrantLock changing) {
        Listener open;
        changing.lock();
        try {
            proxy.ends();
            open = listener;
        } finally {
            changing.unlock();
        }
        if (open != null) {
            open.closeBehindQueue(atMost.compareTo(LAST_ACCEPTS) < 0 ? atMost : LAST_ACCEPTS);
        }
        changing.lock();
        try {
            stop();
        } finally {
            changing.unlock();
        }
    }

    boolean isOn() {
        return listener != null;
    }

    /** Whether it was to be on the last time that it was switched; if it isn't, it could not listen. */
    boolean isWanted() {
        return wanted;
    }

    /**
     * The listener.
     *
     * @throws IllegalStateException if it is off
     */
    Listener listener() {
        Listener open = listener;
        if (open == null) {
            throw new IllegalStateException("proxy " + proxy.name() + " is off");
        }
        return open;
    }

    /** The real address where it listens, or listened until it was switched off; empty if it hasn't yet, or not yet there. */
    Optional<InetSocketAddress> lastAddress() {
        return Optional.ofNullable(lastAddress);
    }
}
