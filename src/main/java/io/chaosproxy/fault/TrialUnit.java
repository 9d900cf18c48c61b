package io.chaosproxy.fault;

/** Unit of the trials of a rule's probability. */
public enum TrialUnit {
    /** Each HTTP exchange; on a tcp proxy a connection is one exchange. */
    EXCHANGE,
    /** Each connection: all its exchanges share one outcome. */
    CONNECTION,
    /** Each second in which the exchange carries bytes; a hit holds for that second. */
    SECOND
}
