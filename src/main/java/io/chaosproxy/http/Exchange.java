package io.chaosproxy.http;

import io.chaosproxy.fault.Subject;
import java.util.concurrent.atomic.AtomicReference;

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

    /** Who writes to the client what this exchange brings. */
    private enum Voice {
        NOBODY,
        /** The upstream, but not for good: an informational response. */
        INTERIM,
        UPSTREAM,
        PROXY
    }

    private final Subject subject;
    private final String method;
    private final boolean mayTunnel;
    private final boolean hasBody;
    private final AtomicReference<Voice> voice = new AtomicReference<>(Voice.NOBODY);
    private volatile Verdict verdict = Verdict.OPEN;

    Exchange(Subject subject, RequestHead head) {
        this.subject = subject;
        this.method = head.method();
        this.mayTunnel = head.wantsUpgrade() || method.equals("CONNECT");
        this.hasBody = head.has("Content-Length") || head.has("Transfer-Encoding");
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

    /** Whether the request announced a body, of which the upstream may leave a part unread. */
    boolean hasBody() {
        return hasBody;
    }

    /** Takes the right to answer for the proxy, which excludes the upstream's response from now on. */
    boolean claimForProxy() {
        return voice.compareAndSet(Voice.NOBODY, Voice.PROXY);
    }

    /** Takes the right to answer for the upstream's response. */
    boolean claimForUpstream() {
        return voice.compareAndSet(Voice.NOBODY, Voice.UPSTREAM);
    }

    /** Takes the right to hand on an informational response; {@link #interimDone} gives it back. */
    boolean claimForInterim() {
        return voice.compareAndSet(Voice.NOBODY, Voice.INTERIM);
    }

    void interimDone() {
        voice.set(Voice.NOBODY);
    }

    boolean isAnsweredByProxy() {
        return voice.get() == Voice.PROXY;
    }

    /** Whether an informational response is being handed on at this moment. */
    boolean isInterim() {
        return voice.get() == Voice.INTERIM;
    }

    Verdict verdict() {
        return verdict;
    }

    void verdict(Verdict decided) {
        verdict = decided;
    }
}
