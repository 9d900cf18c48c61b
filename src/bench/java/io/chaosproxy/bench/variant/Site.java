package io.chaosproxy.bench.variant;

import java.nio.file.Path;

/**
 * Where a proxy is put.
 *
 * @param port of the loopback address, where it listens
 * @param upstream port of the loopback address to which it relays
 * @param folder for its configuration and its log, its own
 */
public record Site(int port, int upstream, Path folder) {}
