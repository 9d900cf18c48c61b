package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Settings of a proxy besides its faults.
 *
 * @param maxConnections at once; more wait in the backlog until one ends
 * @param connectTimeout how long the upstream may take to accept a connection
 * @param idleTimeout idle time after which a connection is closed; zero for never
 * @param maxHead bytes of the largest head of a request or response (http)
 * @param backlog connections that the kernel completes and keeps before they are accepted
 * @param drain how long a shutdown lets running exchanges go on
 * @param log what is logged
 * @param rewriteHost whether the {@code Host} field becomes the upstream's, and an absolute target its path (http), or both
 *     go through
 * @param strict whether messages are refused, or rewritten, that two parsers may read differently (http)
 * @param h2c what becomes of a request's wish to go on in HTTP/2 (http)
 * @param proxyProtocol headers that say who the client is, in front of a connection's bytes
 * @param forward who may use the proxy, and for which targets (forward)
 */
public record Options(
        int maxConnections,
        Duration connectTimeout,
        Duration idleTimeout,
        int maxHead,
        int backlog,
        Duration drain,
        Log log,
        boolean rewriteHost,
        boolean strict,
        H2c h2c,
        ProxyProtocol proxyProtocol,
        ForwardAccess forward) {

    /** Level of logging; each includes those before it. */
    public enum Log {
        /** Nothing. */
        OFF,
        /** Failures: an upstream that can't be reached, messages that can't be understood. */
        WARNINGS,
        /** Hits of rules. */
        HITS,
        /** Each connection. */
        CONNECTIONS
    }

    /** Handling of {@code Upgrade: h2c}. */
    public enum H2c {
        /** It is taken out of requests, since rules see nothing of what goes on in HTTP/2. */
        STRIP,
        /** It goes to the upstream, and if that accepts, the connection is a tunnel. */
        PASS
    }

    /** Bounds of {@code maxHead}. */
    public static final int MIN_HEAD = 1 << 10;

    public static final int MAX_HEAD = 16 << 20;

    /** Defaults. */
    public static final Options DEFAULTS = new Options(
            10_000,
            Duration.ofSeconds(10),
            Duration.ZERO,
            64 * 1024,
            1024,
            Duration.ofSeconds(5),
            Log.WARNINGS,
            false,
            true,
            H2c.STRIP,
            ProxyProtocol.OFF,
            ForwardAccess.OPEN);

    /** Rejects values out of range. */
    public Options {
        Check.given("log", log);
        Check.given("h2c", h2c);
        Check.given("proxy-protocol", proxyProtocol);
        Check.given("forward", forward);
        Check.that(maxConnections > 0, "max-connections", "must be above 0, not " + maxConnections);
        Check.duration("connect-timeout", connectTimeout);
        Check.that(connectTimeout.toMillis() > 0, "connect-timeout", "must be at least 1 ms");
        Check.duration("idle-timeout", idleTimeout);
        Check.that(
                maxHead >= MIN_HEAD && maxHead <= MAX_HEAD, "max-head", "must be from 1 KiB to 16 MiB, not " + maxHead);
        Check.that(backlog > 0, "backlog", "must be above 0, not " + backlog);
        Check.duration("drain", drain);
    }

    /**
     * {@return these options with this bound for connections at once}
     *
     * @param count above 0
     */
    public Options maxConnections(int count) {
        return with(draft -> draft.maxConnections = count);
    }

    /**
     * {@return these options with this time for the upstream to accept}
     *
     * @param time at least 1 ms
     */
    public Options connectTimeout(Duration time) {
        return with(draft -> draft.connectTimeout = time);
    }

    /**
     * {@return these options with this idle time}
     *
     * @param time zero for never
     */
    public Options idleTimeout(Duration time) {
        return with(draft -> draft.idleTimeout = time);
    }

    /**
     * {@return these options with this bound for heads, in bytes}
     *
     * @param bytes from {@link #MIN_HEAD} to {@link #MAX_HEAD}
     */
    public Options maxHead(int bytes) {
        return with(draft -> draft.maxHead = bytes);
    }

    /**
     * {@return these options with this backlog}
     *
     * @param count above 0
     */
    public Options backlog(int count) {
        return with(draft -> draft.backlog = count);
    }

    /**
     * {@return these options with this time for running exchanges at a shutdown}
     *
     * @param time zero to close running exchanges at once
     */
    public Options drain(Duration time) {
        return with(draft -> draft.drain = time);
    }

    /**
     * {@return these options with this level of logging}
     *
     * @param level level of logging
     */
    public Options log(Log level) {
        return with(draft -> draft.log = level);
    }

    /**
     * {@return these options with the {@code Host} field rewritten or not}
     *
     * @param rewrite whether to rewrite it
     */
    public Options rewriteHost(boolean rewrite) {
        return with(draft -> draft.rewriteHost = rewrite);
    }

    /**
     * {@return these options, rejecting ambiguous messages or forwarding them}
     *
     * @param refuse whether to refuse them
     */
    public Options strict(boolean refuse) {
        return with(draft -> draft.strict = refuse);
    }

    /**
     * {@return these options with this handling of upgrades to HTTP/2}
     *
     * @param handling handling of {@code Upgrade: h2c}
     */
    public Options h2c(H2c handling) {
        return with(draft -> draft.h2c = handling);
    }

    /**
     * {@return the same options with this use of the PROXY protocol}
     *
     * @param use what is accepted and sent
     */
    public Options proxyProtocol(ProxyProtocol use) {
        return with(draft -> draft.proxyProtocol = use);
    }

    /**
     * {@return the same options with this access to a forward proxy}
     *
     * @param access who may use it, and for which targets
     */
    public Options forward(ForwardAccess access) {
        return with(draft -> draft.forward = access);
    }

    private Options with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.build();
    }

    /** Options under change. */
    private static final class Draft {
        int maxConnections;
        Duration connectTimeout;
        Duration idleTimeout;
        int maxHead;
        int backlog;
        Duration drain;
        Log log;
        boolean rewriteHost;
        boolean strict;
        H2c h2c;
        ProxyProtocol proxyProtocol;
        ForwardAccess forward;

        Draft(Options options) {
            maxConnections = options.maxConnections;
            connectTimeout = options.connectTimeout;
            idleTimeout = options.idleTimeout;
            maxHead = options.maxHead;
            backlog = options.backlog;
            drain = options.drain;
            log = options.log;
            rewriteHost = options.rewriteHost;
            strict = options.strict;
            h2c = options.h2c;
            proxyProtocol = options.proxyProtocol;
            forward = options.forward;
        }

        Options build() {
            return new Options(
                    maxConnections,
                    connectTimeout,
                    idleTimeout,
                    maxHead,
                    backlog,
                    drain,
                    log,
                    rewriteHost,
                    strict,
                    h2c,
                    proxyProtocol,
                    forward);
        }
    }
}
