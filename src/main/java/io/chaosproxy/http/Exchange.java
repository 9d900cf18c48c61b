package io.chaosproxy.http;

import io.chaosproxy.fault.Subject;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One request and its response. The request's side makes it, the response's side completes it; what both look at is
 * volatile, and who waits for a change is woken through the connection.
 */
final class Exchange {
    /** What becomes of the connection behind the response. */
    enum Verdict {
        /** No final response yet. */
        OPEN,
        /** The response is an ordinary one: the next message follows. */
        MESSAGE,
        /** Both ends left HTTP: 101, or CONNECT was accepted. */
        TUNNEL
    }

    private final Subject subject;
    private final String method;
    private final boolean mayTunnel;
    private final AtomicBoolean answered = new AtomicBoolean();
    private volatile Verdict verdict = Verdict.OPEN;

    Exchange(Subject subject, RequestHead head) {
        this.subject = subject;
        this.method = head.method();
        this.mayTunnel = head.wantsUpgrade() || method.equals("CONNECT");
    }

    Subject subject() {
        return subject;
    }

    String method() {
        return method;
    }

    /** Whether the response may turn the connection into a tunnel, so that what follows the request has to wait. */
    boolean mayTunnel() {
        return mayTunnel;
    }

    /** Takes the right to answer: the upstream's response and an answer of the proxy itself exclude each other. */
    boolean claimAnswer() {
        return answered.compareAndSet(false, true);
    }

    Verdict verdict() {
        return verdict;
    }

    void verdict(Verdict decided) {
        verdict = decided;
    }
}
