package io.chaosproxy.bench.load;

import java.net.InetSocketAddress;

/**
 * Where the load goes.
 *
 * @param tls whether it is encrypted
 */
public record Endpoint(InetSocketAddress address, boolean tls) {}
