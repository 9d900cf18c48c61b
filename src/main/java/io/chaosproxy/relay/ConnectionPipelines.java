package io.chaosproxy.relay;

import io.chaosproxy.fault.Direction;
import io.chaosproxy.inject.FaultHost;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.inject.Target;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/** The pipelines of both directions of a connection. Thread-safe. */
final class ConnectionPipelines {
    private final FaultPipeline up;
    private final FaultPipeline down;

    ConnectionPipelines(FaultHost host, Target connection) {
        this.up = new FaultPipeline(host, Direction.UP, connection);
        this.down = new FaultPipeline(host, Direction.DOWN, connection);
    }

    FaultPipeline of(Direction direction) {
        return direction == Direction.UP ? up : down;
    }

    /** Decides which rules the bytes of the connection itself meet. */
    void begin(Target connection) throws IOException {
        up.begin(connection);
        down.begin(connection);
    }

    /** Names of the rules in both. */
    Set<String> rules() {
        Set<String> names = new LinkedHashSet<>(up.rules());
        names.addAll(down.rules());
        return names;
    }

    /** The number of the last exchange whose bytes are handed on; 0 if there is none. */
    long exchange() {
        return Math.max(up.exchange(), down.exchange());
    }

    /** Quiet directions adopt the plan in force on threads of their own, the others at their next byte. */
    void adoptIfQuiet(BiConsumer<String, Runnable> spawn) {
        for (FaultPipeline pipeline : List.of(up, down)) {
            if (pipeline.isQuietAndStale()) {
                spawn.accept("new plan", pipeline::adoptIfQuiet);
            }
        }
    }
}
