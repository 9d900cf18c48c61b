package io.chaosproxy.config;

import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetAtAccept;
import io.chaosproxy.fault.ResetInTls;
import io.chaosproxy.fault.TlsFault;
import java.time.Duration;

/** The moments of a reset in a configuration: those of {@link Reset}, and those before any byte passes, which are faults of their own. */
enum ResetMoment {
    ACCEPT,
    HELLO,
    HANDSHAKE,
    REQUEST,
    FIRST_BYTE,
    BODY;

    static ResetMoment of(Fault reset) {
        return switch (reset) {
            case Reset later -> valueOf(later.at().name());
            case ResetInTls tls -> valueOf(tls.stage().name());
            default -> ACCEPT;
        };
    }

    static Duration delay(Fault reset) {
        return switch (reset) {
            case Reset later -> later.delay();
            case ResetInTls tls -> tls.pause();
            default -> ((ResetAtAccept) reset).delay();
        };
    }

    Fault fault(Duration delay) {
        return switch (this) {
            case ACCEPT -> new ResetAtAccept(delay);
            case HELLO, HANDSHAKE -> new ResetInTls(TlsFault.Stage.valueOf(name()), delay);
            case REQUEST, FIRST_BYTE, BODY -> new Reset(Reset.At.valueOf(name()), delay);
        };
    }
}
