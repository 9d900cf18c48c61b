package io.chaosproxy.fault;

/** Protocol of a proxy: how much it understands of the bytes that it relays. */
public enum Protocol {
    /** Nothing: any protocol over TCP. */
    TCP,
    /** Where exchanges begin and end: HTTP/1.0 and HTTP/1.1. */
    HTTP,
    /** Detected from the first bytes of each connection: one of the two above, inside TLS if the listener terminates it. */
    AUTO,
    /** Forward proxy: clients name the targets, by HTTP, CONNECT or SOCKS 5; what goes there is relayed as what it turns out to be. */
    FORWARD;

    /** {@return whether the first bytes of each connection decide how it is relayed} */
    public boolean isDetected() {
        return this == AUTO || this == FORWARD;
    }
}
