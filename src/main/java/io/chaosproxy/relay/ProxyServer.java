package io.chaosproxy.relay;

import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.inject.ActivePlan;
import io.chaosproxy.inject.ProxyClosedException;
import io.chaosproxy.net.ListenException;
import io.chaosproxy.observe.EndCause;
import io.chaosproxy.observe.Event;
import io.chaosproxy.observe.Traffic;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * A proxy: where it listens and leads to, the plan in force, and the connections that are open. It can be switched off and
 * on again and led elsewhere; its plan, its counts and its numbering survive that. Once it is closed, it is closed for good:
 * whatever would make it listen or change its plan throws {@link ProxyClosedException}.
 *
 * <p>Any thread may call any method; none of them waits for traffic, but {@link #close(Duration)}, for as long as it is
 * told. Its parts are in classes of their own; this one makes one change follow another.
 */
public final class ProxyServer implements AutoCloseable {
    private final OpenConnections connections = new OpenConnections();
    private final ProxyState state;
    private final PlanChanges plans;
    private final ProxyListening listening;
    private final ReentrantLock changing;

    /**
     * A proxy that is switched off.
     *
     * @throws io.chaosproxy.fault.RateConflict if its plan shares a rate with all proxies and another one has a different rate
     */
    public ProxyServer(ProxySpec spec, ServerContext common, ProtocolHandler relay) {
        this(common, spec, relay);
        changing.lock();
        try {
            plans.checkAgreement();
            plans.join();
        } catch (RuntimeException e) {
            state.planInForce().close();
            throw e;
        } finally {
            changing.unlock();
        }
    }

    /** One whose plan is not compared with those of other proxies, and does not count for them until it joins them. */
    ProxyServer(ServerContext common, ProxySpec spec, ProtocolHandler relay) {
        this.changing = common.changing();
        this.state = new ProxyState(spec, common, connections);
        this.plans = new PlanChanges(state);
        this.listening = new ProxyListening(state, connections, new ConnectionIntake(state, connections, relay));
    }

    /**
     * A proxy that listens; connections are accepted when this returns.
     *
     * @throws ListenException naming proxy and address
     */
    public static ProxyServer start(ProxySpec spec, ServerContext common, ProtocolHandler relay) throws IOException {
        ProxyServer proxy = new ProxyServer(spec, common, relay);
        proxy.changing.lock();
        try {
            proxy.listening.enable();
        } catch (IOException | RuntimeException e) {
            proxy.close();
            throw e;
        } finally {
            proxy.changing.unlock();
        }
        return proxy;
    }

    /**
     * Checks that the files which the settings of proxies name can be used, as a start does.
     *
     * @throws UnusableSettingsException with all that can't be
     */
    public static void checkFiles(Collection<ProxySpec> specs) throws UnusableSettingsException {
        NamedFiles.check(specs);
    }

    /** The authority of the listener's certificate, if that is created at the start. */
    public Optional<X509Certificate> authority() {
        return state.tls().ownAuthority();
    }

    /** View of it for its connections. */
    ProxyContext context() {
        return state;
    }

    /** Changes of its plan, for a change of several proxies under the lock of the registry. */
    PlanChanges plans() {
        return plans;
    }

    /** Where it listens, for a change of several proxies under the lock of the registry. */
    ProxyListening listening() {
        return listening;
    }

    /**
     * Listens, if it doesn't already: on the same port as before, if it has been on.
     *
     * @throws ListenException naming proxy and address; the proxy is off then
     * @throws ProxyClosedException if it has been closed
     */
    public void enable() throws IOException {
        changing.lock();
        try {
            if (!isEnabled()) {
                listening.enable();
                tell(new Event.Switched(name(), true));
            }
        } finally {
            changing.unlock();
        }
    }

    private void tell(Event event) {
        common().events().publish(event);
    }

    /** Stops listening and closes every connection at once. */
    public void disable() {
        changing.lock();
        try {
            boolean wasOn = isEnabled();
            listening.disable();
            if (wasOn) {
                tell(new Event.Switched(name(), false));
            }
        } finally {
            changing.unlock();
        }
    }

    public boolean isEnabled() {
        return listening.isOn();
    }

    /** Whether it was to be on the last time that it was switched; if it isn't, it could not listen. */
    public boolean isWanted() {
        return listening.isWanted();
    }

    /**
     * Leads elsewhere, listens elsewhere or adopts other options: connections are closed, and the proxy is on if it was.
     *
     * @param changed its name, protocol and plan don't count
     * @throws ListenException naming proxy and address; then the proxy is off, with the new addresses
     * @throws ProxyClosedException if it has been closed
     */
    public void redirect(ProxySpec changed) throws IOException {
        changing.lock();
        try {
            boolean wasOn = isEnabled();
            try {
                listening.redirect(changed);
            } finally {
                tell(new Event.Changed(name()));
                if (wasOn && !isEnabled()) {
                    tell(new Event.Switched(name(), false));
                }
            }
        } finally {
            changing.unlock();
        }
    }

    /** Remembers how its settings and its plan were written; see {@link ProxySpec#written}. */
    public void written(Map<String, String> keys) {
        changing.lock();
        try {
            state.written(keys);
        } finally {
            changing.unlock();
        }
    }

    /** Present specification: with the real port once it has listened, and with the plan in force. */
    public ProxySpec spec() {
        return state.spec();
    }

    public String name() {
        return state.name();
    }

    public Protocol protocol() {
        return state.protocol();
    }

    /** How it serves its connections, faults aside. */
    public Options options() {
        return state.options();
    }

    /**
     * Where it listens, with the real port.
     *
     * @throws IllegalStateException if it is off
     */
    public InetSocketAddress address() {
        return listening.listener().address();
    }

    /** The real address where it listens, or listened until it was switched off; empty if it hasn't yet, or not yet there. */
    public Optional<InetSocketAddress> lastAddress() {
        return listening.lastAddress();
    }

    public Plan plan() {
        return active().plan();
    }

    /** The version of the plan that is in force at this moment. */
    public ActivePlan active() {
        return state.active();
    }

    /**
     * Puts another plan in force, for what is under way, too. Returns at once; open connections adopt it within
     * milliseconds.
     *
     * @throws io.chaosproxy.fault.InvalidValueException if this proxy can't carry it out, or if another proxy has a different rate under the
     *     name of a rule with {@code shared = all}; then nothing has changed
     * @throws ProxyClosedException if it has been closed
     */
    public void plan(Plan other) {
        changing.lock();
        try {
            plans.replace(other);
        } finally {
            changing.unlock();
        }
    }

    /** Changes the plan in force, atomically with respect to other changes. */
    public void change(UnaryOperator<Plan> change) {
        changing.lock();
        try {
            plans.change(change, false);
        } finally {
            changing.unlock();
        }
    }

    /**
     * The same for rules that come back after a lease and agree with other proxies: it happens even if there is no heap for them
     * in the budget of rules.
     */
    public void restore(UnaryOperator<Plan> change) {
        changing.lock();
        try {
            plans.changeWithOthers(change, false);
        } finally {
            changing.unlock();
        }
    }

    /**
     * The same, but HTTP exchanges under way keep the plan that they began with. A tcp connection takes the change on at once: it
     * has no exchanges, and one that lives for days would never meet the new plan.
     */
    public void changeGently(UnaryOperator<Plan> change) {
        changing.lock();
        try {
            plans.change(change, true);
        } finally {
            changing.unlock();
        }
    }

    /**
     * Waits until quiet connections have adopted the plan in force. Stalled ones that still hold bytes aren't waited
     * for: they meet it at their next byte.
     */
    public void settle(Duration atMost) {
        state.settle(atMost);
    }

    /** The connections that are open at this moment. */
    public Collection<Connection> connections() {
        return connections.all();
    }

    public Traffic traffic() {
        return state.traffic();
    }

    public ServerContext common() {
        return state.common();
    }

    /** Resets every open connection, and returns how many there were; new ones are accepted as before. */
    public int sever() {
        int severed = connections.reset(EndCause.REQUESTED);
        tell(new Event.Severed(name(), severed));
        return severed;
    }

    /** Switches it off for good. Doing it twice is fine. */
    @Override
    public void close() {
        changing.lock();
        try {
            state.ends();
            listening.disable();
            state.closePlan();
        } finally {
            changing.unlock();
        }
        state.forgetPlan();
    }

    /**
     * Graceful shutdown: accepts the clients that have connected by now, stops listening, lets what is under way go on for at
     * most this time, then closes. Idle http connections are closed at once, the others behind their next response, which says
     * so; those that are new have a moment for their first request.
     *
     * @throws InterruptedException if the calling thread is interrupted; the proxy is closed then as well
     */
    public void close(Duration drain) throws InterruptedException {
        long end = common().time().nanoTime() + drain.toNanos();
        listening.stopBehindQueue(drain, changing);
        try {
            new ProxyDrain(state, connections).await(end);
        } finally {
            close();
        }
    }

    /**
     * Waits until no thread of a closed proxy lives any more, and so no socket either.
     *
     * @return false if one still does after this time, such as one that waits for the system to resolve a name
     * @throws InterruptedException if the calling thread is interrupted
     */
    public boolean awaitEnd(Duration atMost) throws InterruptedException {
        return state.awaitEnd(atMost);
    }
}
