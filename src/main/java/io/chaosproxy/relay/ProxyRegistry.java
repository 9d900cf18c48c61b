package io.chaosproxy.relay;

import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.inject.ProxyClosedException;
import io.chaosproxy.observe.Event;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The proxies of one program by name, those that are switched off included. Proxies come and go while it runs; any thread
 * may call any method.
 *
 * <p>It owns the life of its proxies: {@link #changing} makes one change of it follow another.
 */
public final class ProxyRegistry implements AutoCloseable {
    private final ServerContext common;
    private final Function<Protocol, ProtocolHandler> relays;
    private final Map<String, ProxyServer> proxies = new ConcurrentSkipListMap<>();
    private final ReentrantLock changing;
    private boolean closed;
    private volatile Plan commonRules = Plan.CLEAN;
    private volatile boolean ending;

    /** An empty registry; {@code relays} says who serves the connections of a protocol. */
    public ProxyRegistry(ServerContext common, Function<Protocol, ProtocolHandler> relays) {
        this.common = common;
        this.changing = common.changing();
        this.relays = relays;
    }

    /** An empty registry that serves protocols as this one does, with a journal, events and shared links of its own. */
    public ProxyRegistry separate() {
        return new ProxyRegistry(common.separate(), relays);
    }

    public ServerContext common() {
        return common;
    }

    /** The end has been announced: from now on this isn't ready for new clients, though proxies accept connections until they close. */
    public void announceEnd() {
        ending = true;
    }

    /** Whether the end has been announced. */
    public boolean isEnding() {
        return ending;
    }

    /**
     * The lock under which proxies are added, replaced, removed, switched, moved and closed, by each of their own methods as
     * well. To be held from the look-up of a proxy to the end of its change, so that it can't go in between. Nothing that
     * waits for a client may be done under it, such as reading the body of a request. It is taken before any other lock.
     */
    public ReentrantLock changing() {
        return changing;
    }

    /**
     * Adds a proxy and, if it is to be on, listens.
     *
     * @throws NameTaken if there is one of this name
     * @throws UnusableSettingsException if it names files that can't be used; then it isn't added
     * @throws io.chaosproxy.net.ListenException if it can't listen; then it isn't added
     * @throws ProxyClosedException if the registry has been closed
     */
    public ProxyServer add(ProxySpec spec, boolean on) throws IOException {
        changing.lock();
        try {
            checkOpen(spec.name());
            if (proxies.containsKey(spec.name())) {
                throw new NameTaken(spec.name());
            }
            NamedFiles.check(List.of(spec));
            ProxyServer proxy = make(spec, on);
            proxies.put(spec.name(), proxy);
            common.events().publish(new Event.Added(proxy.name()));
            return proxy;
        } finally {
            changing.unlock();
        }
    }

    /**
     * Puts a proxy in the place of the one of its name, which is switched off first.
     *
     * @throws UnusableSettingsException if it names files that can't be used; then the one before stays as it is
     * @throws io.chaosproxy.net.ListenException if it can't listen; then the one before stays, switched off
     * @throws io.chaosproxy.fault.RateConflict if another proxy shares a rate of one of its rules, and it differs; then the one
     *     before stays as it is
     * @throws ProxyClosedException if the registry has been closed
     */
    public ProxyServer replace(ProxySpec spec, boolean on) throws IOException {
        changing.lock();
        try {
            checkOpen(spec.name());
            NamedFiles.check(List.of(spec));
            common.check(Map.of(spec.name(), spec.plan()));
            ProxyServer before = proxies.get(spec.name());
            if (before != null) {
                before.disable();
            }
            ProxyServer proxy = make(spec, on);
            proxies.put(spec.name(), proxy);
            if (before != null) {
                before.close();
                common.events().publish(new Event.Removed(before.name()));
            }
            common.events().publish(new Event.Added(proxy.name()));
            return proxy;
        } finally {
            changing.unlock();
        }
    }

    /** Sets the rules that hold for all proxies together. Proxies that are there keep the plan that they have. */
    public void commonRules(Plan rules) {
        commonRules = rules;
    }

    /** The rules that a proxy gets when it is added. */
    public Plan commonRules() {
        return commonRules;
    }

    /**
     * A proxy that is added at run time, with the rules that hold for all proxies before its own; its own rule of the same
     * name takes the place of one. A rate that all share is as it was last changed on the others.
     *
     * @throws InvalidValueException naming the rule that a proxy of its protocol can't carry out
     */
    public ProxySpec withCommonRules(ProxySpec spec) {
        List<Rule> rules = new ArrayList<>();
        for (Rule rule : commonRules.rules()) {
            if (spec.plan().rule(rule.name()).isEmpty()) {
                check(rule, () -> spec.check(rule), "");
                rules.add(agreeing(spec.name(), rule));
            }
        }
        rules.addAll(spec.plan().rules());
        return spec.with(new Plan(rules));
    }

    /**
     * A rule that fits the other proxies: if all share its rate, with the rate that they have under its name. To be used under
     * {@link #changing}.
     */
    public Rule agreeing(String proxy, Rule rule) {
        return common.limiters().agreeing(proxy, rule);
    }

    /**
     * Checks the plan that a proxy is to have after a change of the common rules.
     *
     * @throws InvalidValueException naming the first rule that a proxy of its protocol can't carry out, and the proxy
     */
    public static void checkCommon(Plan plan, ProxySpec spec) {
        plan.rules().forEach(rule -> check(rule, () -> spec.check(rule), ": " + spec.name() + " is another"));
    }

    private static void check(Rule rule, Runnable check, String more) {
        try {
            check.run();
        } catch (InvalidValueException e) {
            throw new InvalidValueException(
                    "protocol", e.reason() + ", and all proxies get the rule " + rule.name() + more);
        }
    }

    /**
     * Makes several proxies what they are to be and removes others, as one change: addresses may change hands between them. A
     * proxy that listens and leads where it did keeps its connections, whatever else about it changes; one of another protocol
     * is replaced.
     *
     * @param targets with a name each; proxies that they don't name stay as they are
     * @param gone names of proxies to remove
     * @throws UnusableSettingsException naming all files that can't be used; then everything is as it was
     * @throws io.chaosproxy.net.ListenException naming proxy and address; then everything is as it was, connections included. If a proxy of the
     *     change had to stop listening for the attempt, and then couldn't listen again, that stands with the exception as a
     *     suppressed one; the proxy is wanted and off then
     * @throws io.chaosproxy.fault.InvalidValueException if a plan can't be; then everything is as it was
     * @throws ProxyClosedException if the registry has been closed
     */
    public void apply(Collection<ProxyChange> targets, Set<String> gone) throws IOException {
        changing.lock();
        try {
            for (ProxyChange target : targets) {
                checkOpen(target.spec().name());
            }
            new Changeover(proxies, this::apart, common, targets, gone).run();
        } finally {
            changing.unlock();
        }
    }

    /**
     * Changes the plans of several proxies as one change, so that a rate that they share stays one rate.
     *
     * @param some of this registry
     * @throws io.chaosproxy.fault.InvalidValueException if a plan can't be, or if they don't agree with each other or with other proxies on a
     *     rate that all share; then nothing has changed
     */
    public void change(Collection<ProxyServer> some, UnaryOperator<Plan> change) {
        changing.lock();
        try {
            checkTogether(some, change);
            some.forEach(proxy -> proxy.plans().changeWithOthers(change, false));
        } finally {
            changing.unlock();
        }
    }

    /**
     * Checks the plans of several proxies as one change, before they are put in force one by one. To be used under {@link #changing}.
     *
     * @throws io.chaosproxy.fault.InvalidValueException as of {@link #change(Collection, UnaryOperator)}
     */
    public void checkTogether(Collection<ProxyServer> some, UnaryOperator<Plan> change) {
        Map<String, Plan> changed = new LinkedHashMap<>();
        for (ProxyServer proxy : some) {
            Plan plan = change.apply(proxy.plan());
            proxy.spec().check(plan);
            changed.put(proxy.name(), plan);
        }
        common.check(changed);
    }

    /**
     * Puts a plan in the place of that of each of these proxies, as one change.
     *
     * @param plans by proxies of this registry
     * @throws io.chaosproxy.fault.InvalidValueException as of {@link #change(Collection, UnaryOperator)}; then nothing has changed
     */
    public void change(Map<ProxyServer, Plan> plans) {
        changing.lock();
        try {
            Map<String, Plan> wanted = new LinkedHashMap<>();
            plans.forEach((proxy, plan) -> {
                proxy.spec().check(plan);
                wanted.put(proxy.name(), plan);
            });
            common.check(wanted);
            plans.forEach((proxy, plan) -> proxy.plans().changeWithOthers(before -> plan, false));
        } finally {
            changing.unlock();
        }
    }

    private void checkOpen(String name) {
        if (closed) {
            throw new ProxyClosedException(name);
        }
    }

    private ProxyServer make(ProxySpec spec, boolean on) throws IOException {
        ProtocolHandler relay = relays.apply(spec.protocol());
        return on ? ProxyServer.start(spec, common, relay) : new ProxyServer(spec, common, relay);
    }

    /** One that is off, and whose plan doesn't count yet for the rates that all proxies share. */
    private ProxyServer apart(ProxySpec spec) {
        return new ProxyServer(common, spec, relays.apply(spec.protocol()));
    }

    public Optional<ProxyServer> find(String name) {
        return Optional.ofNullable(proxies.get(name));
    }

    /** All of them, ordered by name. */
    public Collection<ProxyServer> all() {
        return Collections.unmodifiableCollection(proxies.values());
    }

    /** Removes a proxy and closes its connections; false if there is none of this name. */
    public boolean remove(String name) {
        changing.lock();
        try {
            return find(name).filter(this::remove).isPresent();
        } finally {
            changing.unlock();
        }
    }

    /** Removes this proxy and closes it; false if it doesn't belong to the registry, though another of its name may. */
    public boolean remove(ProxyServer proxy) {
        changing.lock();
        try {
            boolean removed = proxies.remove(proxy.name(), proxy);
            if (removed) {
                proxy.close();
                common.events().publish(new Event.Removed(proxy.name()));
            }
            return removed;
        } finally {
            changing.unlock();
        }
    }

    /** Closes all of them at once; from now on none is added. */
    @Override
    public void close() {
        changing.lock();
        try {
            closed = true;
            all().forEach(ProxyServer::close);
        } finally {
            changing.unlock();
        }
    }

    /** There is a proxy of this name already. */
    public static final class NameTaken extends IOException {
        private static final long serialVersionUID = 1L;

        NameTaken(String name) {
            super("there is a proxy named " + name + " already");
        }
    }
}
