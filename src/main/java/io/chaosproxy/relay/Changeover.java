package io.chaosproxy.relay;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.net.Listener;
import io.chaosproxy.observe.Event;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One change of several proxies of a registry: carried out as a whole, or not at all. Used once, under the lock of the registry.
 *
 * <p>What can fail comes first and leaves connections alone: addresses that are free are opened, then those that other
 * proxies of this change hold, after these have stopped listening. So addresses may change hands in any way, and a change
 * that is refused because a stranger has an address has touched nothing. What can't fail comes last: connections of proxies
 * that go or lead elsewhere are closed, and clients that have connected meanwhile are accepted.
 */
final class Changeover {
    private final Map<String, ProxyServer> proxies;
    private final Function<ProxySpec, ProxyServer> make;
    private final ServerContext common;
    private final List<Move> moves = new ArrayList<>();
    private final List<ProxyServer> gone = new ArrayList<>();
    private final Deque<Step> undo = new ArrayDeque<>();

    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    /** One proxy and its target. */
    private static final class Move {
        final ProxyServer proxy;
        final @Nullable ProxyServer before; // in whose place it comes: itself if it stays, null if it is new
        final ProxyChange target;
        final ProxySpec spec;
        final boolean wasOn;

        @Nullable
        Listener opened;

        Move(ProxyServer proxy, @Nullable ProxyServer before, ProxyChange target, ProxySpec spec) {
            this.proxy = proxy;
            this.before = before;
            this.target = target;
            this.spec = spec;
            this.wasOn = before != null && before.isEnabled();
        }

        boolean stays() {
            return proxy == before;
        }

        /** Whether other files with keys, certificates or passwords are to be used than now. */
        boolean hasOtherFiles() {
            ProxySpec present = proxy.spec();
            return !stays()
                    || !(present.tls().equals(spec.tls())
                            && present.upstreamTls().equals(spec.upstreamTls())
                            && present.intercept().equals(spec.intercept())
                            && present.options().forward().equals(spec.options().forward()));
        }

        boolean needsListener() {
            return target.on() && !(stays() && proxy.listening().listensAs(spec));
        }
    }

    /**
     * Finds out what there is to do; nothing is done yet.
     *
     * @param proxies of the registry, by name
     * @param make a proxy that is off
     * @param removed names of proxies that are to go
     */
    Changeover(
            Map<String, ProxyServer> proxies,
            Function<ProxySpec, ProxyServer> make,
            ServerContext common,
            Collection<ProxyChange> targets,
            Set<String> removed) {
        this.proxies = proxies;
        this.make = make;
        this.common = common;
        for (ProxyChange target : targets) {
            moves.add(move(target, targets));
        }
        for (String name : removed) {
            ProxyServer proxy = proxies.get(name);
            if (proxy != null) {
                gone.add(proxy);
            }
        }
    }

    private Move move(ProxyChange target, Collection<ProxyChange> all) {
        ProxyServer present = proxies.get(target.spec().name());
        if (present == null) {
            return new Move(make.apply(target.spec()), null, target, target.spec());
        }
        ProxySpec spec = keepingPort(present.spec().listen(), target.spec(), all);
        return present.protocol() == spec.protocol()
                ? new Move(present, present, target, spec)
                : new Move(make.apply(spec), present, target, spec);
    }

    /** Any port will do where none is asked for, so the present one, unless another proxy asks for just that. */
    private static ProxySpec keepingPort(Address present, ProxySpec wanted, Collection<ProxyChange> all) {
        boolean anyPort = wanted.listen().port() == 0 && wanted.listen().host().equals(present.host());
        boolean askedFor =
                all.stream().anyMatch(target -> target.spec().listen().port() == present.port());
        return anyPort && !askedFor ? wanted.listeningOn(present.port()) : wanted;
    }

    /**
     * Does it.
     *
     * @throws io.chaosproxy.fault.RateConflict if the plans don't agree on a rate that all proxies share; then nothing was done
     * @throws UnusableSettingsException naming all files that can't be used; then everything is as it was
     * @throws io.chaosproxy.net.ListenException naming proxy and address; then everything is as it was. A proxy that had to stop listening for the
     *     attempt and can't listen again is a suppressed exception of the same kind: it stays wanted and off
     */
    void run() throws IOException {
        common.check(plans());
        try {
            open();
            changePlans();
        } catch (IOException | RuntimeException | Error e) {
            back(e);
            throw e;
        }
        finish();
    }

