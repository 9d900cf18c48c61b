package io.chaosproxy.cluster;

import io.chaosproxy.fault.Direction;
import java.util.Locale;

/**
 * Names of the keys of a cluster. The part in braces is the same in all of them, so that they are in one slot of a Redis Cluster,
 * as a script needs it.
 */
record Keys(String cluster) {
    private String key(String what) {
        return "{" + cluster + "}:" + what;
    }

    /** Pattern of all of them. */
    String all() {
        return key("*");
    }

    /** Sorted set: names of replicas by the moment at which they expire. */
    String replicas() {
        return key("replicas");
    }

    /** Hash: name of a replica to the process that has it. */
    String instances() {
        return key("instances");
    }

    /** Hash: name of a replica to what it says of itself, as JSON. */
    String reports() {
        return key("reports");
    }

    /** Hash: version, writer, and the plan of each proxy that was changed for all replicas. */
    String plan() {
        return key("plan");
    }

    /** Channel on which new versions of the plan are announced. */
    String news() {
        return key("news");
    }

    /** Hash: shares of a link. */
    String shares(String rule, Direction direction) {
        return key("rate:" + rule + ":" + direction.name().toLowerCase(Locale.ROOT));
    }

    /** Sorted set: replicas with a share of a link by the moment at which it expires. */
    String sharers(String rule, Direction direction) {
        return shares(rule, direction) + ":ends";
    }
}
