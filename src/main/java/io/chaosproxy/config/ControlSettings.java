package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Settings of the control plane.
 *
 * @param listen listen address; must be loopback unless there is a token or {@code open} is set
 * @param token bearer token required of every client; empty for none
 * @param metricsToken bearer token that is good for {@code /metrics} alone; empty for none
 * @param open whether unauthenticated access is allowed on an address other than loopback
 * @param tls certificate and key of the control port; empty for plain HTTP
 * @param journal file to which each hit is appended as a line of JSON; empty for none
 * @param accessLog file of the access log of all http proxies; empty for none
 * @param hitHeaders whether responses carry {@code X-Chaos-*} fields that name the rules that hit them
 * @param shutdownDelay time from the signal to end, after which {@code /health/ready} says down, until proxies stop listening
 * @param written durations as they were written, by their keys; values that were not written, or have been changed since, have none.
 *     Equality is about what the settings mean, so these make no difference
 */
public record ControlSettings(
        Address listen,
        Optional<String> token,
        Optional<String> metricsToken,
        boolean open,
        Optional<ListenerTls.KeyFiles> tls,
        Optional<Path> journal,
        Optional<Path> accessLog,
        boolean hitHeaders,
        Duration shutdownDelay,
        Map<String, String> written) {

    /** Default listen address: Toxiproxy's port, so that its clients work unchanged. */
    public static final Address DEFAULT_LISTEN = new Address("127.0.0.1", 8474);

    /** Defaults. */
    public static final ControlSettings DEFAULTS = new ControlSettings(
            DEFAULT_LISTEN, Optional.empty(), false, Optional.empty(), Optional.empty(), Optional.empty(), false);

    /** Rejects a token that is too short or of no use. */
    public ControlSettings {
        Check.that(isLongEnough(token), "token", "must have at least 8 characters");
        Check.that(isLongEnough(metricsToken), "metrics-token", "must have at least 8 characters");
        Check.that(
                metricsToken.isEmpty() || token.isPresent(),
                "metrics-token",
                "needs token; without it /metrics is open");
        Check.that(!shutdownDelay.isNegative(), "shutdown-delay", "must not be negative");
        written = Map.copyOf(written);
    }

    /**
     * Settings whose durations are written in the usual unit.
     *
     * @param listen listen address
     * @param token bearer token required of every client
     * @param metricsToken bearer token that is good for {@code /metrics} alone
     * @param open whether unauthenticated access is allowed
     * @param tls certificate and key of the control port
     * @param journal file of hits
     * @param accessLog file of the access log
     * @param hitHeaders whether responses name the rules that hit them
     * @param shutdownDelay time until proxies stop listening
     */
    public ControlSettings(
            Address listen,
            Optional<String> token,
            Optional<String> metricsToken,
            boolean open,
            Optional<ListenerTls.KeyFiles> tls,
            Optional<Path> journal,
            Optional<Path> accessLog,
            boolean hitHeaders,
            Duration shutdownDelay) {
        this(listen, token, metricsToken, open, tls, journal, accessLog, hitHeaders, shutdownDelay, Map.of());
    }

    /**
     * Settings without a token for {@code /metrics} and without a delay at shutdown.
     *
     * @param listen listen address
     * @param token bearer token required of every client
     * @param open whether unauthenticated access is allowed
     * @param tls certificate and key of the control port
     * @param journal file of hits
     * @param accessLog file of the access log
     * @param hitHeaders whether responses name the rules that hit them
     */
    public ControlSettings(
            Address listen,
            Optional<String> token,
            boolean open,
            Optional<ListenerTls.KeyFiles> tls,
            Optional<Path> journal,
            Optional<Path> accessLog,
            boolean hitHeaders) {
        this(listen, token, Optional.empty(), open, tls, journal, accessLog, hitHeaders, Duration.ZERO);
    }

    private static boolean isLongEnough(Optional<String> token) {
        return token.isEmpty() || token.get().length() >= 8;
    }

    /**
     * Copy without the tokens, for output.
     *
     * @return the copy
     */
    public ControlSettings withoutToken() {
        return new ControlSettings(
                listen,
                Optional.empty(),
                Optional.empty(),
                open,
                tls,
                journal,
                accessLog,
                hitHeaders,
                shutdownDelay,
                written);
    }

    /**
     * {@return these settings with this listen address}
     *
     * @param other listen address
     */
    public ControlSettings listeningOn(Address other) {
        return new ControlSettings(
                other, token, metricsToken, open, tls, journal, accessLog, hitHeaders, shutdownDelay, written);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ControlSettings settings
                && listen.equals(settings.listen)
                && token.equals(settings.token)
                && metricsToken.equals(settings.metricsToken)
                && open == settings.open
                && tls.equals(settings.tls)
                && journal.equals(settings.journal)
                && accessLog.equals(settings.accessLog)
                && hitHeaders == settings.hitHeaders
                && shutdownDelay.equals(settings.shutdownDelay);
    }

    @Override
    public int hashCode() {
        return Objects.hash(listen, token, metricsToken, open, tls, journal, accessLog, hitHeaders, shutdownDelay);
    }

    /** Masks the tokens, because settings are logged. */
    @Override
    public String toString() {
        return "ControlSettings[listen=" + listen + ", token=" + masked(token) + ", metricsToken="
                + masked(metricsToken)
                + ", open=" + open + ", tls=" + tls + ", journal=" + journal + ", accessLog=" + accessLog
                + ", hitHeaders=" + hitHeaders + ", shutdownDelay=" + shutdownDelay + "]";
    }

    private static String masked(Optional<String> token) {
        return token.isPresent() ? "***" : "none";
    }
}
