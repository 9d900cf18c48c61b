package io.chaosproxy.inject;

import io.chaosproxy.fault.ClientProtocol;
import io.chaosproxy.fault.Endpoint;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.fault.TrialUnit;
import java.net.InetAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Target of rules: a connection, or one of its exchanges, with what has been decided about it.
 *
 * <p>Each rule is decided once for it, so both directions agree. Any thread may use it.
 */
public final class Target implements Matchable {
    private final long connection;
    private final long exchange;
    private volatile InetAddress client; // that of the socket, until a header names another one
    private volatile ClientProtocol spoken = ClientProtocol.UNKNOWN; // of the whole connection
    private volatile @Nullable Endpoint upstream; // if another one than that of the whole connection
    private volatile boolean named; // the upstream, by the client
    private final Target whole; // the connection that it belongs to, or itself
    private final @Nullable Request request;
    private final ActivePlan plan;
    private final ReentrantLock changing; // one for all that is decided about a connection and its exchanges
    private final Decisions decided;
    private final Map<ActiveRule, Boolean> decidedForConnection; // the same for all exchanges of a connection
    private final Effects effects;
    private final Effects ofConnection; // the same for all exchanges of a connection
    private volatile List<String> hits = List.of(); // written under the lock
    private volatile long contentLength = -1;
    private volatile boolean over;
    private volatile @Nullable Trace trace; // while somebody looks
    private volatile @Nullable String clientText; // of the whole connection, once a rule has hit it

    private Target(
            long connection,
            long exchange,
            InetAddress client,
            @Nullable Request request,
            ActivePlan plan,
            @Nullable Target whole) {
        this.connection = connection;
        this.exchange = exchange;
        this.client = client;
        this.request = request;
        this.plan = plan;
        this.whole = whole == null ? this : whole;
        this.changing = whole == null ? new ReentrantLock() : whole.changing;
        this.decided = new Decisions(changing);
        this.effects = new Effects(changing);
        this.ofConnection = whole == null ? new Effects(changing) : whole.ofConnection;
        this.decidedForConnection = whole == null ? new ConcurrentHashMap<>(1) : whole.decidedForConnection;
    }

    /** A connection as a whole; its exchange number is 0. */
    public static Target connection(long number, InetAddress client, ActivePlan plan) {
        return new Target(number, 0, client, null, plan, null);
    }

    /** One exchange of a connection, counted from 1. */
    public Target exchange(long number, Request sent, ActivePlan inForce) {
        return new Target(connection, number, client, sent, inForce, whole);
    }

    /** The number of the connection on its proxy, counted from 1. */
    public long connection() {
        return connection;
    }

    /** The number of the exchange on its connection, counted from 1; 0 for the connection itself. */
    public long exchange() {
        return exchange;
    }

    /** It is recorded from now on, unless that is null. Before anything is decided about it. */
    public void record(@Nullable Trace begun) {
        trace = begun;
    }

    /** Its record; null if none is made. */
    public @Nullable Trace trace() {
        return trace;
    }

    @Override
    public InetAddress client() {
        return client;
    }

    /** A header in front of the connection's bytes says who the client is. Before anything is decided about it. */
    public void clientIs(InetAddress named) {
        client = named;
    }

