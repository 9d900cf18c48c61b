package io.chaosproxy.inject;

import io.chaosproxy.stream.ConnectionAbort;
import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicLong;

/** A connection of a service: the target of its rules, and the state that its exchanges share. Thread-safe. */
public final class InProcessConnection {
    private final InProcessInjector injector;
    private final Target target;
    private final AtomicLong exchanges;
    private final RuleStates states = new RuleStates();

    /**
     * A connection that begins.
     *
     * @param exchanges how many exchanges have begun on it
     */
    public InProcessConnection(InProcessInjector injector, long number, InetAddress client, AtomicLong exchanges) {
        this.injector = injector;
        this.target = Target.connection(number, client, injector.active());
        this.exchanges = exchanges;
    }

    /**
     * Applies the rules for connections that are accepted.
     *
     * @throws ConnectionAbort if one of them ends this one
     */
    public void admit() throws ConnectionAbort {
        Admission.admit(injector, target);
    }

    /** Begins the next exchange. */
    public InProcessExchange begin(Request request) {
        ActivePlan inForce = injector.active();
        target.forgetAllBut(inForce);
        states.keep(inForce::has);
        Target exchange = target.exchange(exchanges.incrementAndGet(), request, inForce);
        return new InProcessExchange(injector, target, exchange, states);
    }
}
