package io.chaosproxy.fault;

/** The way that bytes take through a connection. */
public enum Direction {
    /** From the client to the upstream: requests. */
    UP,
    /** From the upstream to the client: responses. */
    DOWN
}
