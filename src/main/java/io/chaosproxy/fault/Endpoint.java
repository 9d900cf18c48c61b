package io.chaosproxy.fault;

/** Where a connection or an exchange goes: the host and the port of an upstream. */
public interface Endpoint {
    /** {@return a name, or an address without brackets} */
    String host();

    /** {@return the port} */
    int port();
}
