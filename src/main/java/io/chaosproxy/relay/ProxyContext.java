package io.chaosproxy.relay;

import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Hit;
import io.chaosproxy.fault.Protocol;
import io.chaosproxy.fault.Rule;
import io.chaosproxy.inject.ActivePlan;
import io.chaosproxy.inject.PlanHolder;
import io.chaosproxy.inject.SharedLimiters;
import io.chaosproxy.net.Dialer;
import io.chaosproxy.observe.Traffic;
import java.lang.System.Logger.Level;

/** View of a proxy for its connections. Thread-safe. */
public interface ProxyContext {
    String name();

    Protocol protocol();

    /** Where it listens and connects to now, and its options. */
    ProxySpec spec();

    Options options();

    /** The settings; their plan does not count. */
    ProxySpec settings();

    /** Context that the proxies of one configuration share. */
    ServerContext common();

    /** Its counters. */
    Traffic traffic();

    /** The plan in force. */
    ActivePlan active();

    /** Holder of the plan in force. */
    PlanHolder planInForce();

    /** The limiters that its connections share. */
    SharedLimiters limiters();

    Dialer dialer();

    /** Its keys and certificates. */
    ProxyTls tls();

    /** Credentials of its users, if it is a forward proxy. */
    ProxyCredentials credentials();

    /** Whether it is closed, or drains until it will be. */
    boolean isEnding();

    /** Logs if the proxy is to log as much. */
    void log(Options.Log needed, Level level, String message);

    /** Enters a hit into the journal. */
    void journal(Hit hit);

    /** A rule has held something back for this many nanoseconds. */
    void delayed(Rule rule, long nanos);

    /** A direction of a connection has adopted another plan, or will never; or what a drain waits for has ended. */
    void settled();
}
