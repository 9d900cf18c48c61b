package io.chaosproxy.relay;

import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.FaultScope;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.flow.ThreadTracker;
import io.chaosproxy.flow.Waits;
import io.chaosproxy.inject.ActivePlan;
import io.chaosproxy.inject.PlanHolder;
import io.chaosproxy.inject.ProxyClosedException;
import io.chaosproxy.inject.SharedLimiters;
import io.chaosproxy.net.Dialer;
import io.chaosproxy.net.Poller;
import io.chaosproxy.observe.Event;
import io.chaosproxy.observe.Traffic;
import io.chaosproxy.text.PlainText;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** State of a proxy: its settings and its plan, with its counters, its log and its threads. Thread-safe. */
final class ProxyState implements ProxyContext, ProxySettings {
    private final ServerContext common;
    private final OpenConnections connections;
    private final System.Logger log;
    private final SharedLimiters limiters;
    private final Traffic traffic = new Traffic();
    private final ThreadTracker threads = new ThreadTracker();
    private final Waits settling;
    private final PlanHolder plan;
    private final ProxyTls tls = new ProxyTls(this);
    private final ProxyCredentials credentials = new ProxyCredentials(this);
    private volatile ProxySpec settings; // its plan doesn't count
    private volatile Dialer dialer;
    private volatile boolean ending; // closed, or being closed

    /**
     * The state of a proxy that is off.
     *
     * @param connections told of each change of the plan
     */
    ProxyState(ProxySpec spec, ServerContext common, OpenConnections connections) {
        this.settings = spec;
        this.common = common;
        this.connections = connections;
        this.log = System.getLogger("io.chaosproxy." + spec.name());
        this.limiters = new SharedLimiters(FaultScope.PROXY, common.time(), common.drawSeed(), spec.name());
        this.settling = new Waits(common.time());
        this.dialer = dialer(spec, common);
        common.journal().know(spec.name(), spec.plan().names());
        this.plan = new PlanHolder(
                spec.name(),
                spec.plan(),
                common.drawSeed(),
                common.time(),
                threads,
                this::planChanged,
                connections::wake);
    }

    private static Dialer dialer(ProxySpec spec, ServerContext common) {
        return new Dialer(spec.name(), spec.options().connectTimeout(), common.resolver());
    }

    private void planChanged(ActivePlan changed) {
        common.limiters().adopt();
        limiters.adopt(changed);
        common.stalls().adopt(plan, changed);
        common.journal().keep(name(), changed.plan().names());
        connections.planChanged(changed);
        common.events()
                .publish(new Event.Planned(
                        name(),
                        changed.version(),
                        changed.plan().rules().stream().map(Rule::name).toList()));
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public Protocol protocol() {
        return settings.protocol();
    }

    @Override
    public ProxySpec spec() {
        return settings.with(plan.current().plan());
    }

    @Override
    public Options options() {
        return settings.options();
    }

    @Override
    public ProxySpec settings() {
        return settings;
    }

    /**
     * Adopts other settings, which hold for new connections at the latest.
     *
     * @param changed its name, protocol and plan don't count
     */
    void settings(ProxySpec changed) {
        ProxySpec before = settings;
        settings = new ProxySpec(
                before.name(),
                before.protocol(),
                changed.listen(),
                changed.upstream(),
                Plan.CLEAN,
                changed.options(),
                changed.tls(),
                changed.upstreamTls(),
                changed.intercept(),
                changed.written());
        if (!before.options().connectTimeout().equals(changed.options().connectTimeout())) {
            dialer = dialer(settings, common);
        }
    }

    /** It listens on this port. */
    void listensOn(int port) {
        settings = settings.listeningOn(port);
    }

    /** Remembers how the settings and the plan were written. */
    void written(Map<String, String> keys) {
        settings = settings.writtenAs(keys);
    }

    @Override
    public ServerContext common() {
        return common;
    }

    @Override
    public Traffic traffic() {
        return traffic;
    }

    @Override
    public ActivePlan active() {
        return plan.current();
    }

    @Override
    public PlanHolder planInForce() {
        return plan;
    }

    @Override
    public SharedLimiters limiters() {
        return limiters;
    }

    @Override
    public Dialer dialer() {
        return dialer;
    }

    @Override
    public ProxyTls tls() {
        return tls;
    }

    @Override
    public ProxyCredentials credentials() {
        return credentials;
    }

    /** Its threads, which a close awaits. */
    ThreadTracker threads() {
        return threads;
    }

    /** Waits until none of its threads lives any more; false if one still does after this long. */
    boolean awaitEnd(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        boolean ended = threads.awaitEnd(atMost);
        ended &= common.resolver().awaitUnused(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
        Poller.awaitEnd(Duration.ofNanos(Math.max(0, end - System.nanoTime()))); // if it was the last proxy
        return ended;
    }

    @Override
    public boolean isEnding() {
        return ending;
    }

    /** It is closed for good, or will be after a drain. */
    void ends() {
        ending = true;
    }

    /**
     * Checks that it hasn't been closed.
     *
     * @throws ProxyClosedException if it has
     */
    void checkOpen() {
        if (ending) {
            throw new ProxyClosedException(name());
        }
    }

    /** Ends the plan, and what it shares with those of other proxies. The lock of the registry is held. */
    void closePlan() {
        plan.close();
        common.limiters().leave(plan);
    }

    /** Forgets what belonged to the plan. */
    void forgetPlan() {
        common.stalls().leave(plan);
        common.journal().keep(name(), Set.of());
    }

    @Override
    public void settled() {
        settling.wake();
    }

    /** Waits until quiet connections have adopted the plan in force, at most this long. */
    void settle(Duration atMost) {
        long end = common.time().nanoTime() + atMost.toNanos();
        awaitSettled(() -> connections.areSettling() ? end - common.time().nanoTime() : 0);
    }

    /**
     * Waits until connections have settled; {@link #settled} makes it look again.
     *
     * @param left nanoseconds that are left to wait
     * @return false if the thread was interrupted
     */
    boolean awaitSettled(LongSupplier left) {
        return settling.awaitUntil(left, () -> true);
    }

    @Override
    public void log(Options.Log needed, Level level, String message) {
        if (settings.options().log().compareTo(needed) >= 0) {
            log(level, message, null);
        }
    }

    /** Logs whatever the proxy is to log. */
    void log(Level level, String message, @Nullable Throwable thrown) {
        try {
            log.log(level, PlainText.escaped(message), thrown);
        } catch (RuntimeException | Error e) {
            // a logger that finds no descriptor or memory itself must not end what it was to report on
        }
    }

    @Override
    public void journal(Hit hit) {
        common.journal().enter(hit);
        common.events().publish(new Event.Struck(hit));
        if (settings.options().log().compareTo(Options.Log.HITS) >= 0) {
            log(
                    Level.INFO,
                    "proxy " + name() + " #" + hit.connection() + (hit.exchange() > 0 ? "." + hit.exchange() : "") + " "
                            + hit.request() + " hit by " + hit.rule() + " " + hit.drawn(),
                    null);
        }
    }

    @Override
    public void delayed(Rule rule, long nanos) {
        common.events().publish(new Event.Delayed(name(), rule.fault().type(), nanos));
    }
}
