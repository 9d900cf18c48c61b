package io.chaosproxy.inject;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.RateLimit;

/** What a cluster leaves to this process of the rates that all its replicas share. Thread-safe. */
@FunctionalInterface
public interface ClusterRates {
    /**
     * Bytes per second that this process may use at present. Must not block.
     *
     * @param whole rate of all replicas together
     */
    long lease(String rule, Direction direction, RateLimit whole);
}
