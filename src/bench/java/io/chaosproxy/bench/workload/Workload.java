package io.chaosproxy.bench.workload;

import io.chaosproxy.bench.load.Endpoint;
import io.chaosproxy.bench.variant.Running;
import io.chaosproxy.bench.variant.Setting;
import io.chaosproxy.bench.variant.Variant;
import java.io.IOException;
import java.time.Duration;

/** What a proxy is made to do for one round, and what is measured meanwhile. */
public interface Workload {
    /** Its name in options and reports. */
    String name();

    /** What it does, in a heading. */
    String title();

    /** What the proxies are told to do to its traffic. */
    default Setting setting() {
        return Setting.PLAIN;
    }

    /** Where the load goes. */
    default Endpoint endpoint(Running proxy) {
        return new Endpoint(proxy.address(), setting().tls());
    }

    /** Whether a variant takes part. */
    default boolean suits(Variant variant) {
        return variant.can(setting());
    }

    /** Whether a round before the first is run and not counted; not where the very start is what matters. */
    default boolean warmsUp() {
        return true;
    }

    /** As many rounds as make sense, of those that are wanted. */
    default int rounds(int wanted) {
        return wanted;
    }

    /**
     * One round.
     *
     * @param time how long to measure; some last as long as what they do
     */
    Outcome round(Stand stand, Duration time) throws IOException;
}