    @Override
    public Optional<String> serverName() {
        String name = spoken().serverName();
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    /** Protocol of the connection's client. */
    public ClientProtocol spoken() {
        return whole.spoken;
    }

    /** The client speaks this protocol. Confined to the connection's thread, as all that tells what the client speaks. */
    public void speaks(String protocol) {
        whole.spoken = spoken().named(protocol);
    }

    /** TLS with the client has been negotiated. */
    public void isSecured(String version, String cipher) {
        whole.spoken = spoken().secured(version, cipher);
    }

    /** The client has begun TLS with this server name. Before anything is decided about a rule that asks for it. */
    public void serverNameIs(String named) {
        whole.spoken = spoken().serverName(named);
    }

    @Override
    public Optional<Endpoint> upstream() {
        Endpoint own = upstream;
        return Optional.ofNullable(own == null ? whole.upstream : own);
    }

    /** It goes to this upstream: the connection with all its exchanges, or this exchange. Before anything is decided about it. */
    public void goesTo(Endpoint chosen) {
        upstream = chosen;
    }

    /** The client of a forward proxy has named this upstream, so that the journal tells it. */
    public void isNamed(Endpoint target) {
        upstream = target;
        named = true;
    }

    /** The request as the journal has it: of a forward proxy with the upstream that the client has named. */
    private String requestText() {
        boolean tells = named || whole.named;
        String place = tells ? upstream().map(Endpoint::toString).orElse("") : "";
        if (request == null) {
            return tells ? "CONNECT " + place : "";
        }
        return tells ? request.method() + " http://" + place + request.path() : request.text();
    }

    /** The request of an exchange; null for a connection. */
    @Override
    public @Nullable Request request() {
        return request;
    }

    /** The plan in force when it began. */
    public ActivePlan plan() {
        return plan;
    }

    /**
     * Whether a plan in force is one that it has not adopted yet, though it is under way: for an exchange a later one that is urgent,
     * for the bytes of a connection, which have no other occasion, any later one.
     */
    boolean isToAdopt(ActivePlan inForce, ActivePlan own) {
        return exchange == 0 ? own.version() < inForce.version() : inForce.appliesToRunning(own);
    }

    /** The plan that it adopts in place of its own when this one is in force. */
    ActivePlan planFrom(ActivePlan inForce, ActivePlan own) {
        return exchange == 0 ? inForce : inForce.from(own);
    }

    /** Whether a rule that it met under its own plan, or adopts now, holds for it. */
    boolean isHeldBy(ActiveRule rule, ActivePlan inForce, ActivePlan own) {
        return exchange == 0 ? inForce.has(rule) : inForce.keeps(rule, own);
    }

    /** The announced length of the response body, 0 if it has none, -1 while it isn't known. */
    public long contentLength() {
        return contentLength;
    }

    public void contentLength(long announced) {
        contentLength = announced;
    }

    /** Whether it has ended, so that a rule that comes into force now has nothing to do with it. */
    public boolean isOver() {
        return over;
    }

    /** It ends: the last piece of the response is handed on, with the rules that it has met. */
    public void end() {
        over = true;
    }

    /** The last piece waits for the receiver after all. */
    public void goesOn() {
        over = false;
    }

    /** A rule did something to it: what the journal of this proxy is to say of that. */
    public Hit struck(String proxy, Rule rule, Sample drawn) {
        isHitBy(rule.name());
        Trace record = trace;
        if (record != null) {
            record.struck(rule, drawn);
        }
        return new Hit(
                Instant.now(),
                proxy,
                connection,
                exchange,
                whole.clientText(),
                spoken(),
                requestText(),
                rule.name(),
                rule.fault().type(),
                drawn);
    }

    private void isHitBy(String rule) {
        changing.lock();
        try {
            hits = with(hits, rule);
        } finally {
            changing.unlock();
        }
    }

    private static List<String> with(List<String> names, String rule) {
        if (names.contains(rule)) {
            return names;
        }
        if (names.isEmpty()) {
            return List.of(rule);
        }
        List<String> longer = new ArrayList<>(names);
        longer.add(rule);
        return List.copyOf(longer);
    }

    private String clientText() {
        String text = clientText;
        if (text == null) {
            text = client.getHostAddress();
            clientText = text;
        }
        return text;
    }

    /** Names of the rules that did something to it, each once, in the order of their first hits. */
    public List<String> hits() {
        return hits;
    }

    /** Names of the rules that did something to it, or will by what has been decided; what each second brings isn't known. */
    public List<String> expectedHits() {
        Set<String> names = new LinkedHashSet<>(hits());
        for (ActiveRule active : plan.inForce()) {
            if (decided.hasHit(active)
                    && !active.isUsedUp()
                    && active.rule().chance().per() != TrialUnit.SECOND) {
                names.add(active.rule().name());
            }
        }
        return List.copyOf(names);
    }

    /**
     * Whether this rule's conditions hold and, unless it tries each second anew, its trial is a hit. A rule with one trial
     * for each connection counts connections, not exchanges: the first exchange that it may hit decides for all.
     */
    public boolean decide(ActiveRule rule) {
        return decided.once(rule, this);
    }

    /** Decision that {@link #decide} returns from then on. */
    boolean evaluate(ActiveRule rule) {
        boolean hits = rule.holdsFor(this)
                && switch (rule.rule().chance().per()) {
                    case EXCHANGE -> isSelected(rule) && trial(rule, 0) && !rule.isUsedUp();
                    case CONNECTION ->
                        decidedForConnection.computeIfAbsent(rule, c -> isSelected(c) && trial(c, 0) && !c.isUsedUp());
                    case SECOND -> isSelected(rule);
                };
        Trace record = trace;
        if (record != null) {
            record.decided(rule.rule(), Conditions.explain(rule.rule().when(), this), draw(rule), hits);
        }
        return hits;
    }

    private boolean isSelected(ActiveRule rule) {
        long match = rule.countMatch();
        Trace record = trace;
        if (record != null) {
            record.matches(match);
        }
        return rule.selects(match);
    }

    /** What the trial of a rule without a trial each second draws. */
    private double draw(ActiveRule rule) {
        return rule.draw(connection, keyOf(rule), 0);
    }

    /**
     * A rule that hits this is about to do something: its hit is used up and entered into the journal at the first effect of
     * each trial.
     *
     * @param journal enters it
     * @return false if its hits are used up, so that it has to let pass
     */
    public boolean acts(ActiveRule rule, long trial, Runnable journal) {
        Effects.Effect effect = effects.of(rule, trial, () -> spend(rule));
        if (effect == Effects.Effect.FIRST) {
            journal.run();
        }
        return effect != Effects.Effect.NONE;
    }

    private boolean spend(ActiveRule rule) {
        return rule.rule().chance().per() == TrialUnit.CONNECTION
                ? ofConnection.of(rule, 0, rule::spend) != Effects.Effect.NONE
                : rule.spend();
    }

    /** Uses up a hit for an effect that is sure to be wanted but yet to come, such as an answer; false if none is left. */
    boolean reserves(ActiveRule rule) {
        return effects.of(rule, 0, () -> spend(rule)) != Effects.Effect.NONE;
    }

    /** Gives back what {@link ActivePlan#firstResponding} used up for this, because something came between. */
    public void release(ActiveRule rule) {
        if (rule.rule().chance().per() != TrialUnit.CONNECTION) { // else other exchanges have it as well
            effects.undo(rule, 0);
            rule.unspend();
        }
    }

    /** Forgets what was decided about rules that are no longer in force, so that a long life under many plans costs nothing. */
    public void forgetAllBut(ActivePlan inForce) {
        decided.forgetAllBut(inForce);
        effects.forgetAllBut(inForce);
        ofConnection.forgetAllBut(inForce);
        decidedForConnection.keySet().removeIf(rule -> !inForce.has(rule));
    }

    /** One further trial of a rule that hits this. */
    public boolean trial(ActiveRule rule, long trial) {
        return rule.trial(connection, keyOf(rule), trial);
    }

    /** Random draws of a trial. */
    public RandomGenerator draws(ActiveRule rule, long trial) {
        return rule.draws(connection, keyOf(rule), trial);
    }

    private long keyOf(ActiveRule rule) {
        return rule.rule().chance().per() == TrialUnit.CONNECTION ? 0 : exchange;
    }
}
