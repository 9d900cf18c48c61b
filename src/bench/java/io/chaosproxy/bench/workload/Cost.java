package io.chaosproxy.bench.workload;

/**
 * What a round cost.
 *
 * @param wall seconds that it took
 * @param proxy processor seconds of the proxy
 * @param others processor seconds of load generator and origin
 * @param hasProxy whether there was one
 */
record Cost(double wall, double proxy, double others, boolean hasProxy) {}