    /** The plans of the proxies of this change as they will be; those that go will have none. */
    private Map<String, Plan> plans() {
        Map<String, Plan> plans = new LinkedHashMap<>();
        gone.forEach(proxy -> plans.put(proxy.name(), Plan.CLEAN));
        for (Move move : moves) {
            Plan present = move.proxy.plan();
            plans.put(
                    move.proxy.name(),
                    move.stays()
                            ? move.target
                                    .plan()
                                    .map(change -> change.apply(present))
                                    .orElse(present)
                            : present);
        }
        return plans;
    }

    private void open() throws IOException {
        List<ProxyServer> leaving = leaving();
        List<Move> later = new ArrayList<>();
        NamedFiles.check(moves.stream()
                .filter(Move::hasOtherFiles)
                .map(move -> move.spec)
                .toList());
        for (Move move : moves) {
            if (move.needsListener()) {
                if (leaving.stream().anyMatch(holder -> isInTheWay(holder, move))) {
                    later.add(move);
                } else {
                    open(move);
                }
            }
        }
        for (ProxyServer holder : leaving) {
            if (later.stream().anyMatch(move -> isInTheWay(holder, move))) {
                undo.push(() -> listenAgain(holder));
                holder.listening().stop();
            }
        }
        for (Move move : later) {
            open(move);
        }
    }

    private void listenAgain(ProxyServer proxy) throws IOException {
        try {
            proxy.listening().listenAgain();
        } catch (IOException | RuntimeException e) {
            common.events().publish(new Event.Switched(proxy.name(), false));
            throw e;
        }
    }

    /** The proxies that won't listen any more where they do now. */
    private List<ProxyServer> leaving() {
        List<ProxyServer> leaving = new ArrayList<>(gone);
        for (Move move : moves) {
            if (move.before != null && (!move.stays() || !move.target.on() || move.needsListener())) {
                leaving.add(move.before);
            }
        }
        return leaving;
    }

    private static boolean isInTheWay(ProxyServer holder, Move move) {
        if (!holder.isEnabled()) {
            return false;
        }
        InetSocketAddress held = holder.address();
        InetSocketAddress wanted = Listener.local(move.spec.listen().unresolved());
        return held.getPort() == wanted.getPort()
                && !wanted.isUnresolved()
                && (held.getAddress().equals(wanted.getAddress())
                        || held.getAddress().isAnyLocalAddress()
                        || wanted.getAddress().isAnyLocalAddress());
    }

    private void open(Move move) throws IOException {
        Listener opened = move.proxy.listening().bind(move.spec);
        undo.push(opened::close);
        move.opened = opened;
    }

    private void changePlans() {
        for (Move move : moves) {
            if (move.stays() && move.target.plan().isPresent()) {
                Plan before = move.proxy.plan();
                undo.push(() -> move.proxy.plans().changeWithOthers(changed -> before, true));
                move.proxy.plans().changeWithOthers(move.target.plan().get(), move.target.gently());
            }
        }
    }

    private void finish() {
        for (ProxyServer proxy : gone) {
            proxies.remove(proxy.name());
            end(proxy);
        }
        for (Move move : moves) {
            if (move.before != null && !move.stays()) {
                end(move.before);
            }
        }
        moves.stream()
                .filter(move -> !move.stays())
                .forEach(move -> move.proxy.plans().join());
        for (Move move : moves) {
            if (move.stays()) {
                become(move);
            } else {
                move.proxy.listening().become(move.spec, move.target.on(), move.opened);
                proxies.put(move.proxy.name(), move.proxy);
                common.events().publish(new Event.Added(move.proxy.name()));
            }
        }
    }

    private void become(Move move) {
        ProxyServer proxy = move.proxy;
        ProxySpec before = proxy.spec();
        proxy.listening().become(move.spec, move.target.on(), move.opened);
        if (!proxy.spec().equals(before)) {
            common.events().publish(new Event.Changed(proxy.name()));
        }
        if (proxy.isEnabled() != move.wasOn) {
            common.events().publish(new Event.Switched(proxy.name(), proxy.isEnabled()));
        }
    }

    private void end(ProxyServer proxy) {
        proxy.close();
        common.events().publish(new Event.Removed(proxy.name()));
    }

    private void back(Throwable reason) {
        while (!undo.isEmpty()) {
            try {
                undo.pop().run();
            } catch (IOException | RuntimeException e) {
                reason.addSuppressed(e);
            }
        }
    }
}
