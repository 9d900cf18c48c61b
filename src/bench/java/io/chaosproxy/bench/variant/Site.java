package io.chaosproxy.bench.variant;

import java.nio.file.Path;

/**
 * Where a proxy is put.
 *
 * @param port of the loopback address, where it listens
 * @param control port of the loopback address, for its control API if it has one
 * @param upstream port of the loopback address to which it relays
 * @param folder for its configuration and its log, its own
 */
public record Site(int port, int control, int upstream, Path folder) {}
