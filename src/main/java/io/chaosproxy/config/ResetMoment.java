package io.chaosproxy.config;

import io.chaosproxy.fault.Fault;
import io.chaosproxy.fault.Reset;
import io.chaosproxy.fault.ResetAtAccept;
import java.time.Duration;

/** The moments of a reset in a configuration: those of {@link Reset}, and at accept, which is a fault of its own. */
enum ResetMoment {
    ACCEPT,
    REQUEST,
    FIRST_BYTE,
    BODY;

    static ResetMoment of(Fault reset) {
        return reset instanceof Reset later ? valueOf(later.at().name()) : ACCEPT;
    }

    static Duration delay(Fault reset) {
        return reset instanceof Reset later ? later.delay() : ((ResetAtAccept) reset).delay();
    }

    Fault fault(Duration delay) {
        return this == ACCEPT ? new ResetAtAccept(delay) : new Reset(Reset.At.valueOf(name()), delay);
    }
}
