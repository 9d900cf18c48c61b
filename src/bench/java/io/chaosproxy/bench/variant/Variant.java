package io.chaosproxy.bench.variant;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A proxy that takes part in the comparison: how it is started, and what it can be told to do. */
public interface Variant {
    /** Its name in options, tables and charts. */
    String name();

    /** The files that would have to be written to have it: ours, or the program for a library; none if it is ready-made. */
    List<Path> sources();

    /** Its version, or empty if this machine doesn't have it. */
    Optional<String> version();

    /** Whether it can do this to the traffic. */
    boolean can(Setting setting);

    /** Whether it takes part only to show what rules cost. */
    default boolean showsRules() {
        return false;
    }

    /** Whether a JIT compiler makes it faster in its first seconds. */
    default boolean isJava() {
        return false;
    }

    /** Bytes of the largest body that it relays; limited where it collects a body before it passes it on. */
    default long largestBody() {
        return Long.MAX_VALUE;
    }

    /** Path of a request that lists the proxies, of its control API; empty if it has none. */
    default Optional<String> controlPath() {
        return Optional.empty();
    }

    /** Starts it as a process of its own, which may not listen yet. */
    Running start(Setting setting, Site site) throws IOException;
}
