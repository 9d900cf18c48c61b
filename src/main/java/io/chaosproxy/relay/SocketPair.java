package io.chaosproxy.relay;

import java.net.SocketAddress;

/** Addresses of a TCP connection, which both of its ends know. */
record SocketPair(SocketAddress from, SocketAddress to) {}
