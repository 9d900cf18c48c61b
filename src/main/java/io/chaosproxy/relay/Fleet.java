package io.chaosproxy.relay;

import io.chaosproxy.config.ClusterSettings;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.inject.ClusterRates;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The cluster that the proxies of a configuration belong to: what its replicas share, as the control plane sees it. Thread-safe. */
public interface Fleet extends AutoCloseable {
    /**
     * What a replica may use of a rate that all share.
     *
     * @param rule name of the rule
     * @param direction direction of the bytes
     * @param rate bytes per second at present
     * @param whole bytes per second of all replicas together
     */
    record Share(String rule, Direction direction, long rate, long whole) {}

    /**
     * A replica as it was when it was last seen.
     *
     * @param name unique in the cluster
     * @param version version of the program
     * @param planVersion version of the plan that it has in force
     * @param isAlive whether its leases are valid
     */
    record Replica(
            String name, String version, long planVersion, List<Share> shares, Instant lastSeen, boolean isAlive) {}

    /**
     * State of this replica.
     *
     * @param isConnected whether it had an answer from Redis lately
     * @param since when that began
     * @param problem why there is none; empty while it is connected
     * @param planVersion version of the plan in force
     * @param isPlanPending whether that has changes that Redis doesn't know yet
     * @param replicas live replicas, as of the last answer
     * @param failures exchanges with Redis that failed
     */
    record State(
            boolean isConnected,
            Instant since,
            Optional<String> problem,
            long planVersion,
            boolean isPlanPending,
            int replicas,
            long failures) {}

    /** Another writer was first. */
    final class ConflictException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final long version;

        /** The version that was written meanwhile, and the replica that wrote it. */
        public ConflictException(long version, String writer) {
            super("the plan of the cluster was changed meanwhile; version " + version + " by " + writer
                    + " is in force, and this change is not");
            this.version = version;
        }

        /** The winning version. */
        public long version() {
            return version;
        }
    }

    /** What this replica may use of the rates that all share. */
    ClusterRates rates();

    /** Gives back what this replica has of the rates. */
    @Override
    void close();

    ClusterSettings settings();

    /** Name of this replica. */
    String replica();

    State state();

    /** What this replica may use of each rate that all share. */
    List<Share> shares();

    /** All replicas, as Redis knows them; while it can't be reached, this one alone. May wait for Redis for a second. */
    List<Replica> replicas();

    /**
     * Makes the changes of plans that the calling thread makes in here on all replicas: each one is written to Redis before it is
     * in force here.
     *
     * @param written told of each version that is made, and whether Redis has it already
     * @throws ConflictException if the plan that is in force here is not the latest; then nothing has changed
     */
    void everywhere(Written written, Changes changes) throws Exception;

    /** Told of versions of the plan, by the thread that made them. */
    @FunctionalInterface
    interface Written {
        /** {@code pending} if Redis can't be reached and will be told later. */
        void version(long version, boolean pending);
    }

    /** Changes of plans. */
    @FunctionalInterface
    interface Changes {
        /** Makes them, on the calling thread. */
        void make() throws Exception;
    }

    /**
     * Called before plans are put in force, under the lock of the registry: writes them to Redis if the change is for all replicas.
     *
     * @param wanted by the names of their proxies
     */
    void commit(Map<String, Plan> wanted);

    /** The plan that the cluster has for a proxy; empty if it was never changed for all replicas. */
    Optional<Plan> plan(ProxySpec proxy);
}
