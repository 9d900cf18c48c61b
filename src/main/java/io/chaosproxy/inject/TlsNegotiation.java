package io.chaosproxy.inject;

import io.chaosproxy.fault.Rule;
import io.chaosproxy.fault.Sample;
import io.chaosproxy.fault.TlsFault;
import io.chaosproxy.stream.ConnectionAbort;
import java.util.Optional;

/**
 * Effects of rules with a {@link TlsFault} on a TLS handshake with the client.
 *
 * @param certificate the defect of the certificate that the client gets; empty for the listener's own
 * @param reset name of the rule that resets the connection in the midst of the answer; empty if none does
 */
public record TlsNegotiation(Optional<TlsFault.Defect> certificate, Optional<String> reset) {
    /** Where TLS is negotiated. */
    public interface Host extends Admission.Host {
        /** A rule has held something back for this many nanoseconds. */
        void delayed(Rule rule, long nanos);
    }

    /**
     * Applies the rules of a stage in the order of the plan, on the calling thread. The first reset ends the search, and of several
     * certificates the first counts.
     *
     * @throws ConnectionAbort if a rule resets the connection before the answer
     */
    public static TlsNegotiation at(TlsFault.Stage stage, Host host, Target connection) throws ConnectionAbort {
        Optional<TlsFault.Defect> certificate = Optional.empty();
        for (ActiveRule rule : host.active().inForce()) {
            if (!(rule.rule().fault() instanceof TlsFault fault)
                    || fault.stage() != stage
                    || (fault.certificate().isPresent() && certificate.isPresent())
                    || !connection.decide(rule)) {
                continue;
            }
            if (!acts(fault, rule, host, connection)) {
                continue;
            }
            if (fault.resets() && stage == TlsFault.Stage.HELLO) {
                throw ConnectionAbort.reset(rule.rule().name());
            } else if (fault.resets()) {
                return new TlsNegotiation(certificate, Optional.of(rule.rule().name()));
            }
            certificate = certificate.or(fault::certificate);
        }
        return new TlsNegotiation(certificate, Optional.empty());
    }

    /** Waits for the delay of the fault and counts its hit; false if the rule was removed or its hits are used up. */
    private static boolean acts(TlsFault fault, ActiveRule rule, Host host, Target connection) {
        long delay = fault.delay().draw(connection.draws(rule, 0));
        if (fault.resets() || fault.certificate().isPresent()) {
            return host.pause(delay, rule) && host.hit(connection, rule);
        }
        if (!host.hit(connection, rule, 0, Sample.nanos("delay", delay), () -> {})) {
            return false;
        }
        long begun = System.nanoTime();
        host.pause(delay, rule);
        host.delayed(rule.rule(), Math.min(delay, System.nanoTime() - begun));
        return true;
    }
}
