package io.chaosproxy.fault;

/** The connections that have one part of a fault in common: a limiter, or an outage. */
public enum FaultScope {
    /** Each connection has its own. */
    CONNECTION,
    /** All connections of the proxy. */
    PROXY,
    /** All connections of all proxies that have a rule of this name and scope. */
    ALL,
    /** Those of all proxies of all replicas of a cluster; for rates. */
    CLUSTER
}
