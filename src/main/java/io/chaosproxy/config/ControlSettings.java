package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import io.chaosproxy.net.Address;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where and for whom the control plane answers.
 *
 * @param listen loopback unless there is a token or it is open on purpose
 * @param token that every caller has to present as {@code Authorization: Bearer}; empty for none
 * @param open whether anybody who reaches the address may change the network
 * @param tls certificate and key of the control port; empty for plain HTTP
 * @param journal file that every hit is appended to as a line of JSON; empty for none
 * @param accessLog file of the access log of all http proxies; empty for none
 * @param hitHeaders whether responses carry {@code X-Chaos-*} fields that name the rules that hit them
 */
public record ControlSettings(
        Address listen,
        Optional<String> token,
        boolean open,
        Optional<Tls> tls,
        Optional<Path> journal,
        Optional<Path> accessLog,
        boolean hitHeaders) {

    /** As Toxiproxy's port, so that its clients find it. */
    public static final Address USUAL_LISTEN = new Address("127.0.0.1", 8474);

    /** What holds unless told otherwise. */
    public static final ControlSettings USUAL = new ControlSettings(
            USUAL_LISTEN, Optional.empty(), false, Optional.empty(), Optional.empty(), Optional.empty(), false);

    /**
     * PEM files.
     *
     * @param certificate the chain, the server's own first
     * @param key PKCS#8, without a passphrase
     */
    public record Tls(Path certificate, Path key) {}

    public ControlSettings {
        Check.that(token.isEmpty() || token.get().length() >= 8, "token", "must have at least 8 characters");
    }

    /** The same, as anybody may see it. */
    public ControlSettings withoutToken() {
        return new ControlSettings(listen, Optional.empty(), open, tls, journal, accessLog, hitHeaders);
    }

    /** As that of any record, but for the token: settings end up in logs. */
    @Override
    public String toString() {
        return "ControlSettings[listen=" + listen + ", token=" + (token.isPresent() ? "***" : "none") + ", open=" + open
                + ", tls=" + tls + ", journal=" + journal + ", accessLog=" + accessLog + ", hitHeaders=" + hitHeaders
                + "]";
    }
}
