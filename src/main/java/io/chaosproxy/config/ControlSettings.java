package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Settings of the control plane.
 *
 * @param listen listen address; must be loopback unless there is a token or {@code open} is set
 * @param token bearer token required of every client; empty for none
 * @param open whether unauthenticated access is allowed on an address other than loopback
 * @param tls certificate and key of the control port; empty for plain HTTP
 * @param journal file to which each hit is appended as a line of JSON; empty for none
 * @param accessLog file of the access log of all http proxies; empty for none
 * @param hitHeaders whether responses carry {@code X-Chaos-*} fields that name the rules that hit them
 */
public record ControlSettings(
        Address listen,
        Optional<String> token,
        boolean open,
        Optional<ListenerTls.KeyFiles> tls,
        Optional<Path> journal,
        Optional<Path> accessLog,
        boolean hitHeaders) {

    /** Default listen address: Toxiproxy's port, so that its clients work unchanged. */
    public static final Address DEFAULT_LISTEN = new Address("127.0.0.1", 8474);

    /** Defaults. */
    public static final ControlSettings DEFAULTS = new ControlSettings(
            DEFAULT_LISTEN, Optional.empty(), false, Optional.empty(), Optional.empty(), Optional.empty(), false);

    /** Rejects a token that is too short. */
    public ControlSettings {
        Check.that(token.isEmpty() || token.get().length() >= 8, "token", "must have at least 8 characters");
    }

    /**
     * Copy without the token, for output.
     *
     * @return the copy
     */
    public ControlSettings withoutToken() {
        return new ControlSettings(listen, Optional.empty(), open, tls, journal, accessLog, hitHeaders);
    }

    /**
     * {@return these settings with this listen address}
     *
     * @param other listen address
     */
    public ControlSettings listeningOn(Address other) {
        return new ControlSettings(other, token, open, tls, journal, accessLog, hitHeaders);
    }

    /** Masks the token, because settings are logged. */
    @Override
    public String toString() {
        return "ControlSettings[listen=" + listen + ", token=" + (token.isPresent() ? "***" : "none") + ", open=" + open
                + ", tls=" + tls + ", journal=" + journal + ", accessLog=" + accessLog + ", hitHeaders=" + hitHeaders
                + "]";
    }
}
